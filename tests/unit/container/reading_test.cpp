// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <fstream>

#include "container/in_root.hpp"
#include "container/links.hpp"
#include "container/log_reader.hpp"
#include "container/mount_points.hpp"
#include "container/runtime.hpp"
#include "slim/base/file.hpp"
#include "slim/container/container.hpp"

using namespace slim;
using namespace slim::container;
using Strings = std::vector<std::string>;

TEST_CASE("mount points: outermost, unescaped") {
  CHECK(parse_mount_points("1 2 0:3 / / rw - overlay o rw\n"
                           "1 2 0:3 / /proc rw - proc proc rw\n"
                           "1 2 0:3 /sys /proc/sys ro - proc proc rw\n"
                           "1 2 0:3 / /with\\040space rw - tmpfs t rw\n"
                           "1 2 0:3 / /back\\134slash rw - tmpfs t rw\n"
                           "1 2 0:3 / /process rw - tmpfs t rw\n"
                           "malformed\n") ==
        Strings{"/back\\slash", "/proc", "/process", "/with space"});
  CHECK(parse_mount_points("").empty());
}

TEST_CASE("the tail of a log") {
  const auto directory = *TempDir::create("/tmp", "slim-log");
  const std::string path = directory.path() + "/log";
  const auto tail = [&](const std::string& text, size_t lines) {
    std::ofstream(path) << text;
    return log_tail(path, lines);
  };
  CHECK(tail("a\nb\nc\n", 2) == "b\nc");
  CHECK(tail("a\nb\nc", 1) == "c");
  CHECK(tail("a\nb\nc\n\n", 9) == "a\nb\nc");
  CHECK(tail("\n\na\n", 1) == "a");
  CHECK(tail("", 3) == "");
  CHECK(tail("a\n", 0) == "");
  CHECK(tail(std::string(1 << 20, 'x') + "\nlast\n", 1) == "last");
  CHECK(log_tail(directory.path() + "/none", 3) == "");
}

TEST_CASE("new lines of a log, each once") {
  const auto directory = *TempDir::create("/tmp", "slim-log");
  const std::string path = directory.path() + "/log";
  std::ofstream log(path);
  LogReader reader(path);
  CHECK(reader.new_lines(false).empty());
  log << "one\ntw" << std::flush;
  CHECK(reader.new_lines(false) == Strings{"one"});
  log << "o\n\nrest" << std::flush;
  CHECK(reader.new_lines(false) == Strings{"two", ""});
  CHECK(reader.new_lines(true) == Strings{"rest"});
  log << std::string(10000, 'y') << std::flush;
  CHECK(reader.new_lines(false).size() == 2);
}

TEST_CASE("a runtime's last error is found in its log") {
  const auto directory = *TempDir::create("/tmp", "slim-log");
  const std::string path = directory.path() + "/log";
  std::ofstream(path) << R"({"level":"warning","msg":"w"})" << "\nnot json\n"
                      << R"({"level":"error","msg":"first"})" << "\n"
                      << R"({"level":"error","msg":"why it failed\n"})" << "\n"
                      << R"({"level":"info","msg":"bye"})" << "\n[1]\n{\"msg\":7}\n";
  CHECK(last_error(path) == "why it failed");
  CHECK(last_error(path + ".no") == "");
}

TEST_CASE("links of a page") {
  const std::string base = "http://localhost:8080/dir/page?q=1";
  const auto links = same_origin_links(
      "<a href=\"next.html\"> <A HREF='/abs?a=1&amp;b=2#frag'>\n<img\nsrc = pic.png> "
      "<a href=\"http://localhost:8080/full\"><a href=//localhost:8080/scheme>"
      "<a href=http://other/x><a href=mailto:x@y><a href='javascript:void(0)'><a href='#top'>"
      "<a data-href=no hrefx=no xhref=no href><a href=\"unclosed",
      base);
  CHECK(links == Strings{"http://localhost:8080/dir/next.html",
                         "http://localhost:8080/abs?a=1&b=2",
                         "http://localhost:8080/dir/pic.png", "http://localhost:8080/full",
                         "http://localhost:8080/scheme"});
  CHECK(same_origin("../up", "http://h/a/b/c") == "http://h/a/up");
  CHECK(same_origin("http://h:80/x", "http://h/") == "http://h:80/x");
  CHECK(same_origin("https://h/x", "http://h/") == "");
  CHECK(same_origin_links(std::string(1 << 16, '<') + " href=" + std::string(1 << 16, 'a'), base)
            .empty());
}

