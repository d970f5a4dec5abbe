// SPDX-License-Identifier: Apache-2.0
#include "slim/inspect/lint.hpp"

#include <catch2/catch.hpp>

using namespace slim;
using namespace slim::inspect;
using Words = std::vector<std::string>;

namespace {

// "LINE:rule" of each finding.
Words found(const std::string& text) {
  const auto file = parse_dockerfile(text, "Dockerfile");
  INFO((file ? "" : file.error().text()));
  REQUIRE(file);
  Words list;
  for (const auto& finding : lint(*file))
    list.push_back(std::to_string(finding.line) + ":" + std::string(finding.rule->id));
  return list;
}
// Those of one RUN (or other line) under a pinned base.
Words in(const std::string& line) { return found("FROM debian:12\n" + line + "\n"); }

std::string refused(const std::string& text) {
  const auto file = parse_dockerfile(text, "Dockerfile");
  REQUIRE_FALSE(file);
  CHECK(file.error().code() == ErrorCode::image);
  return file.error().text();
}

}  // namespace

TEST_CASE("continued lines, comments, here-documents and JSON forms are parsed") {
  const auto file = parse_dockerfile(
      "# a comment\nARG V=1\nFROM --platform=linux/amd64 debian:$V AS build\n"
      "RUN one && \\\n  # between\n\n  two\nRUN <<-'EOF' cat\n\tFROM nothing\n\tEOF\n"
      "FROM scratch\nCOPY --from=build --chown=1:1 /a /b\nCMD [\"/b\", \"x y\"]\n",
      "Dockerfile");
  REQUIRE(file);
  REQUIRE(file->stages.size() == 2);
  CHECK(file->arguments.size() == 1);
  const Stage& build = file->stages[0];
  CHECK(build.name == "build");
  CHECK(build.instructions[0].text == "one &&   two");
  CHECK(build.instructions[0].line == 4);
  CHECK(build.instructions[1].documents == Words{"FROM nothing\n"});
  CHECK(file->stages[1].instructions[0].flag("from") == "build");
  CHECK(file->stages[1].instructions[1].words == Words{"/b", "x y"});
  CHECK_FALSE(file->ships(0));
  CHECK(file->ships(1));
}

TEST_CASE("the escape directive is followed") {
  const auto file = parse_dockerfile("# escape=`\nFROM x:1\nRUN a `\n  b\nRUN c:\\\n", "D");
  REQUIRE(file);
  CHECK(file->stages[0].instructions[0].text == "a   b");
  CHECK(file->stages[0].instructions[1].text == "c:\\");
}

TEST_CASE("what no builder takes is refused with its line") {
  CHECK(refused("This is a text.\n").find("Dockerfile:1: unknown instruction 'This'") == 0);
  CHECK(refused("RUN x\n").find("no FROM") != std::string::npos);
  CHECK(refused("# only\n").find("no FROM") != std::string::npos);
  CHECK(refused("FROM a b\n").find("Dockerfile:1") == 0);
  CHECK(refused("FROM a\nRUN <<EOF\nx\n").find("Dockerfile:2") == 0);
}

TEST_CASE("shell scripts are split into commands") {
  const auto commands = shell_commands("A=1 x 'a;b' && if y; then z | sh 2>&1; fi # end; no");
  Words words;
  for (const auto& command : commands) {
    std::string line = command.reads_pipe ? "|" : "";
    for (const auto& word : command.words) line += word + ",";
    words.push_back(line);
  }
  CHECK(words == Words{"x,a;b,", "y,", "z,", "|sh,2>&1,", "fi,"});
}

TEST_CASE("a good Dockerfile has no findings") {
  CHECK(found("FROM python:3.11-slim@sha256:0 AS build\n"
              "RUN apt-get update && apt-get install -y --no-install-recommends gcc \\\n"
              " && rm -rf /var/lib/apt/lists/*\n"
              "RUN --mount=type=cache,target=/root/.cache/pip pip install flask\n"
              "FROM build\nWORKDIR /app\nCOPY a b /app/\nEXPOSE 80/tcp 8000-8010 $PORT\nUSER 1000\n"
              "ENV DB_PASSWORD_FILE=/run/secrets/db\n"
              "ENTRYPOINT [\"python\", \"app.py\"]\nCMD [\"x\"]\n")
            .empty());
}

