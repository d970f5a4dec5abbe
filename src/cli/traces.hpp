// SPDX-License-Identifier: Apache-2.0
// Recorded traces.
#pragma once

#include <string>
#include <vector>

#include "cli/options.hpp"
#include "slim/trace/trace.hpp"

namespace slim::cli {

// What an image is known by: see trace::Trace.
struct ImageIdentity {
  std::string digest, config_digest;
  bool known() const { return !digest.empty() || !config_digest.empty(); }
  std::string text() const { return digest.empty() ? config_digest : digest; }
};
ImageIdentity identity(const trace::Trace& trace);
// By the config if both tell it: the same image has another digest in every place it is kept.
bool same_image(const ImageIdentity& a, const ImageIdentity& b);

// Error `usage` for a trace (called `name`) of another image or of nobody knows which.
Result<void> require_image(const trace::Trace& trace, const std::string& name,
                           const ImageIdentity& image, const std::string& image_name);

// What a trace has to show: all that the container did, or what it did while it was observed.
enum class Coverage { whole, part };
// Why a trace is not that: its losses, and what it does not cover. Empty if it is.
std::vector<std::string> shortcomings(const trace::Trace& trace, Coverage wanted);
// Error `trace_incomplete` for a trace with losses or less coverage. If the options say to go on with
// it, the reason is returned for a warning instead; otherwise it is empty.
Result<std::string> accept_trace(const Options& options, const trace::Trace& trace,
                                 Coverage wanted);

// Reads trace files of one image, or of several if `force`. Errors as below.
Result<std::vector<trace::Trace>> read_traces(const std::vector<std::string>& files, bool force);

// Reads trace files and unites them. Traces of different images, or several of which one does not say
// of which image it is, are an `usage` error unless `force`.
Result<trace::Trace> merged_trace(const std::vector<std::string>& files, bool force);

// What documents call the application of a trace: after its image, "app" if that is not known.
std::string application_of(const trace::Trace& trace);

}  // namespace slim::cli
