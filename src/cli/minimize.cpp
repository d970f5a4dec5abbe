// SPDX-License-Identifier: Apache-2.0
#include "cli/minimize.hpp"

#include <algorithm>

#include "cli/minimize_journal.hpp"
#include "cli/observe.hpp"
#include "slim/base/path.hpp"
#include "slim/verify/trials.hpp"
#include "slim/verify/verify.hpp"

namespace slim::cli {

namespace {

using std::chrono::steady_clock;
using verify::Verdict;

constexpr std::string_view kJournal = "minimize.json";
// Of the time, how much is for files; the rest is for system calls, of which there are fewer.
constexpr double kShareOfFiles = 0.75;
// More runs of what is left in the end: it has to be more reliable than any single step.
constexpr unsigned kConfirmations = 3;

// The search's state, shared by its two halves.
class Search {
 public:
  Search(Context& context, const Source& source, const policy::SeccompProfile& base,
         const Proven& proven, const Output& output)
      : context_(context), source_(source), base_(base), proven_(proven), output_(output),
        began_(steady_clock::now()), profile_(proven.product.seccomp), keep_(proven.product.keep) {
    found_.amendments = proven.amendments;
    require_mount_points();
    journal_.image_digest = source.image.digest.text();
    for (const auto& step : context.steps) journal_.probe.push_back(step.text);
  }

  Result<Minimized> run() {
    context_.terminal.begin("minimize", "");
    note_before();
    auto opened = verify::Trials::open(trial_request(), profile_, context_.interrupt);
    if (!opened && opened.error().code() == ErrorCode::verify) return unreliable(opened.error());
    if (!opened) return tl::unexpected<Error>(std::move(opened).error());
    trials_.emplace(std::move(*opened));
    SLIM_CHECK(resume());
    bool complete = true;
    if (context_.options.minimize.files) {
      SLIM_TRY(complete, reduce_files());
    }
    if (context_.options.minimize.syscalls) {
      SLIM_TRY(const bool all, reduce_syscalls());
      complete = complete && all;
    }
    SLIM_CHECK(confirm());
    found_.facts.complete = complete;
    found_.facts.runs = trials_->runs();
    context_.terminal.end(std::to_string(found_.facts.runs) + " runs" +
                          (complete ? "" : ", time ran out"));
    return std::move(found_);
  }

 private:
  // The measures mount something there, also where the image has nothing; it has to work without.
  void require_mount_points() {
    for (const auto& writable : proven_.product.confinement.writable) {
      const auto found = source_.rootfs.index().resolve(writable.path);
      if (found.outcome != rootfs::Resolution::Outcome::found) continue;
      const auto kept = keep_.paths.find(found.entry->path);
      if (kept == keep_.paths.end()) continue;
      kept->second.insert({"required", ""});
      found_.amendments.required.insert(kept->first);
    }
  }

  void note_before() {
    auto& facts = found_.facts;
    facts.files_before = proven_.product.files_kept;
    facts.bytes_before = proven_.product.image.layer.file_bytes;
    facts.calls_before = policy::summarise(profile_).allowed;
  }

  verify::TrialRequest trial_request() {
    verify::TrialRequest request;
    request.archive = output_.staged("image.tar");
    request.run = exercise_request(context_, source_.image.config);
    request.confined = verify::with_measures(context_.options.run, proven_.product.confinement,
                                             proven_.held);
    request.repeat = context_.options.minimize.trials;
    return request;
  }

  Result<Minimized> unreliable(const Error& error) {
    context_.terminal.end("not done");
    context_.warn("--minimize: " + error.text());
    return std::move(found_);
  }

  Result<void> resume() {
    const std::string path = join_path(output_.directory(), kJournal);
    const auto text = read_file(path);
    if (!text) return {};
    const auto earlier = minimize_journal_from(*text, path);
    if (!earlier) {
      context_.warn(earlier.error().text() + "; the search begins anew");
      return {};
    }
    if (earlier->image_digest != journal_.image_digest || earlier->probe != journal_.probe) {
      context_.terminal.note(path + " is of another image or probe; the search begins anew");
      return {};
    }
    journal_ = *earlier;
    found_.facts.resumed = true;
    return {};
  }

  // One half of the search: parts, what is known of them, and how they are tried.
  struct Half {
    std::string what;
    double share = 1;  // of the time
    Verdicts* verdicts = nullptr;
    std::function<Result<bool>(const std::set<std::string>& without)> works;
  };

  Result<bool> reduce(std::vector<verify::Part> parts, const Half& half) {
    verify::ReduceRequest request;
    request.parts = std::move(parts);
    for (const auto& part : request.parts) {
      const auto known = half.verdicts->find(part.name);
      request.known.push_back(known == half.verdicts->end() ? Verdict::undecided : known->second);
    }
    request.works = [&](const std::vector<bool>& without) {
      std::set<std::string> names;
      for (size_t part = 0; part < without.size(); ++part)
        if (without[part]) names.insert(request.parts[part].name);
      return half.works(names);
    };
    const auto end = began_ + std::chrono::duration_cast<steady_clock::duration>(
                                  context_.options.minimize.time * half.share);
    request.out_of_time = [end] { return steady_clock::now() >= end; };
    request.decided = [&](const verify::Reduction& so_far) {
      return decided(request.parts, so_far, half);
    };
    SLIM_TRY(const auto reduction, verify::reduce(request));
    SLIM_CHECK(decided(request.parts, reduction, half));
    return reduction.complete;
  }