TEST_CASE("every rule for Dockerfiles speaks where it should") {
  CHECK(found("FROM debian\n") == Words{"1:from-untagged"});
  CHECK(found("FROM reg:5000/debian:latest\n") == Words{"1:from-latest"});
  CHECK(in("RUN apt-get update && apt-get install -y --no-install-recommends x") ==
        Words{"2:apt-lists-left"});
  CHECK(in("RUN apt-get install -qqy x") == Words{"2:apt-recommends"});
  CHECK(in("RUN apt-get install --no-install-recommends x") == Words{"2:apt-no-yes"});
  CHECK(in("RUN apk add curl") == Words{"2:apk-cache-left"});
  CHECK(in("RUN apk add --no-cache curl").empty());
  CHECK(in("RUN python3 -m pip install x") == Words{"2:pip-cache-left"});
  CHECK(in("ENV PIP_NO_CACHE_DIR=1\nRUN pip install x").empty());
  CHECK(in("RUN curl -fsS https://x | bash") == Words{"2:pipe-to-shell"});
  CHECK(in("RUN curl -fsS https://x | tar -x").empty());
  CHECK(in("RUN chmod -R 777 /app") == Words{"2:chmod-777"});
  CHECK(in("RUN sudo make") == Words{"2:run-sudo"});
  CHECK(in("RUN cd /app") == Words{"2:run-cd"});
  CHECK(in("RUN cd /app && make").empty());
  CHECK(in("RUN rm -rf /usr/share/doc") == Words{"2:remove-in-later-layer"});
  CHECK(in("ADD https://x/y /y") == Words{"2:add-remote"});
  CHECK(in("ADD --checksum=sha256:0 https://x/y /y").empty());
  CHECK(in("COPY a b /app") == Words{"2:copy-many-to-file"});
  CHECK(in("COPY --from=0 a /app") == Words{"2:stage-unknown"});
  CHECK(in("WORKDIR app") == Words{"2:workdir-relative"});
  CHECK(in("WORKDIR /a\nWORKDIR b").empty());
  CHECK(in("EXPOSE 80:8080") == Words{"2:expose-invalid"});
  CHECK(in("ENV DB_PASSWORD=hunter2") == Words{"2:secret-in-dockerfile"});
  CHECK(in("ARG NPM_TOKEN").empty());
  CHECK(in("USER root") == Words{"2:user-root"});
  CHECK(in("USER root\nUSER 1000").empty());
  CHECK(in("CMD python app.py") == Words{"2:shell-form"});
  CHECK(in("CMD exec python app.py").empty());
  CHECK(in("CMD ['python', 'app.py']") == Words{"2:exec-form-invalid"});
  CHECK(in("CMD [\"a\"]\nCMD [\"b\"]") == Words{"2:only-last-counts"});
}

TEST_CASE("what does not ship may be untidy, and a comment switches a rule off") {
  CHECK(found("FROM a:1 AS build\nRUN apk add gcc\nFROM b:1\nCOPY --from=build /x /x\n").empty());
  CHECK(in("# slim ignore=run-cd, run-sudo\nRUN cd /").empty());
  CHECK(in("# slim ignore=run-sudo\nRUN cd /") == Words{"3:run-cd"});
}

TEST_CASE("rules are in order and have all they need") {
  for (size_t i = 0; i < rules().size(); ++i) {
    CHECK(find_rule(rules()[i].id) == &rules()[i]);
    CHECK_FALSE(rules()[i].help.empty());
    if (i > 0) CHECK(rules()[i - 1].id < rules()[i].id);
  }
  CHECK(find_rule("none") == nullptr);
}
