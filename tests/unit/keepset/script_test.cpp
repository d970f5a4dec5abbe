// SPDX-License-Identifier: Apache-2.0
// The commands of shell scripts.
#include <catch2/catch.hpp>

#include "keepset/shebang.hpp"
#include "keepset/makefile_source.hpp"
#include "keepset/shell_source.hpp"
#include "keepset/started.hpp"
#include "unit/keepset/memory_image.hpp"

using namespace slim::keepset;
using namespace slim::keepset::test;
namespace trace = slim::trace;

namespace {

using Names = std::set<std::string>;

}  // namespace

TEST_CASE("the commands of a shell script", "[script]") {
  CHECK(shell_commands_of("a; b | c && d || e & f\n(g; h)\n{ i; }\n") ==
        Names{"a", "b", "c", "d", "e", "f", "g", "h", "i"});
  CHECK(shell_commands_of("if a x; then b; elif ! c; then d; else e; fi\nwhile f; do g; done\n") ==
        Names{"a", "b", "c", "d", "e", "f", "g"});
  CHECK(shell_commands_of("x=$(a b) y=`c` d \"e $(f \"$(g)\")\" ${h:-i}\n") ==
        Names{"a", "c", "d", "f", "g"});
  CHECK(shell_commands_of("case \"$1\" in\n  start) a ;;\n  stop|halt) b ;;\nesac\n") ==
        Names{"a", "b", "stop"});
  CHECK(shell_commands_of("find . -exec a {} +\nexec env -i X=1 b\ngosu user c\nxargs -0 d\n") ==
        Names{"a", "b", "c", "d", "env", "find", "gosu", "xargs"});
  CHECK(shell_commands_of("f() { a; }\nf\n/usr/bin/b >c 2>&1 <d\n'e' \"f g\"\n") ==
        Names{"/usr/bin/b", "a", "e"});
  CHECK(shell_commands_of("a <<-'END' | b\n\tc\n\tEND\nd <<<e\n") == Names{"a", "b", "d"});
  for (const char* script :
       {"# a\n", "echo a b\n", "x=a\n", "[ -e a ] && return\n", "\"$@\"\n",
        "for a in b c; do :; done\n", "${a} b\n", "'a\n", "\"a", "$(", "`", ")\n"}) {
    INFO(script);
    const Names names = shell_commands_of(script);
    CHECK((names.empty() || names == Names{"a"} || names == Names{"a\n"}));
  }
  CHECK(shell_commands_of(std::string(100000, '(')).empty());
}

TEST_CASE("the first lines of scripts", "[script][shebang]") {
  const auto program = [](const std::string& content) {
    const auto line = shebang_of(content);
    return line ? line->program : "none";
  };
  CHECK(program("#!/bin/sh") == "/bin/sh");
  CHECK(program("#! /bin/sh\t-e\necho") == "/bin/sh");
  CHECK(program("#!/usr/bin/env bash\n") == "bash");
  CHECK(program("#!/usr/bin/env /opt/bin/bash") == "/opt/bin/bash");
  CHECK(shebang_of("#!/usr/bin/env bash")->interpreter == "/usr/bin/env");
  for (const char* arguments :
       {"-S ruby -w", "-Sruby -w", "-vS ruby", "-i -S A=1 B=2 ruby", "-iS A=1 ruby",
        "--split-string=ruby -w", "-S -i --unset=X -u Y -C /tmp A= ruby -u", "-uX ruby", "- ruby",
        "-0 --chdir /tmp ruby", "-S \"ruby\" x", "-S --argv0 x -- ruby"}) {
    INFO(arguments);
    CHECK(program("#!/usr/bin/env " + std::string(arguments) + "\n") == "ruby");
  }
  CHECK(program("#!/usr/bin/env -i A=1\n").empty());
  CHECK(program("#!/usr/bin/env -u\n").empty());
  for (const char* content : {"#!", "#!\n/bin/sh", "/bin/sh", "", "# !/bin/sh"}) {
    CHECK(program(content) == "none");
  }
  CHECK(program(std::string("#!/bin/s\0h", 10)) == "none");
  CHECK(program("#!/" + std::string(300, 'x')).size() == 253);
  CHECK(is_shell("bash"));
  CHECK_FALSE(is_shell("python3"));
}

