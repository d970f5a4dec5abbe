// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <map>

#include "inspect/findings.hpp"
#include "slim/base/text.hpp"
#include "slim/image/model.hpp"

namespace slim::inspect {

namespace {

bool has_variable(std::string_view text) { return text.find('$') != std::string_view::npos; }

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (const auto line : fields_of(text, ' '))
    if (!trimmed(line).empty()) words.emplace_back(trimmed(line));
  return words;
}

class Linter {
 public:
  explicit Linter(const Dockerfile& file) : file_(file) {}

  std::vector<Finding> run() {
    for (const auto& argument : file_.arguments) lint_argument(argument);
    for (size_t i = 0; i < file_.stages.size(); ++i) lint_stage(i);
    lint_last_stage();
    auto found = findings_.take();
    std::erase_if(found, [&](const Finding& finding) {
      return std::any_of(file_.ignored.begin(), file_.ignored.end(), [&](const auto& ignored) {
        return ignored.first == finding.line && ignored.second == finding.rule->id;
      });
    });
    std::stable_sort(found.begin(), found.end(),
                     [](const auto& a, const auto& b) { return a.line < b.line; });
    return found;
  }

 private:
  bool is_stage(const std::string& base, size_t before) const {
    return std::any_of(file_.stages.begin(),
                       file_.stages.begin() + static_cast<std::ptrdiff_t>(before),
                       [&](const Stage& stage) { return stage.name == base; });
  }

  void lint_base(const Stage& stage, size_t number) {
    const std::string& base = stage.base;
    if (base == "scratch" || has_variable(base) || is_stage(base, number) ||
        base.find('@') != std::string::npos)
      return;
    const size_t colon = base.find(':', base.rfind('/') + 1);
    if (colon == std::string::npos) findings_.add("from-untagged", base, stage.line);
    else if (base.substr(colon + 1) == "latest") findings_.add("from-latest", base, stage.line);
  }

  void lint_stage(size_t number) {
    const Stage& stage = file_.stages[number];
    lint_base(stage, number);
    std::map<std::string, unsigned> last;
    context_ = {};
    context_.ships = file_.ships(number);
    bool absolute = false;
    for (const auto& instruction : stage.instructions) {
      const std::string& keyword = instruction.keyword;
      if (keyword == "CMD" || keyword == "ENTRYPOINT" || keyword == "HEALTHCHECK") {
        if (last.contains(keyword)) findings_.add("only-last-counts", keyword, last[keyword]);
        last[keyword] = instruction.line;
      }
      if (keyword == "WORKDIR") {
        const bool rooted = instruction.text.starts_with('/') || instruction.text.starts_with('$') ||
                            instruction.text.starts_with('"') || instruction.text.find(':') == 1;
        if (!rooted && !absolute) findings_.add("workdir-relative", instruction.text, instruction.line);
        absolute |= rooted;
      }
      lint_instruction(instruction, number);
    }
  }

  void lint_instruction(const Instruction& instruction, size_t stage) {
    const std::string& keyword = instruction.keyword;
    if (keyword == "RUN") lint_run_instruction(instruction);
    if (keyword == "COPY" || keyword == "ADD") lint_copy(instruction, stage);
    if (keyword == "ENV" || keyword == "ARG") lint_argument(instruction);
    if (keyword == "EXPOSE") lint_expose(instruction);
    const bool starts = keyword == "CMD" || keyword == "ENTRYPOINT";
    if ((starts || keyword == "RUN" || keyword == "SHELL") && !instruction.exec_form &&
        instruction.text.starts_with("[\"") )
      findings_.add("exec-form-invalid", keyword, instruction.line);
    else if (starts && !instruction.exec_form && instruction.text.starts_with("['"))
      findings_.add("exec-form-invalid", keyword, instruction.line);
    for (const auto& token : tokens_in(instruction.text))
      findings_.add("secret-in-dockerfile", token.what, instruction.line);
  }

