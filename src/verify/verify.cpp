// SPDX-License-Identifier: Apache-2.0
#include "slim/verify/verify.hpp"

#include <algorithm>
#include <set>

#include "verify/written_image.hpp"

namespace slim::verify {

std::vector<std::string> missing_paths(const trace::Trace& trace, const rootfs::Index& original) {
  std::set<std::string> missing;
  for (const auto& [path, use] : trace.lookups) {
    if (!use.missing) continue;
    const auto resolved = original.resolve(path);
    // The link itself counts where what it points to is made at run time.
    for (const auto* passed : resolved.passed)
      if (passed->type == image::EntryType::symlink) missing.insert(passed->path);
    if (resolved.outcome == rootfs::Resolution::Outcome::found)
      missing.insert(resolved.entry->path);
    else if (!resolved.passed.empty() && !resolved.passed.back()->path.empty())
      missing.insert(resolved.passed.back()->path);  // something is to be made in it
  }
  return {missing.begin(), missing.end()};
}

container::RunOptions with_measures(container::RunOptions options,
                                    const policy::Confinement& confinement,
                                    const policy::Measures& measures) {
  if (measures.no_new_privileges) options.no_new_privileges = true;
  if (measures.capabilities) {
    options.cap_drop = {"ALL"};
    options.cap_add.clear();
    for (const auto& use : confinement.capabilities) options.cap_add.push_back(use.name);
  }
  if (measures.read_only) {
    options.read_only = true;
    for (const auto& path : confinement.writable) {
      using Kind = policy::WritablePath::Kind;
      if (path.kind == Kind::tmpfs) options.tmpfs.push_back(policy::tmpfs_option(path));
      // A volume without a name begins with what the image has there.
      if (path.kind == Kind::seeded) options.volumes.push_back(path.path);
    }
  }
  return options;
}

namespace {

// The slim image's own index tells what it has already.
std::vector<std::string> without_present(std::vector<std::string> paths,
                                         const rootfs::Index& slim) {
  std::erase_if(paths, [&](const auto& path) { return slim.find(path) != nullptr; });
  return paths;
}

Result<void> diagnose(const ProofRequest& request, const ExerciseRequest& run,
                      const rootfs::Index& slim, Proof& proof, const Interrupt& interrupt) {
  ExerciseRequest traced = run;
  traced.seccomp = request.base_seccomp;
  traced.make_tracer = request.make_tracer;
  traced.keep_log_at.clear();
  traced.step("diagnose");
  auto again = exercise(traced, interrupt);
  if (!again && again.error().code() == ErrorCode::interrupted)
    return tl::unexpected<Error>(again.error());
  // A slim image too broken to be traced leaves the verdict as it is, without names.
  if (!again || !again->trace) return {};
  proof.diagnosis = std::move(again->trace);
  proof.missing = without_present(missing_paths(*proof.diagnosis, *request.original), slim);
  proof.denied = policy::denied_calls(*proof.diagnosis, *request.profile);
  return {};
}

Result<void> try_plain(const ExerciseRequest& run, Proof& proof, const Interrupt& interrupt) {
  SLIM_TRY(const auto ran, attempt(run, interrupt));
  proof.passed = ran.passed;
  proof.failure = ran.failure;
  proof.log_tail = ran.log_tail;
  if (ran.passed) proof.runtimes = {ran.runtime};
  return {};
}

// What a measure stops may hang as well as fail, and it is tried although the image may do without.
ExerciseRequest confined_run(ExerciseRequest run, const policy::Confinement& confinement,
                             const policy::Measures& measures) {
  constexpr std::chrono::seconds more{10};
  run.options = with_measures(run.options, confinement, measures);
  const auto took = run.probe.expected.took;
  if (took.count() != 0) run.probe.timeout = std::min(run.probe.timeout, patience(took, more));
  return run;
}

// The image works without measures and did not with all of them: each is added in turn to those
// that held so far, so that what is left has been seen to work together.
Result<void> find_measures(const ProofRequest& request, const ExerciseRequest& run,
                           const policy::Measures& wanted, Proof& proof,
                           const Interrupt& interrupt) {
  using policy::Measures;
  for (const auto measure :
       {&Measures::no_new_privileges, &Measures::capabilities, &Measures::read_only}) {
    if (!(wanted.*measure)) continue;
    Measures more = proof.held;
    more.*measure = true;
    if (more == wanted) break;  // all of them: known to fail
    ExerciseRequest confined = confined_run(run, *request.confinement, more);
    confined.keep_log_at.clear();
    SLIM_TRY(const auto ran, attempt(confined, interrupt));
    if (ran.passed) proof.held = more;
  }
  return {};
}

// Mounting makes the directory it mounts on. Where the slim image lacks one, a confined run would
// prove an image that does not work without the mount.
bool mounts_only_on_present(const policy::Confinement& confinement, const rootfs::Index& slim) {
  return std::all_of(confinement.writable.begin(), confinement.writable.end(),
                     [&](const auto& writable) {
                       using Outcome = rootfs::Resolution::Outcome;
                       return writable.kind == policy::WritablePath::Kind::volume ||
                              slim.resolve(writable.path).outcome == Outcome::found;
                     });
}

Result<void> try_confined(const ProofRequest& request, const ExerciseRequest& run,
                          const rootfs::Index& slim, Proof& proof, const Interrupt& interrupt) {
  policy::Measures wanted;
  if (request.confinement != nullptr) {
    wanted = request.confinement->possible;
    if (wanted.read_only) wanted.read_only = mounts_only_on_present(*request.confinement, slim);
  }
  if (wanted.any()) {
    SLIM_TRY(const auto ran,
             attempt(confined_run(run, *request.confinement, wanted), interrupt));
    if (ran.passed) {
      proof.passed = true;
      proof.runtimes = {ran.runtime};
      proof.held = wanted;
      return {};
    }
    proof.measures_failure = ran.failure;
  }
  SLIM_CHECK(try_plain(run, proof, interrupt));
  if (proof.passed && wanted.any())
    SLIM_CHECK(find_measures(request, run, wanted, proof, interrupt));
  return {};
}

// A profile allows what a runtime does between installing it and starting the program: each runtime
// does other things there.
Result<void> try_elsewhere(const ProofRequest& request, ExerciseRequest& run, Proof& proof,
                           const Interrupt& interrupt) {
  for (const auto& runtime : request.further_runtimes) {
    run.runtime = runtime;
    ExerciseRequest confined = run;
    if (request.confinement != nullptr)
      confined.options = with_measures(run.options, *request.confinement, proof.held);
    SLIM_TRY(const auto ran, attempt(confined, interrupt));
    if (ran.passed) {
      proof.runtimes.push_back(ran.runtime);
      continue;
    }
    proof.passed = false;
    proof.failure = "with " + runtime + ": " + ran.failure;
    proof.log_tail = ran.log_tail;
    return {};
  }
  return {};
}

}  // namespace

Result<Proof> prove(const ProofRequest& request, const Interrupt& interrupt) {
  SLIM_TRY(const WrittenImage slim,
           WrittenImage::open(request.archive, request.run.config->platform, *request.run.store,
                              interrupt));
  ExerciseRequest run = request.run;
  run.config = &slim.image.config;
  run.rootfs = &slim.rootfs;
  run.seccomp = policy::to_json(*request.profile);
  run.make_tracer = nullptr;

  Proof proof;
  SLIM_CHECK(try_confined(request, run, slim.rootfs.index(), proof, interrupt));
  if (proof.passed) SLIM_CHECK(try_elsewhere(request, run, proof, interrupt));
  if (!proof.passed)
    SLIM_CHECK(diagnose(request, run, slim.rootfs.index(), proof, interrupt));
  slim.forget(*request.run.store);
  return proof;
}

}  // namespace slim::verify