TEST_CASE("a program that a script names comes with its interpreter or not at all", "[script]") {
  MemoryImage image;
  image.program("entry.sh", "#!/bin/sh\nhelper\n").executed("/entry.sh").program("bin/sh");
  image.program("usr/bin/env").program("usr/bin/helper", "#!/usr/bin/env -S X=1 tcl8\n");
  CHECK_FALSE(image.keeps("usr/bin/helper"));
  image.program("usr/bin/tcl8");
  CHECK_FALSE(image.keeps("usr/bin/helper"));
  image.executed("/usr/bin/tcl8");
  CHECK(image.keeps("usr/bin/helper"));
  image.program("usr/bin/helper", "#!/bin/dash\n").program("bin/dash");
  CHECK(image.keeps("bin/dash"));
}

TEST_CASE("the image's own scripts may be executed next", "[script]") {
  MemoryImage image;
  image.program("srv/www/index.cgi", "#!/bin/sh\nother\n").program("srv/www/late.cgi", "#!/bin/sh\ntool\n");
  image.file("srv/www/data.sh", "unused\n").program("usr/lib/hook", "#!/bin/sh\nunused\n");
  for (const char* name : {"sh", "other", "tool", "unused"}) image.program(std::string("bin/") + name);
  image.used("/srv/www/index.cgi", trace::kRead).looked_up("/usr/lib/hook");
  CHECK(image.keeps("srv/www/late.cgi"));
  CHECK(image.keeps("bin/tool"));
  CHECK_FALSE(image.keeps("bin/unused"));
}

TEST_CASE("a script that no package brought is the image's own wherever it is", "[script]") {
  MemoryImage image;
  image.program("usr/lib/cgi-bin/own.sh", "#!/bin/sh\ntool\n").program("usr/bin/tool");
  image.program("usr/lib/cgi-bin/packed.sh", "#!/bin/sh\nother\n").program("usr/bin/other");
  image.looked_up("/usr/lib/cgi-bin/own.sh").looked_up("/usr/lib/cgi-bin/packed.sh");
  CHECK_FALSE(image.keeps("usr/bin/tool"));  // nobody says whose it is
  image.file("var/lib/dpkg/status", "Package: pages\nStatus: install ok installed\n");
  image.file("var/lib/dpkg/info/pages.list", "/usr/lib/cgi-bin/packed.sh\n");
  CHECK(image.keeps("usr/bin/tool"));
  CHECK_FALSE(image.keeps("usr/bin/other"));
}

TEST_CASE("what cron starts is kept", "[script]") {
  CHECK(crontab_command_of("*/5 * * * 1-5  root\ta b >c", true) == "a b >c");
  CHECK(crontab_command_of("0 1 * * * a", false) == "a");
  CHECK(crontab_command_of("@daily root a", true) == "a");
  for (const char* line :
       {"", "# 1 2 3 4 5 6 7", "PATH=/bin:/usr/bin a b c d e", "1 2 3", "1 2 3 4 5 root"})
    CHECK(crontab_command_of(line, true).empty());
  MemoryImage image;
  image.file("etc/cron.d/job", "17 * * * * root cd / && tool\n").file("etc/crontab", "@daily root never\n");
  image.program("bin/tool").program("bin/never").used("/etc/cron.d/job", trace::kRead);
  CHECK(image.keeps("bin/tool"));
  CHECK_FALSE(image.keeps("bin/never"));
}

TEST_CASE("the commands of makefiles are found", "[script]") {
  CHECK(makefile_commands_of("all: a\n\t@tool $< > $@\n\t-rm x\n") == "tool $_ > $_\nrm x\n");
  CHECK(makefile_commands_of("a: b ; one\n") == "one\n");
  CHECK(makefile_commands_of("T := $(D)/tool\nD=/opt\na:\n\t$(T) ${X} $$y\n") == "/opt/tool $_ $y\n");
  CHECK(makefile_commands_of("export N ?= $(shell date +%Y)\nM != id -u\n") == "date +%Y\nid -u\n");
  CHECK(makefile_commands_of("a:\n\tone \\\n  two\n") == "one    two\n");
  CHECK(makefile_commands_of("A = $(A)$(A)\na:\n\t$(A\n\t$\n").size() < 1000);
}

