// SPDX-License-Identifier: Apache-2.0
#include "cli/traces.hpp"

#include "cli/context.hpp"
#include "slim/base/file.hpp"
#include "slim/policy/formats.hpp"

namespace slim::cli {

ImageIdentity identity(const trace::Trace& trace) {
  return {trace.image_digest, trace.config_digest};
}

bool same_image(const ImageIdentity& a, const ImageIdentity& b) {
  if (!a.config_digest.empty() && !b.config_digest.empty())
    return a.config_digest == b.config_digest;
  return !a.digest.empty() && a.digest == b.digest;
}

Result<void> require_image(const trace::Trace& trace, const std::string& name,
                           const ImageIdentity& image, const std::string& image_name) {
  if (same_image(identity(trace), image)) return {};
  if (!identity(trace).known())
    return fail(ErrorCode::usage, name + " does not say of which image it is (slim observe --pid "
                                         "cannot know); slim merge or build --force takes it for one of " +
                                     image_name);
  return fail(ErrorCode::usage, name + " is of another image (" + identity(trace).text() + ") than " +
                                    image_name + " (" + (image.known() ? image.text() : "unknown") +
                                    "); slim merge or build --force takes it for one of the same");
}

std::vector<std::string> shortcomings(const trace::Trace& trace, Coverage wanted) {
  std::vector<std::string> reasons = trace.incomplete;
  if (wanted == Coverage::whole && !trace.covers_start)
    reasons.push_back("it lacks the start of the container, which ran already when it was observed "
                      "(slim merge unites it with a trace of slim trace)");
  return reasons;
}

Result<std::string> accept_trace(const Options& options, const trace::Trace& trace,
                                 Coverage wanted) {
  const auto reasons = shortcomings(trace, wanted);
  if (reasons.empty()) return std::string();
  std::string why = "the trace is incomplete: ";
  for (const auto& reason : reasons) why += (&reason == &reasons.front() ? "" : "; ") + reason;
  if (options.allow_incomplete) return why;
  return fail(ErrorCode::trace_incomplete, why + " (--allow-incomplete goes on regardless)");
}

Result<std::vector<trace::Trace>> read_traces(const std::vector<std::string>& files, bool force) {
  std::vector<trace::Trace> traces;
  for (const auto& file : files) {
    SLIM_TRY(const std::string json, in_step(ErrorCode::usage, read_file(file)));
    SLIM_TRY(trace::Trace trace, trace::from_json(json, file));
    if (!traces.empty() && !force)
      SLIM_CHECK(require_image(trace, file, identity(traces.front()), files.front()));
    traces.push_back(std::move(trace));
  }
  return traces;
}

Result<trace::Trace> merged_trace(const std::vector<std::string>& files, bool force) {
  SLIM_TRY(auto traces, read_traces(files, force));
  trace::Trace united = std::move(traces.front());
  for (size_t i = 1; i < traces.size(); ++i) united.merge(traces[i]);
  return united;
}

std::string application_of(const trace::Trace& trace) {
  const std::string_view name = trace.image_name;
  const size_t slash = name.rfind('/');
  const std::string_view last = slash == name.npos ? name : name.substr(slash + 1);
  return policy::resource_name(std::string(last.substr(0, last.find_first_of(":@"))));
}

}  // namespace slim::cli
