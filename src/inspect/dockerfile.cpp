// SPDX-License-Identifier: Apache-2.0
#include "slim/base/text.hpp"
#include "slim/inspect/dockerfile.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

#include <nlohmann/json.hpp>

#include "slim/base/path.hpp"

namespace slim::inspect {

namespace {

bool known(const std::string& keyword) {
  static constexpr std::string_view kKeywords[] = {
      "ADD",    "ARG",   "CMD",        "COPY", "ENTRYPOINT", "ENV",        "EXPOSE", "FROM", "HEALTHCHECK",
      "LABEL",  "MAINTAINER", "ONBUILD", "RUN", "SHELL",     "STOPSIGNAL", "USER",   "VOLUME", "WORKDIR"};
  return is_one_of(keyword, kKeywords);
}

struct HereDocument {
  std::string delimiter;
  bool strip_tabs = false;
};

// Words like <<EOF, <<-"EOF", 3<<EOF.
std::vector<HereDocument> here_documents(std::string_view text) {
  std::vector<HereDocument> found;
  for (auto word : fields_of(text, ' ')) {
    while (!word.empty() && std::isdigit(static_cast<unsigned char>(word[0])) != 0)
      word.remove_prefix(1);
    if (!word.starts_with("<<")) continue;
    word.remove_prefix(2);
    HereDocument document;
    if (word.starts_with('-')) {
      document.strip_tabs = true;
      word.remove_prefix(1);
    }
    word = word.substr(0, word.find_first_of(";&|>"));
    for (const char c : word)
      if (c != '"' && c != '\'') document.delimiter += c;
    if (!document.delimiter.empty() && document.delimiter.find('<') == std::string::npos)
      found.push_back(std::move(document));
  }
  return found;
}

class Parser {
 public:
  Parser(std::string_view text, const std::string& name) : lines_(lines_of(text)), name_(name) {}

  Result<Dockerfile> run() {
    read_directives();
    while (at_ < lines_.size()) {
      if (is_blank_or_comment(lines_[at_])) {
        ++at_;
        continue;
      }
      SLIM_TRY(Instruction instruction, next());
      SLIM_CHECK(place(std::move(instruction)));
    }
    if (file_.stages.empty()) return wrong(1, "no FROM instruction");
    return std::move(file_);
  }

 private:
  tl::unexpected<Error> wrong(size_t line, const std::string& what) const {
    return fail(ErrorCode::image, name_ + ":" + std::to_string(line) + ": " + what +
                                      "; this is no Dockerfile that a builder would take");
  }

  // "# escape=`" and its like stand before everything else.
  void read_directives() {
    for (const auto line : lines_) {
      const auto text = trimmed(line);
      if (!text.starts_with('#')) return;
      const size_t equals = text.find('=');
      if (equals == std::string_view::npos) return;
      const auto value = trimmed(text.substr(equals + 1));
      if (upper_case(trimmed(text.substr(1, equals - 1))) == "ESCAPE" && value == "`") escape_ = '`';
    }
  }

  bool is_blank_or_comment(std::string_view line) {
    const auto text = trimmed(line);
    if (!text.starts_with('#')) return text.empty();
    const auto comment = trimmed(text.substr(1));
    if (comment.starts_with("slim ignore="))
      for (const auto rule : fields_of(comment.substr(12), ','))
        file_.ignored.emplace_back(at_ + 2, std::string(trimmed(rule)));
    return true;
  }

  Result<Instruction> next() {
    Instruction instruction;
    instruction.line = static_cast<unsigned>(at_ + 1);
    std::string text = continued();
    const size_t space = std::min(text.find_first_of(" \t"), text.size());
    instruction.keyword = upper_case(std::string_view(text).substr(0, space));
    if (!known(instruction.keyword))
      return wrong(instruction.line, "unknown instruction '" + escape_bytes(text.substr(0, space)) + "'");
    text = std::string(trimmed(std::string_view(text).substr(space)));
    take_flags(text, instruction);
    instruction.text = std::move(text);
    read_exec_form(instruction);
    if (instruction.keyword == "RUN" || instruction.keyword == "COPY" || instruction.keyword == "ADD")
      for (const auto& document : here_documents(instruction.text)) {
        SLIM_TRY(std::string body, read_document(document, instruction.line));
        instruction.documents.push_back(std::move(body));
      }
    return instruction;
  }

