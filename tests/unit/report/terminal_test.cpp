// SPDX-License-Identifier: Apache-2.0
#include "slim/report/terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <regex>

#include "slim/base/fd.hpp"
#include "slim/base/file.hpp"

using namespace slim;
using namespace slim::report;

namespace {

// The environment as a test wants it, and as it was afterwards.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* old = getenv(name)) old_ = old;
    value ? setenv(name, value, 1) : unsetenv(name);
  }
  ~Variable() { old_ ? setenv(name_, old_->c_str(), 1) : unsetenv(name_); }

 private:
  const char* name_;
  std::optional<std::string> old_;
};

struct PseudoTerminal {
  Fd master, slave;
  explicit PseudoTerminal(unsigned short width) {
    int ours = -1, theirs = -1;
    winsize size{24, width, 0, 0};
    REQUIRE(openpty(&ours, &theirs, nullptr, nullptr, &size) == 0);
    master.reset(ours);
    slave.reset(theirs);
    // Reading must end when there is nothing more.
    REQUIRE(fcntl(ours, F_SETFL, O_NONBLOCK) == 0);
  }
  std::string text() const {
    std::string all;
    char buffer[4096];
    ssize_t count = 0;
    while ((count = ::read(master.get(), buffer, sizeof buffer)) > 0)
      all.append(buffer, static_cast<size_t>(count));
    return all;
  }
};

std::string read_pipe(Pipe& pipe) {
  pipe.write.reset();
  auto text = read_all(pipe.read, "pipe");
  REQUIRE(text);
  return *text;
}

// "(0.12 s)" -> "(T)".
std::string without_times(const std::string& text) {
  return std::regex_replace(text, std::regex("[0-9.]+ s\\b"), "T");
}

}  // namespace

TEST_CASE("Where there is no terminal a phase is one plain line") {
  auto pipe = make_pipe();
  REQUIRE(pipe);
  {
    Terminal terminal({false, true, pipe->write.get()});
    terminal.begin("unpack", "flask.tar");
    terminal.advance(10, 100, 3);
    terminal.note("a note");
    terminal.end("3 layers");
    terminal.begin("run", "runc 1.1.5");
    terminal.begin("probe", "curl");  // ends "run"
    terminal.warning("odd\nthing");
    terminal.end("");
    terminal.begin("a phase with a long name", "x");
    terminal.end("y");
    CHECK(terminal.timings().size() == 4);
    CHECK(terminal.timings()[1].first == "run");
  }
  CHECK(without_times(read_pipe(*pipe)) ==
        "  a note\n"
        "  unpack      3 layers (T)\n"
        "  run         runc 1.1.5 (T)\n"
        "warning: odd\\x0athing\n"
        "  probe       curl (T)\n"
        "  a phase with a long name  y (T)\n");
}

TEST_CASE("Quiet means warnings only") {
  auto pipe = make_pipe();
  REQUIRE(pipe);
  {
    Terminal terminal({true, true, pipe->write.get()});
    terminal.begin("unpack", "x");
    terminal.note("a note");
    terminal.warning("careful");
    terminal.end("done");
    terminal.begin("probe", "y");
    CHECK(terminal.timings().size() == 1);
  }
  CHECK(read_pipe(*pipe) == "warning: careful\n");
}

TEST_CASE("A phase that never ended is shown as stopped") {
  auto pipe = make_pipe();
  REQUIRE(pipe);
  {
    Terminal terminal({false, true, pipe->write.get()});
    terminal.begin("probe", "curl");
  }
  CHECK(without_times(read_pipe(*pipe)) == "  probe       stopped after T\n");
}

TEST_CASE("A terminal shows a live line and takes it away") {
  const Variable term("TERM", "xterm"), no_color("NO_COLOR", nullptr);
  PseudoTerminal pty(80);
  {
    Terminal terminal({false, true, pty.slave.get()});
    terminal.begin("unpack", "flask.tar");
    const std::string live = pty.text();
    CHECK(live.find("unpack") != std::string::npos);
    CHECK(live.find("flask.tar") != std::string::npos);
    CHECK(live.find('\n') == std::string::npos);
    terminal.end("3 layers");
  }
  const std::string text = pty.text();
  // The live line is erased before the line that stays.
  CHECK(text.find("\r\x1b[J  unpack      3 layers ") != std::string::npos);
  CHECK(text.ends_with("\n"));
}

