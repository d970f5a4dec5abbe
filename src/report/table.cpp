// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "report/format.hpp"
#include "report/phases.hpp"
#include "slim/base/path.hpp"
#include "slim/base/text.hpp"
#include "slim/report/report.hpp"
#include "slim/report/terminal.hpp"

namespace slim::report {
namespace {

constexpr size_t kIndent = 2;
constexpr size_t kLabel = 11;       // columns of the names on the left
constexpr size_t kLongestList = 6;  // of paths or calls; report.json has them all

// The table while it grows. Every line is cut or wrapped to the width before it is coloured, so
// that an escape sequence is never cut.
class Table {
 public:
  Table(bool colour, unsigned width)
      : colour_(colour), width_(std::clamp<size_t>(width, 40, 200)) {}

  // Columns for text beside a label.
  size_t room() const { return width_ - kIndent - kLabel; }

  void line(std::string_view label, const std::string& text) {
    text_ += std::string(kIndent, ' ') + styled(pad_right(label, kLabel), Style::dim, colour_) +
             text + "\n";
  }
  void blank() { text_ += "\n"; }
  void title(const std::string& text) {
    text_ += std::string(kIndent, ' ') +
             styled(fit(printable(text), width_ - kIndent), Style::bold, colour_) + "\n";
  }
  // A text of any length; the label stands before its first line.
  void paragraph(std::string_view label, const std::string& text, Style style) {
    for (const std::string& part : wrap(printable(text), room())) {
      line(label, styled(part, style, colour_));
      label = {};
    }
  }
  // Long lists are cut and say so.
  void list(std::string_view label, const std::vector<std::string>& items) {
    for (size_t i = 0; i < std::min(items.size(), kLongestList); ++i) {
      line(label, fit(printable(items[i]), room()));
      label = {};
    }
    if (items.size() > kLongestList)
      line("", dim("and " + human_count(items.size() - kLongestList) + " more, in report.json"));
  }

  std::string dim(std::string_view text) const { return styled(text, Style::dim, colour_); }
  std::string bold(std::string_view text) const { return styled(text, Style::bold, colour_); }
  std::string good(std::string_view text) const { return styled(text, Style::green, colour_); }
  std::string bad(std::string_view text) const { return styled(text, Style::red, colour_); }

  std::string take() { return std::move(text_); }