  // Comments and empty lines between continued lines do not count.
  std::string continued() {
    std::string text;
    bool more = true, first = true;
    while (more && at_ < lines_.size()) {
      const auto line = lines_[at_];
      if (!first && is_blank_or_comment(line)) {
        ++at_;
        continue;
      }
      ++at_;
      first = false;
      const size_t end = line.find_last_not_of(" \t\r");
      more = end != std::string_view::npos && line[end] == escape_;
      text += more ? line.substr(0, end) : line.substr(0, line.find_last_not_of('\r') + 1);
    }
    return std::string(trimmed(text));
  }

  static void take_flags(std::string& text, Instruction& instruction) {
    while (text.starts_with("--")) {
      const size_t end = std::min(text.find_first_of(" \t"), text.size());
      instruction.flags.push_back(text.substr(0, end));
      text = std::string(trimmed(std::string_view(text).substr(end)));
    }
  }

  static void read_exec_form(Instruction& instruction) {
    if (!instruction.text.starts_with('[')) return;
    const auto json = nlohmann::json::parse(instruction.text, nullptr, false);
    if (!json.is_array()) return;
    for (const auto& word : json) {
      if (!word.is_string()) return instruction.words.clear();
      instruction.words.push_back(word.get<std::string>());
    }
    instruction.exec_form = true;
  }

  Result<std::string> read_document(const HereDocument& document, unsigned line) {
    std::string body;
    while (at_ < lines_.size()) {
      auto text = lines_[at_++];
      if (document.strip_tabs) text.remove_prefix(std::min(text.find_first_not_of('\t'), text.size()));
      if (text == document.delimiter) return body;
      body += std::string(text) + "\n";
    }
    return wrong(line, "the here-document " + escape_bytes(document.delimiter) + " has no end");
  }

  Result<void> place(Instruction instruction) {
    if (instruction.keyword == "FROM") return begin_stage(instruction);
    if (!file_.stages.empty()) file_.stages.back().instructions.push_back(std::move(instruction));
    else if (instruction.keyword == "ARG") file_.arguments.push_back(std::move(instruction));
    else return wrong(instruction.line, "no FROM before " + instruction.keyword);
    return {};
  }

  Result<void> begin_stage(const Instruction& from) {
    std::vector<std::string> words;
    for (const auto word : fields_of(from.text, ' '))
      if (!trimmed(word).empty()) words.emplace_back(trimmed(word));
    const bool named = words.size() == 3 && upper_case(words[1]) == "AS";
    if (words.size() != 1 && !named) return wrong(from.line, "FROM takes IMAGE [AS NAME]");
    file_.stages.push_back({words[0], named ? words[2] : "", from.line, {}});
    return {};
  }

  std::vector<std::string_view> lines_;
  const std::string& name_;
  size_t at_ = 0;
  char escape_ = '\\';
  Dockerfile file_;
};

}  // namespace

std::string Instruction::flag(std::string_view name) const {
  const std::string start = "--" + std::string(name) + "=";
  for (const auto& flag : flags)
    if (flag.starts_with(start)) return flag.substr(start.size());
  return {};
}

bool Dockerfile::ships(size_t stage) const {
  size_t at = stages.size() - 1;
  while (at > stage) {
    const std::string base = upper_case(stages[at].base);
    size_t below = at;
    while (below > 0 && upper_case(stages[below - 1].name) != base) --below;
    if (below == 0) return false;
    at = below - 1;
  }
  return at == stage;
}

Result<Dockerfile> parse_dockerfile(std::string_view text, const std::string& name) {
  return Parser(text, name).run();
}

}  // namespace slim::inspect