TEST_CASE("The live line shows the position and never fills the terminal's width") {
  const Variable term("TERM", "xterm"), no_color("NO_COLOR", "1");
  const unsigned short width = GENERATE(20, 30, 60, 80, 132);
  PseudoTerminal pty(width);
  Terminal terminal({false, true, pty.slave.get()});
  terminal.begin("unpack", std::string(100, 'x'));
  terminal.advance(312'400'000, 749'500'000, 12'034);
  terminal.note("n");  // forces a redraw
  const std::string text = pty.text();
  const std::string live = text.substr(text.rfind('\n') + 1);
  INFO(live);
  CHECK(live.size() < width);
  CHECK(text.find("\x1b[2m") == std::string::npos);  // NO_COLOR
  if (width >= 60) {
    CHECK(live.find("312.4 MB of 749.5 MB, 12,034 files") != std::string::npos);
  }
  if (width >= 132) {
    CHECK(live.find("[========            ]") != std::string::npos);
  }
}

TEST_CASE("The live line follows a terminal that becomes narrower") {
  const Variable term("TERM", "xterm"), no_color("NO_COLOR", "1");
  PseudoTerminal pty(120);
  Terminal terminal({false, true, pty.slave.get()});
  terminal.begin("unpack", std::string(100, 'x'));
  (void)pty.text();
  winsize size{24, 40, 0, 0};
  REQUIRE(ioctl(pty.master.get(), TIOCSWINSZ, &size) == 0);
  terminal.note("n");
  const std::string text = pty.text();
  const std::string live = text.substr(text.rfind('\n') + 1);
  INFO(live);
  CHECK(live.size() < 40);
  CHECK(live.size() > 30);
}

TEST_CASE("Elapsed time is redrawn though nothing advances") {
  const Variable term("TERM", "xterm"), no_color("NO_COLOR", "1");
  PseudoTerminal pty(80);
  Terminal terminal({false, true, pty.slave.get()});
  terminal.begin("probe", "curl");
  (void)pty.text();
  pollfd ready{pty.master.get(), POLLIN, 0};
  CHECK(poll(&ready, 1, 30'000) == 1);
}

TEST_CASE("A dumb terminal gets plain lines") {
  const Variable term("TERM", "dumb"), no_color("NO_COLOR", nullptr);
  PseudoTerminal pty(80);
  CHECK_FALSE(use_colour(pty.slave.get(), true));
  {
    Terminal terminal({false, true, pty.slave.get()});
    terminal.begin("unpack", "x");
    CHECK(pty.text().empty());
    terminal.end("done");
  }
  CHECK(without_times(pty.text()) == "  unpack      done (T)\r\n");
}

TEST_CASE("Colour is for terminals, and only when it is wanted") {
  const Variable term("TERM", "xterm");
  const PseudoTerminal pty(77);
  auto pipe = make_pipe();
  REQUIRE(pipe);
  {
    const Variable no_color("NO_COLOR", nullptr);
    CHECK(use_colour(pty.slave.get(), true));
    CHECK_FALSE(use_colour(pty.slave.get(), false));
    CHECK_FALSE(use_colour(pipe->write.get(), true));
  }
  {
    const Variable no_color("NO_COLOR", "1");
    CHECK_FALSE(use_colour(pty.slave.get(), true));
  }
  const Variable no_color("NO_COLOR", "");
  CHECK(use_colour(pty.slave.get(), true));
  CHECK(terminal_width(pty.slave.get()) == 77);
  const Variable columns("COLUMNS", "99");
  CHECK(terminal_width(pipe->write.get()) == 99);
}

TEST_CASE("Any thread may report progress") {
  auto pipe = make_pipe();
  REQUIRE(pipe);
  Terminal terminal({false, true, pipe->write.get()});
  terminal.begin("unpack", "x");
  Progress& progress = terminal;
  progress.advance(1, 2, 3);
  terminal.end("done");
  CHECK(without_times(read_pipe(*pipe)) == "  unpack      done (T)\n");
}