TEST_CASE("what a makefile that was read names is kept", "[script]") {
  MemoryImage image;
  image.file("srv/Makefile", "all:\n\tawk x\nsorted:\n\t@sort -r x | head -1\n");
  image.file("srv/more.txt", "a:\n\tbc\n").used("/srv/more.txt", trace::kRead);
  for (const char* name : {"awk", "sort", "head", "bc"})
    image.program("usr/bin/" + std::string(name));
  CHECK_FALSE(image.keeps("usr/bin/sort"));
  image.used("/srv/Makefile", trace::kRead);
  for (const char* name : {"awk", "sort", "head"}) CHECK(image.keeps("usr/bin/" + std::string(name)));
  CHECK_FALSE(image.keeps("usr/bin/bc"));
}

TEST_CASE("what env runs is executed", "[shebang]") {
  MemoryImage image;
  image.program("tool", "#!/usr/bin/env rake\n").executed("/tool").program("usr/bin/env");
  image.program("usr/bin/rake", "#!/usr/bin/ruby\nrequire 'set'\n").program("usr/bin/ruby");
  image.file("usr/lib/ruby/3.1.0/set.rb");
  CHECK(image.keeps("usr/lib/ruby/3.1.0/set.rb"));
}

TEST_CASE("what a script that ran names is kept, and what that names", "[script]") {
  MemoryImage image;
  const std::string script = "#!/bin/sh\nif [ -z x ]; then chown a b; helper; fi\n";
  image.program("entry.sh", script).executed("/entry.sh").program("bin/sh");
  image.program("usr/bin/chown").program("usr/bin/chmod").program("usr/bin/sed");
  image.program("usr/local/bin/helper", "#!/bin/sh\nsed -i x y\n");
  image.program("other.sh", "#!/bin/sh\nchmod x\n");
  CHECK(image.keeps("usr/bin/chown"));
  CHECK(image.keeps("usr/local/bin/helper"));
  CHECK(image.keeps("usr/bin/sed"));
  CHECK_FALSE(image.keeps("usr/bin/chmod"));
  const auto keep = image.compute();
  REQUIRE(keep);
  CHECK(keep->paths.at("usr/bin/chown") == std::set<Reason>{{"script-command", "/entry.sh"}});
  CHECK(keep->commands == std::set<std::string>{"chown", "helper", "sed"});
  image.options.closure = Closure::observed;
  CHECK_FALSE(image.keeps("usr/bin/chown"));
}

TEST_CASE("a sourced file counts, a file that is only there does not", "[script]") {
  MemoryImage image;
  image.program("usr/bin/chown").program("usr/bin/sed").program("usr/bin/tr");
  image.file("lib.sh", "chown a b\n").used("/lib.sh", trace::kRead);
  image.file("there.sh", "sed x\n").looked_up("/there.sh");
  image.file("data.txt", "tr a b\n").used("/data.txt", trace::kRead);
  CHECK(image.keeps("usr/bin/chown"));
  CHECK_FALSE(image.keeps("usr/bin/sed"));
  CHECK_FALSE(image.keeps("usr/bin/tr"));
}

TEST_CASE("PATH says which program, and links lead on", "[script]") {
  MemoryImage image;
  image.options.environment = {"PATH=/opt/bin:/usr/bin"};
  image.program("entry.sh", "#!/bin/sh\nawk x\ntool\n").executed("/entry.sh").program("bin/sh");
  image.symlink("usr/bin/awk", "/etc/alternatives/awk")
      .symlink("etc/alternatives/awk", "/usr/bin/mawk");
  image.program("usr/bin/mawk").program("opt/bin/tool").program("usr/bin/tool", "another");
  CHECK(image.keeps("usr/bin/mawk"));
  CHECK(image.keeps("opt/bin/tool"));
  CHECK_FALSE(image.keeps("usr/bin/tool"));
}

