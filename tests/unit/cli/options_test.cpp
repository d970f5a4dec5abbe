// SPDX-License-Identifier: Apache-2.0
#include "unit/cli/parse.hpp"

#include <stdlib.h>

#include <catch2/catch.hpp>

#include "cli/exit_status.hpp"

using namespace slim;
using namespace slim::cli;
using slim::cli::test::parse;
using Words = std::vector<std::string>;

namespace {

std::string refused(const Words& arguments) {
  const auto parsed = parse_command_line(arguments);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code() == ErrorCode::usage);
  return parsed.error().text();
}

}  // namespace

TEST_CASE("options end at IMAGE, COMMAND at --, PROBE is untouched") {
  const auto o = parse({"run", "-e", "A=1", "--env", "B=2", "--read-only", "redis:7", "redis-server",
                        "--port", "7000", "--", "redis-cli", "-p", "7000", "--", "ping"});
  CHECK(o.command == Command::run);
  CHECK(o.image == "redis:7");
  CHECK(o.run.env == Words{"A=1", "B=2"});
  CHECK(o.run.read_only);
  CHECK(o.run.command == Words{"redis-server", "--port", "7000"});
  CHECK(o.probe == Words{"redis-cli", "-p", "7000", "--", "ping"});
}

TEST_CASE("an option takes one value and leaves the image alone") {
  const auto o = parse({"run", "--keep", "/a/**", "--exec", "sh -c 'exit 0'", "--drop=/b", "img"});
  CHECK(o.image == "img");
  CHECK(o.keep.keep == Words{"/a/**"});
  CHECK(o.keep.drop == Words{"/b"});
  REQUIRE(o.execs.size() == 1);
  CHECK(o.execs[0] == Words{"sh", "-c", "exit 0"});
}

TEST_CASE("-v is a volume before HOST:/PATH and verbosity elsewhere") {
  const auto volume = parse({"run", "-v", "/a:/b:ro", "-v", "data:/c", "img", "-v", "/x:/y"});
  CHECK(volume.run.volumes == Words{"/a:/b:ro", "data:/c"});
  CHECK_FALSE(volume.verbose);
  CHECK(volume.run.command == Words{"-v", "/x:/y"});
  const auto verbose = parse({"run", "-v", "oci-archive:/tmp/x.tar"});
  CHECK(verbose.verbose);
  CHECK(verbose.image == "oci-archive:/tmp/x.tar");
  CHECK(verbose.run.volumes.empty());
}

TEST_CASE("an empty entrypoint is not the same as none") {
  CHECK_FALSE(parse({"run", "img"}).run.entrypoint.has_value());
  CHECK(parse({"run", "--entrypoint", "", "img"}).run.entrypoint == "");
}

TEST_CASE("an empty value after = is not the next word, and COMMAND keeps its own") {
  const auto o = parse({"run", "--entrypoint=", "img", "sh", "--verbose="});
  CHECK(o.run.entrypoint == "");
  CHECK(o.image == "img");
  CHECK(o.run.command == Words{"sh", "--verbose="});
  CHECK(parse({"run", "--env=", "--output=", "img"}).image == "img");
  CHECK(parse({"profile", "--name=", "a.json"}).files == Words{"a.json"});
}

TEST_CASE("of options with one value the last one counts, of lists all do") {
  const auto o = parse({"run", "-o", "a", "--tracer", "ebpf", "--keep", "/a", "--json", "--json",
                        "--output=b", "--tracer=ptrace", "--keep", "/b", "img"});
  CHECK(o.output == "b");
  CHECK(o.tracer == trace::TracerChoice::ptrace);
  CHECK(o.keep.keep == Words{"/a", "/b"});
  CHECK(o.json);
  CHECK(parse({"diff", "a", "--platform", "amd64", "b"}).files == Words{"a", "b"});
}

TEST_CASE("--json is refused where the format is no JSON") {
  for (const std::string format : {"table", "spo", "k8s", "run", "compose", "apparmor"})
    CHECK(refused({"profile", "--json", "--format", format, "a.json"}).find(format) !=
          std::string::npos);
  CHECK(refused({"ports", "--json", "--format", "docker", "a.json"}).find("docker") !=
        std::string::npos);
  CHECK(parse({"profile", "--json", "a.json"}).json);
  CHECK(parse({"ports", "--json", "--format", "sarif", "a.json"}).json);
}

