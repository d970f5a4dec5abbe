// SPDX-License-Identifier: Apache-2.0
#include "integration/container/fixture.hpp"

using namespace slim;
using namespace slim::container;
using namespace slim::container::test;

namespace {

const char* const kDescribe =
    "id; pwd; env | sort; grep -E '^(Cap|Seccomp:|NoNewPrivs|Groups)' /proc/self/status";

}  // namespace

TEST_CASE("a container of each runtime is what docker run would make", "[container]") {
  be_reaper();
  for (const auto& runtime : runtimes()) {
    DYNAMIC_SECTION(runtime) {
      Fixture fixture;
      fixture.runtime = runtime;
      fixture.config.user = "app";
      fixture.config.working_dir = "/work/dir";
      const auto ran = fixture.run({"sh", "-c", kDescribe});
      INFO(ran.log);
      REQUIRE(ran.status == ExitStatus{0, 0});
      // As Docker 20.10 runs the same root file system.
      CHECK(ran.log == "uid=1000(app) gid=1000(app) groups=10(wheel),44(video),1000(app)\n"
                       "/work/dir\n"
                       "FOO=bar\nHOME=/home/app\nHOSTNAME=slim\n"
                       "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
                       "PWD=/work/dir\nSHLVL=1\n"
                       "Groups:\t10 44 1000 \n"
                       "CapInh:\t0000000000000000\nCapPrm:\t0000000000000000\n"
                       "CapEff:\t0000000000000000\nCapBnd:\t00000000a80425fb\n"
                       "CapAmb:\t0000000000000000\nNoNewPrivs:\t0\nSeccomp:\t0\n");
    }
  }
}