TEST_CASE("interpreters that never ran and are not known stay out, and what they run", "[script]") {
  MemoryImage image;
  image.program("entry.sh", "#!/bin/sh\nmono x.exe\nadduser\nmonotone\n").executed("/entry.sh");
  image.program("bin/sh")
      .program("usr/bin/mono")
      .program("usr/bin/guile")
      .program("usr/bin/monotone");
  image.program("usr/sbin/adduser", "#!/usr/bin/guile\n");
  CHECK_FALSE(image.keeps("usr/bin/mono"));
  CHECK_FALSE(image.keeps("usr/sbin/adduser"));
  CHECK(image.keeps("usr/bin/monotone"));
  image.executed("/usr/bin/guile");
  CHECK(image.keeps("usr/sbin/adduser"));
}

TEST_CASE("of what the distribution's scripts name only small programs", "[script]") {
  MemoryImage image;
  image.program("usr/bin/large", std::string(2 << 20, 'x')).program("bin/sh");
  image.program("usr/sbin/start", "#!/bin/sh\nlarge\n").executed("/usr/sbin/start");
  CHECK_FALSE(image.keeps("usr/bin/large"));
  image.program("usr/local/bin/entry", "#!/bin/sh\nlarge\n").executed("/usr/local/bin/entry");
  CHECK(image.keeps("usr/bin/large"));
}

TEST_CASE("what a source in another language starts", "[script][started]") {
  using Shell = StartedCommand::Shell;
  const auto started = [](std::string_view source, bool backticks = false) {
    return started_commands_of(source, backticks);
  };
  using Started = std::vector<StartedCommand>;
  CHECK(started("subprocess.run(['convert', path])") == Started{{{"convert"}, Shell::none}});
  CHECK(started("run(['echo', x]); call('echo x', shell=True)") ==
        Started{{{"echo"}, Shell::none}, {{}, Shell::always}});
  CHECK(started("subprocess.run(\n  'a | b', shell=True)") == Started{{{"a", "b"}, Shell::always}});
  CHECK(started("os.system('tar xf ' + name)") == Started{{{"tar"}, Shell::always}});
  CHECK(started("execFile(\"/usr/bin/a\", x); spawn('b', [c], {shell: true})") ==
        Started{{{"/usr/bin/a"}, Shell::none}, {{"b"}, Shell::always}});
  CHECK(started("child.exec(`a ${x}`)") == Started{{{"a"}, Shell::if_found}});
  CHECK(started("system 'a', 'b'\nx = `c d`\n# `e`", true) ==
        Started{{{"a"}, Shell::always}, {{"c"}, Shell::if_found}});
  CHECK(started("open(my $f, '-|', 'sort', $x); open F, \"|-\", 'mail'", true) ==
        Started{{{"sort"}, Shell::if_found}, {{"mail"}, Shell::if_found}});
  CHECK(started("open( $f, \"a -l $x 2>&1 |\" ); open F, '| b'; open(my $g, 'c|')", true) ==
        Started{{{"a"}, Shell::if_found}, {{"b"}, Shell::if_found}, {{"c"}, Shell::if_found}});
  CHECK(started("open('| a'); open(F, '<', 'b|'); open(F, '-|'); open(); open F; f('c |')", true) ==
        Started{{{"a"}, Shell::if_found}});
  CHECK(started("system 'echo b'", true) == Started{{{"echo"}, Shell::always}});
  CHECK(started("x = `c`").empty());
  CHECK(started("os:find_executable(\"a\")") == Started{{{"a"}, Shell::none}});
  CHECK(started("unistd.execp('a', {}); os.posix_spawnp('b', ['b'], os.environ)") ==
        Started{{{"a"}, Shell::none}, {{"b"}, Shell::none}});
  CHECK(started("os.execute(\"a\") system2('b')") ==
        Started{{{"a"}, Shell::if_found}, {{"b"}, Shell::always}});
  // Through a wrapper, at once or by a name; and exec() where it is Node's.
  CHECK(started("(await promisify(exec)('a'))") == Started{{{"a"}, Shell::if_found}});
  CHECK(started("const go = util.promisify(execFile);\nawait go('a', ['x'])") ==
        Started{{{"a"}, Shell::none}});
  CHECK(started("import {exec} from 'node:child_process'; exec('a')") ==
        Started{{{"a"}, Shell::always}});
  CHECK(started("os.system(\"a '\\\"' | b\")") == Started{{{"a", "b"}, Shell::always}});
  // By way of a variable.
  CHECK(started("cmd = ['a', x]\nsubprocess.run(cmd, check=True)") == Started{{{"a"}, Shell::none}});
  CHECK(started("$cmd = \"a \" . $x; if ($cmd == 'b') $other_cmd = 'c'; exec($cmd); exec($cmd, $o);") ==
        Started{{{"a"}, Shell::if_found}});
  // By way of a function of its own, wherever that stands.
  for (const char* source : {"local function sh(c) local p = io.popen(c) end\nsh('a | b')",
                             "sh(\"a | b\"); function sh($cmd, $x) { popen($cmd); }",
                             "def sh(self, cmd):\n  popen(cmd)\nself.sh('a | b')",
                             "const sh = async (c) => popen(c);\nawait sh(`a | b`)",
                             "sh = function(c) popen(c) end\nother(c)\nsh('a | b')",
                             "def sh(c)\n popen(c)\nend\nsh 'a | b'"}) {
    INFO(source);
    CHECK(started(source) == Started{{{"a", "b"}, Shell::if_found}});
  }
  CHECK(started("f(cmd); popen(cmd); f('a'); g('b')").empty());
  // Only the shell is known.
  CHECK(started("os.system(command); subprocess.run(command, shell=True)") ==
        Started{{{}, Shell::always}, {{}, Shell::always}});
  for (const char* source : {"system", "system()", "spawn('", "mysystem('a')", "run(a)", "spawn(['"}) {
    INFO(source);
    CHECK(started(source).empty());
  }
}