  Result<void> decided(const std::vector<verify::Part>& parts, const verify::Reduction& so_far,
                       const Half& half) {
    size_t open = 0, removed = 0;
    half.verdicts->clear();
    for (size_t part = 0; part < parts.size(); ++part) {
      const Verdict verdict = so_far.verdicts[part];
      if (verdict == Verdict::undecided) ++open;
      if (verdict == Verdict::removed) ++removed;
      half.verdicts->emplace(parts[part].name, verdict);
    }
    context_.terminal.status(half.what + ": " + std::to_string(removed) + " needless, " +
                             std::to_string(parts.size() - removed - open) + " needed, " +
                             std::to_string(open) + " to go; " + std::to_string(trials_->runs()) +
                             " runs");
    return output_.write(kJournal, to_json(journal_));
  }

  Result<bool> works_without_files(const std::set<std::string>& names) {
    return trials_->pass(keepset::going(source_.rootfs.index(), keep_, names),
                         profile_);
  }

  Result<bool> reduce_files() {
    SLIM_TRY(const auto candidates, keepset::candidates(source_.rootfs.index(), keep_,
                                                        content_reader(source_)));
    std::vector<verify::Part> parts;
    for (const auto& candidate : candidates) parts.push_back({candidate.path, candidate.groups});
    const bool both = context_.options.minimize.syscalls;
    SLIM_TRY(const bool complete,
             reduce(std::move(parts), {"files", both ? kShareOfFiles : 1, &journal_.files,
                                       [&](const auto& names) { return works_without_files(names); }}));
    take_over(journal_.files, found_.amendments.without, &found_.amendments.required);
    return complete;
  }

  policy::SeccompProfile profile_without(const std::set<std::string>& calls) const {
    return policy::seccomp_from_trace(without_calls(proven_.trace, calls), base_,
                                      seccomp_choices(context_.options, keep_));
  }

  // The runtimes' own calls and the like stay whatever the trace says: nothing would come of trying.
  // A probe does not see what safeguards are for.
  std::vector<verify::Part> calls_that_matter() const {
    std::set<std::string> seen;
    for (const auto& [call, use] : proven_.trace.syscalls)
      if (!policy::is_safeguard(call.name)) seen.insert(call.name);
    const std::string whole = policy::to_json(profile_);
    std::vector<verify::Part> parts;
    for (const auto& name : seen)
      if (policy::to_json(profile_without({name})) != whole) parts.push_back({name, {}});
    return parts;
  }

  Result<bool> reduce_syscalls() {
    const auto gone = going();
    SLIM_TRY(const bool complete, reduce(calls_that_matter(),
                                         {"syscalls", 1, &journal_.syscalls, [&](const auto& names) {
                                            return trials_->pass(gone, profile_without(names));
                                          }}));
    take_over(journal_.syscalls, found_.amendments.calls_without, nullptr);
    return complete;
  }

  static void take_over(const Verdicts& verdicts, std::set<std::string>& removed,
                        std::set<std::string>* needed) {
    for (const auto& [name, verdict] : verdicts) {
      if (verdict == Verdict::removed) removed.insert(name);
      if (verdict == Verdict::needed && needed != nullptr) needed->insert(name);
    }
  }

  std::vector<std::string> going() const {
    return keepset::going(source_.rootfs.index(), keep_, found_.amendments.without);
  }

  // A probe that passes only sometimes may have passed just when it was asked. What then fails here is
  // given back: first the system calls, then everything.
  Result<void> confirm() {
    auto& amendments = found_.amendments;
    const auto holds = [&] {
      return trials_->pass(going(), profile_without(amendments.calls_without), kConfirmations);
    };
    SLIM_TRY(bool works, holds());
    if (!works && !amendments.calls_without.empty()) {
      context_.warn("--minimize: the probe passes only at times without these system calls: they stay");
      amendments.calls_without.clear();
      SLIM_TRY(works, holds());
    }
    if (!works) {
      context_.warn("--minimize: the probe passes only at times without these files: they stay");
      amendments.without.clear();
      amendments.required = proven_.amendments.required;
    }
    found_.facts.calls_removed.assign(amendments.calls_without.begin(),
                                      amendments.calls_without.end());
    return {};
  }

  Context& context_;
  const Source& source_;
  const policy::SeccompProfile& base_;
  const Proven& proven_;
  const Output& output_;
  const steady_clock::time_point began_;
  const policy::SeccompProfile profile_;
  keepset::KeepSet keep_;  // of the whole image
  std::optional<verify::Trials> trials_;
  MinimizeJournal journal_;
  Minimized found_;
};

}  // namespace

Result<Minimized> minimize(Context& context, const Source& source,
                           const policy::SeccompProfile& base, const Proven& proven,
                           const Output& output) {
  return Search(context, source, base, proven, output).run();
}

}  // namespace slim::cli
