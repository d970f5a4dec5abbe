// SPDX-License-Identifier: Apache-2.0
#include "slim/verify/verify.hpp"

#include <algorithm>
#include <set>

namespace slim::verify {

std::vector<std::string> missing_paths(const trace::Trace& trace, const rootfs::Index& original) {
  std::set<std::string> missing;
  for (const auto& [path, use] : trace.lookups) {
    if (!use.missing) continue;
    const auto resolved = original.resolve(path);
    // The link itself counts where what it points to is made at run time.
    for (const auto* passed : resolved.passed)
      if (passed->type == image::EntryType::symlink) missing.insert(passed->path);
    if (resolved.outcome == rootfs::Resolution::Outcome::found) missing.insert(resolved.entry->path);
  }
  return {missing.begin(), missing.end()};
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

}  // namespace

Result<Proof> prove(const ProofRequest& request, const Interrupt& interrupt) {
  SLIM_TRY(const image::Reference reference,
           image::Reference::parse("oci-archive:" + request.archive));
  image::OpenOptions open;
  open.interrupt = &interrupt;
  SLIM_TRY(const image::Image image, image::open_image(reference, open));
  SLIM_TRY(const rootfs::Rootfs rootfs,
           rootfs::Rootfs::open(*request.run.store, image, interrupt, nullptr));
  ExerciseRequest run = request.run;
  run.config = &image.config;
  run.rootfs = &rootfs;
  run.seccomp = policy::to_json(*request.profile);
  run.make_tracer = nullptr;

  Proof proof;
  auto ran = exercise(run, interrupt);
  if (ran) {
    proof.passed = ran->passed;
    proof.failure = ran->failure;
    proof.log_tail = ran->log_tail;
  } else {
    const ErrorCode code = ran.error().code();
    if (code != ErrorCode::container && code != ErrorCode::not_ready && code != ErrorCode::probe)
      return tl::unexpected<Error>(ran.error());
    proof.failure = ran.error().text();
  }
  if (!proof.passed)
    SLIM_CHECK(diagnose(request, run, rootfs.index(), proof, interrupt));
  // This image's one layer is the result of this run alone: nothing would ever use it again.
  for (const auto& layer : image.layers) (void)request.run.store->forget(layer.diff_id);
  return proof;
}

}  // namespace slim::verify