 private:
  bool colour_;
  size_t width_;
  std::string text_;
};

std::string factor_text(uint64_t before, uint64_t after) {
  if (after == 0 || before == 0) return "";
  const double factor = static_cast<double>(before) / static_cast<double>(after);
  char text[64];
  if (factor < 1)
    std::snprintf(text, sizeof text, "%.2f times the size", 1 / factor);
  else
    std::snprintf(text, sizeof text, factor < 100 ? "%.1f times smaller" : "%.0f times smaller",
                  factor);
  return text;
}

std::string percent(uint64_t part, uint64_t whole) {
  if (whole == 0) return "";
  return std::to_string((part * 100 + whole / 2) / whole) + " %";
}

void before_and_after(Table& table, std::string_view label, const std::string& before,
                      const std::string& after, const std::string& remark) {
  constexpr size_t kColumn = 10;
  const std::string numbers = pad_left(before, kColumn) + " " + table.dim("->") + " " +
                              table.bold(pad_left(after, kColumn));
  const size_t used = 2 * kColumn + 4 + 3;
  table.line(label, numbers + (remark.empty() ? "" : "   " + fit(remark, table.room() - used)));
}

void sizes(Table& table, const Report& report) {
  before_and_after(table, "size", human_bytes(report.source.bytes), human_bytes(report.slim.bytes),
                   factor_text(report.source.bytes, report.slim.bytes));
  before_and_after(
      table, "files", human_count(report.files_kept + report.files_removed),
      human_count(report.files_kept),
      human_count(report.files_removed) + " removed, " + human_bytes(report.removed_bytes));
  if (report.files_by_rules > 0)
    table.paragraph("",
                    human_count(report.files_by_rules) + " of them (" +
                        human_bytes(report.bytes_by_rules) +
                        ") unused, kept by rules (slim explain)",
                    Style::dim);
  before_and_after(table, "layers", human_count(report.source.layers),
                   human_count(report.slim.layers), "");
  const uint64_t allowed = report.syscalls.size();
  const uint64_t total = report.syscalls_total;
  if (total < allowed || total == 0) return;
  std::string forbidden =
      human_count(total - allowed) + " forbidden (" + percent(total - allowed, total) + ")";
  if (report.syscalls_argument_rules > 0)
    forbidden += ", " + human_count(report.syscalls_argument_rules) + " rules on arguments";
  before_and_after(table, "syscalls", human_count(total), human_count(allowed), forbidden);
  if (const uint64_t runtimes = report.syscalls_for_runtime.size())
    table.paragraph("", human_count(runtimes) + " of them only for the runtime's start",
                    Style::dim);
}

std::string state_text(const PortFacts& port) {
  if (port.state == "used") return port.in_expose ? "used" : "used, was not exposed";
  if (port.state == "exposed-unused") return "exposed but not used: dropped";
  if (port.state == "loopback-only") return "reachable from inside only";
  return port.state;
}

void ports(Table& table, const std::vector<PortFacts>& list) {
  std::string_view label = "ports";
  if (list.empty()) table.line(label, table.dim("none"));
  for (const PortFacts& port : list) {
    const std::string number =
        pad_right(std::to_string(port.port) + "/" + printable(port.protocol), 11);
    std::string rest = pad_right(printable(port.address), 15) + " " + state_text(port);
    if (!port.started_as.empty()) rest += ", " + printable(name_of(port.started_as));
    if (port.address.empty()) rest = state_text(port);
    const bool open = port.state == "used";
    const std::string fitted = fit(rest, table.room() - 11);
    table.line(label, (open ? table.bold(number) : number) + (open ? fitted : table.dim(fitted)));
    label = {};
  }
}

void trace(Table& table, const Report& report) {
  if (report.trace_backend.empty()) return;
  if (report.trace_complete) {
    table.line("trace", printable(report.trace_backend) + ", " + table.good("complete"));
    return;
  }
  std::string text = printable(report.trace_backend) + ", " + table.bad("INCOMPLETE");
  if (report.lost_events > 0) text += ", " + human_count(report.lost_events) + " events lost";
  table.line("trace", text);
  for (const std::string& problem : report.trace_problems)
    table.paragraph("", problem, Style::plain);
}

void verification(Table& table, const Report& report) {
  if (!report.verify_done) {
    table.paragraph("verified", "no: not asked for, so nothing is proven", Style::yellow);
    return;
  }
  const std::string rounds =
      human_count(report.rounds.size()) + (report.rounds.size() == 1 ? " round" : " rounds");
  if (report.verify_passed) {
    table.paragraph("verified", "yes: the slim image passed under its own profile, in " + rounds,
                    Style::green);
    table.line("", "with " + joined(report.verify_runtimes, " and "));
  } else {
    const std::string why = report.rounds.empty() ? "" : report.rounds.back().failure;
    table.paragraph("verified", "NO, after " + rounds + (why.empty() ? "" : ": " + why),
                    Style::red);
    if (!report.rounds.empty()) {
      table.list("missing", report.rounds.back().missing);
      table.list("denied", report.rounds.back().denied);
    }
  }
  table.list("added", report.verify_added);
}

void minimisation(Table& table, const Report& report) {
  if (!report.minimize) return;
  const MinimizeFacts& facts = *report.minimize;
  if (!facts.held) {
    table.paragraph("minimized", "no: the image is as it was before", Style::yellow);
    return;
  }
  const auto part = [](const std::string& required, const std::string& before) {
    return required + " of " + before;
  };
  table.paragraph(
      "minimized",
      part(human_count(facts.files_required), human_count(facts.files_before)) + " files, " +
          part(human_bytes(facts.bytes_required), human_bytes(facts.bytes_before)) + ", " +
          part(human_count(facts.calls_required), human_count(facts.calls_before)) +
          " syscalls are required by the probe",
      Style::plain);
  if (!facts.complete)
    table.paragraph("", "time ran out: the same command goes on from here", Style::yellow);
}

void times(Table& table, const Report& report) {
  const auto phases = summed(report.timings);
  if (phases.empty()) return;
  constexpr size_t kTime = 12;
  const size_t widest_name = std::min<size_t>(32, table.room() - kTime);
  double total = 0, longest = 0;
  size_t name_width = 5;
  for (const auto& [phase, seconds] : phases) {
    total += seconds;
    longest = std::max(longest, seconds);
    name_width = std::max(name_width, std::min(columns(phase), widest_name));
  }
  const size_t used = name_width + kTime + 2;
  const size_t bar_room = table.room() > used ? std::min<size_t>(30, table.room() - used) : 0;
  table.blank();
  std::string_view label = "time";
  for (const auto& [phase, seconds] : phases) {
    const double share = longest > 0 ? seconds / longest : 0;
    const auto bar = static_cast<size_t>(std::lround(share * static_cast<double>(bar_room)));
    std::string text = pad_right(fit(printable(phase), name_width), name_width) +
                       pad_left(human_seconds(seconds), kTime);
    if (bar > 0) text += "  " + table.dim(std::string(bar, '='));
    table.line(label, text);
    label = {};
  }
  table.line("",
             table.bold(pad_right("total", name_width) + pad_left(human_seconds(total), kTime)));
}

}  // namespace

std::string table(const Report& report, bool colour, unsigned width) {
  Table table(colour, width);
  table.blank();
  table.title(report.output_directory.empty()
                  ? report.source.reference
                  : report.source.reference + " -> " + report.output_directory);
  table.blank();
  sizes(table, report);
  ports(table, report.ports);
  table.blank();
  trace(table, report);
  verification(table, report);
  minimisation(table, report);
  for (const std::string& warning : report.warnings)
    table.paragraph("warning", warning, Style::yellow);
  times(table, report);
  table.blank();
  return table.take();
}

}  // namespace slim::report