TEST_CASE("programs that the application's sources start are kept, with the shell", "[script][started]") {
  MemoryImage image;
  const auto with = [&](const std::string& source) {
    image.file("srv/app/pages/image.py", source);
    return image.kept();
  };
  const auto has = [](const Paths& paths, const char* path) {
    return std::find(paths.begin(), paths.end(), path) != paths.end();
  };
  image.program("bin/sh").program("usr/bin/convert").program("usr/bin/select");
  image.file("srv/app/main.py", "").used("/srv/app/main.py", trace::kRead);
  Paths kept = with("def page():\n  subprocess.run(['convert', 'x'])\n  db.execute('INSERT 1')\n");
  CHECK(has(kept, "usr/bin/convert"));
  CHECK_FALSE(has(kept, "bin/sh"));
  kept = with("def page():\n  os.system('convert x')\n");
  CHECK(has(kept, "usr/bin/convert"));
  CHECK(has(kept, "bin/sh"));
  CHECK(has(with("subprocess.run(['/bin/sh', '-c', x])"), "bin/sh"));
  // An interpreter only if it is known what it needs, or if it shares that with one that ran.
  image.program("usr/bin/php8.2").program("usr/bin/mono").program("usr/bin/mono-sgen");
  CHECK(has(with("os.system('php8.2 job.php')"), "usr/bin/php8.2"));
  CHECK_FALSE(has(with("os.system('mono job.exe')"), "usr/bin/mono"));
  image.executed("/usr/bin/mono-sgen");
  CHECK(has(with("os.system('mono job.exe')"), "usr/bin/mono"));
  // Not of a library, which is made for every occasion.
  image.file("usr/lib/python3/dist-packages/lib.py", "os.system('convert x')\n");
  image.used("/usr/lib/python3/dist-packages/lib.py", trace::kRead);
  CHECK_FALSE(has(with(""), "usr/bin/convert"));
}