TEST_CASE("texts with a form of their own") {
  const auto o = parse({"run", "--ready", "port:8080", "--network", "none", "--tracer", "ptrace",
                        "--platform", "linux/arm64", "--timeout", "5", "--no-verify",
                        "--security-opt", "seccomp=unconfined", "--security-opt",
                        "no-new-privileges", "img"});
  CHECK(o.ready.kind == container::ReadySpec::Kind::port);
  CHECK(o.ready.port == 8080);
  CHECK(o.run.network == container::Network::none);
  CHECK(o.tracer == trace::TracerChoice::ptrace);
  CHECK(o.platform->architecture == "arm64");
  CHECK(o.timeout == std::chrono::seconds(5));
  CHECK_FALSE(o.prove);
  CHECK(o.seccomp == "unconfined");
  CHECK(o.run.no_new_privileges);
  for (const char* off : {"no-new-privileges=false", "no-new-privileges:false"})
    CHECK_FALSE(parse({"run", "--security-opt", off, "img"}).run.no_new_privileges);
}

TEST_CASE("the environment mirrors options, which win") {
  ::setenv("SLIM_TRACER", "ptrace", 1);
  CHECK(parse({"run", "img"}).tracer == trace::TracerChoice::ptrace);
  CHECK(parse({"run", "--tracer", "ebpf", "img"}).tracer == trace::TracerChoice::ebpf);
  ::unsetenv("SLIM_TRACER");
  ::setenv("SLIM_NO_VERIFY", "1", 1);
  CHECK_FALSE(parse({"run", "img"}).prove);
  ::unsetenv("SLIM_NO_VERIFY");
}

TEST_CASE("a list in the environment has one value a line") {
  ::setenv("SLIM_KEEP", "/a b\n\n/c,d\n", 1);
  CHECK(parse({"run", "img"}).keep.keep == Words{"/a b", "/c,d"});
  CHECK(parse({"run", "--keep", "/e", "img"}).keep.keep == Words{"/e"});
  CHECK(parse({"run", "--keep", "/e\n/f", "img"}).keep.keep == Words{"/e\n/f"});
  ::setenv("SLIM_KEEP", "", 1);
  CHECK(parse({"run", "img"}).keep.keep.empty());
  ::unsetenv("SLIM_KEEP");
  ::setenv("SLIM_TRACE", "a.json\nb.json", 1);
  CHECK(parse({"build", "img"}).files == Words{"a.json", "b.json"});
  ::unsetenv("SLIM_TRACE");
  ::setenv("SLIM_ONLY", "added,removed\nconfig", 1);
  const auto diff = parse({"diff", "a", "b"}).inspect;
  CHECK((diff.diff.added && diff.diff.removed && !diff.diff.changed && diff.config));
  ::unsetenv("SLIM_ONLY");
  // One value stays one, with its newline.
  ::setenv("SLIM_READY", "log:a\nb", 1);
  CHECK(parse({"run", "img"}).ready.text == "a\nb");
  ::unsetenv("SLIM_READY");
}

TEST_CASE("--minimize takes its value after =, and no image for one") {
  CHECK(refused({"run", "--minimize", "files", "img"}).find("--minimize=files") !=
        std::string::npos);
  CHECK(refused({"run", "--json", "--minimize", "all", "--", "true"}).find("all:latest") !=
        std::string::npos);
  const auto o = parse({"run", "--minimize=files", "files:latest"});
  CHECK(o.minimize.files);
  CHECK_FALSE(o.minimize.syscalls);
  CHECK(o.image == "files:latest");
  CHECK(parse({"run", "--minimize", "img", "files"}).run.command == Words{"files"});
}

TEST_CASE("slim build takes traces after IMAGE, too") {
  for (const auto& words : {Words{"--trace", "a", "b"}, {"--trace", "a", "--trace=b"}}) {
    Words all = {"build", "--json", "img"};
    all.insert(all.end(), words.begin(), words.end());
    all.insert(all.end(), {"--", "probe"});
    const auto o = parse(all);
    CHECK(o.files == Words{"a", "b"});
    CHECK(o.run.command.empty());
    CHECK(o.probe == Words{"probe"});
  }
  // After traces before IMAGE it is the COMMAND's, as it is with other commands.
  CHECK(parse({"build", "--trace", "a", "img", "--trace"}).run.command == Words{"--trace"});
  CHECK(parse({"run", "img", "--trace", "a"}).run.command == Words{"--trace", "a"});
  CHECK(refused({"build", "img", "--trace"}).find("no --trace FILE") != std::string::npos);
  CHECK(refused({"build", "img", "--trace", "a", "-q"}).find("option -q") != std::string::npos);
}

