// SPDX-License-Identifier: Apache-2.0
#include "cli/minimize_journal.hpp"

#include "unit/cli/parse.hpp"

using namespace slim;
using namespace slim::cli;
using verify::Verdict;

TEST_CASE("a search's journal comes back as it was", "[minimize]") {
  MinimizeJournal journal{"sha256:12", {"curl localhost", "exec: \xff"}, {}, {}};
  journal.files = {{"usr/bin/a", Verdict::needed}, {"odd\xfe", Verdict::removed}};
  journal.syscalls = {{"mount", Verdict::removed}};
  const auto back = minimize_journal_from(to_json(journal), "test");
  REQUIRE(back);
  CHECK(*back == journal);
}

TEST_CASE("what is undecided is not written down", "[minimize]") {
  MinimizeJournal journal;
  journal.files = {{"a", Verdict::undecided}};
  const auto back = minimize_journal_from(to_json(journal), "test");
  REQUIRE(back);
  CHECK(back->files.empty());
}

TEST_CASE("a journal that is none is refused with its name", "[minimize]") {
  for (const char* text : {"", "[]", "{}", R"({"schema_version": 2})",
                           R"({"schema_version": 1, "image": 3})"}) {
    const auto back = minimize_journal_from(text, "out/minimize.json");
    REQUIRE_FALSE(back);
    CHECK(back.error().code() == ErrorCode::usage);
    CHECK(back.error().text().find("out/minimize.json") != std::string::npos);
  }
}

TEST_CASE("--minimize says what it is about and never swallows IMAGE", "[minimize]") {
  CHECK_FALSE(test::parse({"run", "image.tar"}).minimize.any());
  const auto all = test::parse({"run", "--minimize", "image.tar"});
  CHECK(all.image == "image.tar");
  CHECK((all.minimize.files && all.minimize.syscalls));
  CHECK(all.minimize.time.count() == 600);
  const auto files = test::parse({"run", "--minimize=files", "--minimize-time", "60", "image.tar"});
  CHECK((files.minimize.files && !files.minimize.syscalls));
  CHECK(files.minimize.time.count() == 60);
  for (const auto& wrong : std::vector<std::vector<std::string>>{
           {"run", "--minimize=everything", "image.tar"},
           {"run", "--minimize", "--no-verify", "image.tar"},
           {"run", "--minimize-trials", "0", "image.tar"}}) {
    const auto parsed = parse_command_line(wrong);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code() == ErrorCode::usage);
  }
}
