// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "cli/probe_steps.hpp"
#include "cli/saturation.hpp"

using namespace slim;
using namespace slim::cli;
using Kind = verify::ProbeStep::Kind;
using Words = std::vector<std::string>;

TEST_CASE("a probe file has shell commands, commands inside and restarts", "[probe]") {
  const auto steps = parse_probe_file(
      "# comment\n\n  curl -fsS localhost:80/ | grep hello \r\n"
      "exec: redis-cli set 'a b' c\nrestart\n\tcurl localhost/again",
      "probes.txt");
  REQUIRE(steps);
  REQUIRE(steps->size() == 4);
  CHECK((*steps)[0].kind == Kind::host);
  CHECK((*steps)[0].argv == Words{"/bin/sh", "-c", "curl -fsS localhost:80/ | grep hello"});
  CHECK((*steps)[1].kind == Kind::inside);
  CHECK((*steps)[1].argv == Words{"redis-cli", "set", "a b", "c"});
  CHECK((*steps)[2].kind == Kind::restart);
  CHECK((*steps)[3].text == "curl localhost/again");
}

TEST_CASE("a probe file that would probe nothing is refused with its line", "[probe]") {
  const auto error = [](const char* text) {
    const auto steps = parse_probe_file(text, "probes.txt");
    REQUIRE_FALSE(steps);
    CHECK(steps.error().code() == ErrorCode::usage);
    return steps.error().text();
  };
  CHECK(error("# nothing\n").find("probes.txt: no probe") != std::string::npos);
  CHECK(error("true\nexec:\n").find("line 2") != std::string::npos);
  CHECK(error("exec: 'open\n").find("line 1") != std::string::npos);
  CHECK(error("true\nrestart\n").find("after the last restart") != std::string::npos);
}

TEST_CASE("the curve is flat when the last two probes bring nothing", "[probe]") {
  using State = Saturation::State;
  const auto gain = [](uint64_t files, uint64_t calls) {
    return verify::StepGain{"probe", files, calls, 100, 50};
  };
  CHECK(saturation({}).state == State::unknown);
  CHECK(saturation({gain(5, 5)}).state == State::unknown);
  const auto still = saturation({gain(5, 5), gain(2, 1)});
  CHECK(still.state == State::open);
  CHECK(still.text ==
        "the last probe still brought 2 new files, 1 new system call: more probes are likely to find "
        "more");
  CHECK(saturation({gain(0, 0), gain(5, 5), gain(0, 0)}).state == State::open);
  const auto flat = saturation({gain(5, 5), gain(0, 0), gain(0, 0)});
  CHECK(flat.state == State::saturated);
  CHECK(flat.text == "the last 2 probes brought nothing new");
  CHECK(gain_text(gain(0, 1)) == "1 new system call");
}