TEST_CASE("mistakes are named") {
  CHECK(refused({"run"}).find("no IMAGE") != std::string::npos);
  CHECK(refused({"run", "--no-such", "img"}).find("--no-such") != std::string::npos);
  CHECK(refused({"run", "--network", "moon", "img"}).find("--network moon") != std::string::npos);
  CHECK(refused({"run", "--ready", "soon", "img"}).find("soon") != std::string::npos);
  CHECK(refused({"run", "--exec", "'open", "img"}).find("unbalanced") != std::string::npos);
  CHECK(refused({"run", "img", "--"}).find("nothing after --") != std::string::npos);
  CHECK(refused({"run", "--to", "nowhere", "img"}).find("--to nowhere") != std::string::npos);
  CHECK(refused({"run", "--expose", "http", "img"}).find("--expose") != std::string::npos);
  CHECK(refused({"build", "img"}).find("--trace") != std::string::npos);
  CHECK(refused({"cache", "prune", "--older-than", "soon"}).find("soon") != std::string::npos);
  CHECK(refused({"merge", "a.json", "--", "x"}).find("PROBE") != std::string::npos);
  CHECK(refused({"completion", "bash", "--json"}).find("no") != std::string::npos);
  refused({"completion", "csh"});
  refused({"trace", "--to", "oci:x", "img"});  // which makes no image
  refused({"xray", "--top", "-1", "img"});
  refused({"no-such-command"});
  refused({});
}

TEST_CASE("help is not an error") {
  for (const Words& words : {Words{"--help"}, Words{"run", "--help"}, Words{"cache", "-h"}}) {
    const auto parsed = parse_command_line(words);
    REQUIRE(parsed);
    CHECK(parsed->only_message);
    CHECK(parsed->message.find("Usage") != std::string::npos);
  }
  const auto usage = [](const Words& words) { return parse_command_line(words)->message; };
  CHECK(usage({"run", "-h"}).find("Usage: slim run [OPTIONS] IMAGE [COMMAND") != std::string::npos);
  CHECK(usage({"cache", "ls", "-h"}).find("Usage: slim cache ls ") != std::string::npos);
  CHECK(usage({"--version"}).starts_with("slim "));
}

TEST_CASE("words are split as a shell would") {
  CHECK(*split_words(R"(a 'b c' "d \"e\" \n" f\ g '')") ==
        Words{"a", "b c", "d \"e\" \\n", "f g", ""});
  CHECK_FALSE(split_words(""));
  CHECK_FALSE(split_words("'a"));
}

TEST_CASE("exit statuses are the contract's") {
  CHECK(exit_status(ErrorCode::internal) == 1);
  CHECK(exit_status(ErrorCode::usage) == 2);
  CHECK(exit_status(ErrorCode::image) == 3);
  CHECK(exit_status(ErrorCode::container) == 4);
  CHECK(exit_status(ErrorCode::probe) == 5);
  CHECK(exit_status(ErrorCode::trace_incomplete) == 6);
  CHECK(exit_status(ErrorCode::verify) == 7);
  CHECK(exit_status(ErrorCode::interrupted) == 130);
  CHECK(exit_status(ErrorCode::closed_pipe) == 141);
}

TEST_CASE("observe takes a container or a process, and a time") {
  const auto named = parse({"observe", "--duration", "5m", "-q", "web", "--", "curl", "-q"});
  CHECK(named.command == Command::observe);
  CHECK(named.observe.target == "web");
  CHECK_FALSE(named.observe.pid);
  CHECK(named.observe.duration == std::chrono::minutes(5));
  CHECK(named.probe == Words{"curl", "-q"});
  CHECK(named.quiet);
  const auto numbered = parse({"observe", "--pid", "4711"});
  CHECK(numbered.observe.pid == 4711);
  CHECK_FALSE(numbered.observe.duration);
  CHECK(refused({"observe"}).find("name or id") != std::string::npos);
  CHECK(refused({"observe", "web", "--pid", "1"}).find("--pid") != std::string::npos);
  CHECK(refused({"observe", "--pid", "-1"}).find("--pid") != std::string::npos);
  CHECK(refused({"observe", "--duration", "soon", "web"}).find("--duration soon") != std::string::npos);
}