TEST_CASE("which runtime drives which layout") {
  const auto directory = *TempDir::create("/tmp", "slim-bin");
  for (const char* name : {"runc", "crun"}) {
    const std::string path = directory.path() + "/" + name;
    std::ofstream(path) << "#!/bin/sh\n";
    REQUIRE(::chmod(path.c_str(), 0755) == 0);
  }
  const std::string before = ::getenv("PATH");
  ::setenv("PATH", directory.path().c_str(), 1);
  CHECK(find_runtime("auto", CgroupLayout::unified)->name == "crun");
  CHECK(find_runtime("auto", CgroupLayout::hybrid)->name == "runc");
  CHECK(find_runtime("auto", CgroupLayout::legacy)->name == "crun");
  CHECK(find_runtime("crun", CgroupLayout::hybrid)->hide_unified);
  CHECK_FALSE(find_runtime("crun", CgroupLayout::unified)->hide_unified);
  CHECK(find_runtime(directory.path() + "/crun", CgroupLayout::none)->global_arguments.size() == 1);
  const auto missing = find_runtime("nosuch", CgroupLayout::unified);
  ::setenv("PATH", before.c_str(), 1);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code() == ErrorCode::unsupported);
}

TEST_CASE("directories are made inside the root, under the names that were asked for") {
  const auto directory = *TempDir::create("/tmp", "slim-root");
  const Fd root = open_file(directory.path(), O_PATH | O_DIRECTORY).value();
  // Components as long as what is allocated while they are walked.
  std::string wanted;
  Strings names;
  for (char c = 'a'; c < 'g'; ++c) {
    names.push_back(std::string(64, c));
    wanted += "/./" + names.back();
  }
  CHECK(make_directories_in_root(root, wanted));
  std::string path = directory.path();
  for (const std::string& name : names) {
    CHECK(names_in(path).value() == Strings{name});
    path += "/" + name;
  }
  CHECK(names_in(path).value().empty());
}

TEST_CASE("a symlink that leads nowhere gets what it leads to, inside the root") {
  const auto directory = *TempDir::create("/tmp", "slim-root");
  const std::string& path = directory.path();
  const Fd root = open_file(path, O_PATH | O_DIRECTORY).value();
  REQUIRE(make_directories(path + "/srv/deep"));
  const auto link = [&](const char* target, const std::string& name) {
    REQUIRE(::symlink(target, (path + name).c_str()) == 0);
  };
  link("/mnt/data", "/srv/app");
  link("../../opt/made", "/srv/deep/up");
  link("/etc/../../../outside", "/out");
  link("loop", "/loop");
  REQUIRE(::close(::creat((path + "/file").c_str(), 0600)) == 0);
  CHECK(make_directories_in_root(root, "/srv/app/work"));
  CHECK(names_in(path + "/mnt/data").value() == Strings{"work"});
  CHECK(make_directories_in_root(root, "/srv/deep/up/x"));
  CHECK(names_in(path + "/opt/made").value() == Strings{"x"});
  CHECK(make_directories_in_root(root, "/out"));
  CHECK(names_in(path + "/outside").value().empty());
  for (const char* bad : {"/loop", "/loop/x", "/file/x"}) {
    CAPTURE(bad);
    const auto made = make_directories_in_root(root, bad);
    REQUIRE_FALSE(made);
    CHECK(made.error().code() != ErrorCode::not_found);
  }
}