  void lint_run_instruction(const Instruction& run) {
    context_.line = run.line;
    context_.caches_mounted = std::any_of(run.flags.begin(), run.flags.end(), [](const auto& flag) {
      return flag.starts_with("--mount=") && (flag.find("type=cache") != std::string::npos ||
                                              flag.find("type=tmpfs") != std::string::npos);
    });
    lint_run(commands_of(run), context_, findings_);
  }

  void lint_copy(const Instruction& copy, size_t stage) {
    const auto words = copy.exec_form ? copy.words : words_of(copy.text);
    if (words.empty()) return;
    if (words.back().find("apt.conf") != std::string::npos || words.back().starts_with("/etc/apt"))
      context_.apt_configured = true;
    if (words.size() > 2 && copy.documents.empty() && !words.back().ends_with('/') &&
        words.back() != "." && words.back() != ".." && !has_variable(words.back()))
      findings_.add("copy-many-to-file", words.back(), copy.line);
    const std::string from = copy.flag("from");
    size_t number = 0;
    const auto [end, error] = std::from_chars(from.data(), from.data() + from.size(), number);
    if (!from.empty() && error == std::errc() && end == from.data() + from.size() && number >= stage)
      findings_.add("stage-unknown", from, copy.line);
    if (copy.keyword != "ADD" || !copy.flag("checksum").empty()) return;
    for (size_t i = 0; i + 1 < words.size(); ++i)
      if ((words[i].starts_with("http://") || words[i].starts_with("https://")) &&
          !words[i].ends_with(".git"))
        findings_.add("add-remote", redact(words[i]), copy.line);
  }

  void lint_argument(const Instruction& instruction) {
    // "NAME VALUE" is an old form of ENV.
    const auto words = words_of(instruction.text);
    if (words.empty()) return;
    if (words[0].find('=') == std::string::npos) {
      if (instruction.keyword == "ENV" && words.size() > 1) assign(words[0], words[1], instruction);
      return;
    }
    for (const auto& word : words) {
      const size_t equals = word.find('=');
      if (equals != std::string::npos)
        assign(word.substr(0, equals), word.substr(equals + 1), instruction);
    }
  }

  void assign(const std::string& name, std::string value, const Instruction& instruction) {
    std::erase_if(value, [](char c) { return c == '"' || c == '\''; });
    if (name == "PIP_NO_CACHE_DIR") context_.pip_cache_off = true;
    if (is_secret_variable(name, value))
      findings_.add("secret-in-dockerfile", instruction.keyword + " " + name, instruction.line);
  }

  void lint_expose(const Instruction& expose) {
    for (const auto& word : words_of(expose.text)) {
      if (has_variable(word)) continue;
      const size_t slash = std::min(word.find('/'), word.size()), dash = word.find('-');
      const std::string protocol = word.substr(slash);
      const bool range = dash < slash;
      if (!image::Port::parse(word.substr(0, range ? dash : slash) + protocol) ||
          (range && !image::Port::parse(word.substr(dash + 1, slash - dash - 1) + protocol)))
        findings_.add("expose-invalid", word, expose.line);
    }
  }

  // What the container starts with: the last of each in the last stage.
  void lint_last_stage() {
    const Stage& stage = file_.stages.back();
    const Instruction *user = nullptr, *entrypoint = nullptr, *command = nullptr;
    for (const auto& instruction : stage.instructions) {
      if (instruction.keyword == "USER") user = &instruction;
      if (instruction.keyword == "ENTRYPOINT") entrypoint = &instruction;
      if (instruction.keyword == "CMD") command = &instruction;
    }
    if (user != nullptr) {
      const std::string name = user->text.substr(0, user->text.find(':'));
      if (name == "root" || name == "0") findings_.add("user-root", "USER " + user->text, user->line);
    }
    const Instruction* starts = entrypoint != nullptr ? entrypoint : command;
    if (starts != nullptr && !starts->exec_form && !starts->text.starts_with("exec ") &&
        !starts->text.starts_with('[') && !starts->text.empty())
      findings_.add("shell-form", starts->keyword, starts->line);
  }

  const Dockerfile& file_;
  Findings findings_;
  RunContext context_;
};

}  // namespace

std::vector<Finding> lint(const Dockerfile& file) { return Linter(file).run(); }

}  // namespace slim::inspect
