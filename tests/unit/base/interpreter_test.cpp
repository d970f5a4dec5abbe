// SPDX-License-Identifier: Apache-2.0
#include "slim/base/interpreter.hpp"

#include <catch2/catch.hpp>

using slim::is_interpreter;

TEST_CASE("interpreters are known by their files' names", "[interpreter]") {
  for (const char* name : {"python3", "python3.11", "libpython3.11.so.1.0", "perl", "libperl.so.5.36",
                           "libruby-3.1.so.3.1", "libluajit-5.1.so.2", "liblua5.4.so.0",
                           "node", "php-fpm8.2", "lua5.4", "beam.smp", "libR.so"}) {
    INFO(name);
    CHECK(is_interpreter(name));
  }
  for (const char* name : {"", "pythonize", "perldoc", "nodesomething", "libpythonic.so", "phpize8.2",
                           "javac", "liblua5.1-cjson.so.0.0.0", "bash", "libRmath.so", "rubyx.so"}) {
    INFO(name);
    CHECK_FALSE(is_interpreter(name));
  }
}
