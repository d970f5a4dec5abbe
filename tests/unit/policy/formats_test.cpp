// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <yaml-cpp/yaml.h>

#include "policy/yaml.hpp"
#include "slim/policy/formats.hpp"
#include "unit/policy/filter.hpp"

using namespace slim::policy;
using slim::policy::test::Filter;

namespace {

constexpr Measures kAll{true, true, true};

Confinement confined() {
  using Kind = WritablePath::Kind;
  Confinement made;
  made.capabilities = {{"CAP_CHOWN", true, ""}};
  made.writable = {{"/data", Kind::volume, {}, {}, {}, false, {}},
                   {"/run", Kind::tmpfs, 0, 0, 0755, false, {}}};
  made.possible = kAll;
  return made;
}

Deployment web() {
  Deployment made;
  made.name = "web";
  made.image = "web:1";
  made.ports = {{80, "tcp"}};
  made.environment = {"PASSWORD"};
  made.arguments = {"-g", "daemon off;"};
  made.comment = "first\nsecond";
  return made;
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("strings that readers take for something else are quoted", "[formats]") {
  const nlohmann::ordered_json document = {
      {"a", "yes"},   {"b", "8080"}, {"c", "plain-text"}, {"d", "x: y"}, {"e", ""},
      {"on", "NULL"}, {"g", 7},      {"h", nullptr},      {"i", true},   {"j", "- \"quoted\"\n"},
      {"k", nlohmann::ordered_json::object()}, {"l", nlohmann::ordered_json::array()}};
  const std::string text = to_yaml(document, "note");
  CHECK(text.starts_with("# note\na: \"yes\"\nb: \"8080\"\nc: plain-text\n"));
  CHECK(holds(text, "\"on\": \"NULL\"\n"));
  const YAML::Node read = YAML::Load(text);
  CHECK(read["d"].as<std::string>() == "x: y");
  CHECK(read["j"].as<std::string>() == "- \"quoted\"\n");
  CHECK(read["g"].as<int>() == 7);
  CHECK(read["h"].IsNull());
  CHECK(read["k"].IsMap());
  CHECK(read["l"].IsSequence());
}

TEST_CASE("names are labels", "[formats]") {
  CHECK(resource_name("My_App.2") == "my-app-2");
  CHECK(resource_name("/var/lib/x/") == "var-lib-x");
  CHECK(resource_name("///") == "app");
  CHECK(resource_name(std::string(80, 'a')).size() == 63);
}

TEST_CASE("the script applies the measures that hold, and only those", "[formats]") {
  const std::string all = docker_run_script(web(), confined(), kAll);
  for (const char* part : {"# first\n# second\n", "--cap-drop ALL", "--cap-add CHOWN", "--read-only",
                           "--tmpfs /run:uid=0,gid=0,mode=0755", "--security-opt no-new-privileges",
                           "\"seccomp=$here/seccomp.json\"", "--publish 80:80/tcp",
                           "--sysctl net.ipv4.ip_unprivileged_port_start=0", "--env PASSWORD",
                           "\"$@\" \\\n  web:1 -g 'daemon off;'\n"})
    CHECK(holds(all, part));
  const std::string none = docker_run_script(web(), confined(), {});
  for (const char* part : {"--cap", "--read-only", "--tmpfs", "no-new-privileges"})
    CHECK_FALSE(holds(none, part));
  CHECK(holds(none, "seccomp=$here/seccomp.json"));
}

TEST_CASE("words of the script cannot become commands", "[formats]") {
  Deployment hostile = web();
  hostile.arguments = {"$(reboot)", "it's"};
  const std::string text = docker_run_script(hostile, confined(), kAll);
  CHECK(holds(text, " '$(reboot)' 'it'\\''s'\n"));
}

TEST_CASE("in the host's network no port is published", "[formats]") {
  Deployment host = web();
  host.own_network = false;
  const std::string script = docker_run_script(host, confined(), kAll);
  CHECK_FALSE(holds(script, "--publish"));
  CHECK_FALSE(holds(script, "--sysctl"));
  CHECK(YAML::Load(kubernetes_deployment(host, confined(), kAll))["spec"]["template"]["spec"]
                  ["hostNetwork"].as<bool>());
}

TEST_CASE("a service for Compose", "[formats]") {
  const YAML::Node document = YAML::Load(compose_service(web(), confined(), kAll));
  const YAML::Node service = document["services"]["web"];
  CHECK(service["read_only"].as<bool>());
  CHECK(service["cap_add"][0].as<std::string>() == "CHOWN");
  CHECK(service["volumes"][0].as<std::string>() == "data:/data");
  CHECK(document["volumes"]["data"].IsMap());
  CHECK(service["environment"][0].as<std::string>() == "PASSWORD");
}

TEST_CASE("a Deployment for Kubernetes", "[formats]") {
  Deployment user = web();
  user.uid = 101;
  user.gid = 102;
  const YAML::Node pod =
      YAML::Load(kubernetes_deployment(user, confined(), kAll))["spec"]["template"]["spec"];
  CHECK(pod["securityContext"]["runAsNonRoot"].as<bool>());
  CHECK(pod["securityContext"]["runAsUser"].as<int>() == 101);
  const YAML::Node container = pod["containers"][0];
  CHECK_FALSE(container["securityContext"]["allowPrivilegeEscalation"].as<bool>());
  CHECK(container["securityContext"]["readOnlyRootFilesystem"].as<bool>());
  CHECK(container["volumeMounts"].size() == 2);
  CHECK(pod["volumes"][1]["name"].as<std::string>() == "run");

  // An emptyDir cannot begin with the image's content.
  Confinement seeded = confined();
  seeded.writable[1].kind = WritablePath::Kind::seeded;
  const std::string text = kubernetes_deployment(user, seeded, kAll);
  CHECK_FALSE(holds(text, "readOnlyRootFilesystem"));
  CHECK(holds(text, "# which an emptyDir cannot: /run\n"));
}

TEST_CASE("an AppArmor profile takes paths literally", "[formats]") {
  slim::trace::Trace trace;
  trace.files["/bin/a*b"] = {slim::trace::kExecuted, true};
  const std::string text = apparmor_profile("web", trace, confined(), kAll);
  CHECK(holds(text, "  \"/bin/a\\*b\" rmix,\n"));
  CHECK(holds(text, "  capability chown,\n"));
  CHECK(holds(text, "  \"/run/**\" rwklm,\n"));
  CHECK_FALSE(holds(text, "\n  /** wkl,"));
}

TEST_CASE("uniting profiles allows what either allows", "[seccomp]") {
  SeccompProfile base, more;
  base.architectures = more.architectures = {"SCMP_ARCH_X86_64"};
  base.rules = {{{"mount"}, "SCMP_ACT_ALLOW", {}, {}},
                {{"socket"}, "SCMP_ACT_ALLOW", {}, {{0, 1, 0, "SCMP_CMP_EQ"}}},
                {{"clone3"}, "SCMP_ACT_ERRNO", 38, {}}};
  more.rules = {{{"read"}, "SCMP_ACT_ALLOW", {}, {}},
                {{"socket"}, "SCMP_ACT_ALLOW", {}, {{0, 2, 0, "SCMP_CMP_EQ"}}},
                {{"statx"}, "SCMP_ACT_ERRNO", 38, {}}};
  const SeccompProfile both = united(base, more);
  const Filter filter(both);
  CHECK(filter.allows("mount"));
  CHECK(filter.allows("read"));
  CHECK(filter.error("clone3") == 38);
  CHECK(filter.error("statx") == 38);
  CHECK(filter.error("ptrace") == 1);
  CHECK(filter.allows("socket", {1}));
  CHECK(filter.allows("socket", {2}));
  CHECK_FALSE(filter.allows("socket", {3}));

  // What one allows altogether needs no condition.
  more.rules = {{{"socket"}, "SCMP_ACT_ALLOW", {}, {}}};
  CHECK(Filter(united(base, more)).allows("socket", {3}));
  // A base that allows by default goes on allowing.
  base.default_action = "SCMP_ACT_ALLOW";
  CHECK(Filter(united(base, more)).allows("ptrace"));
}
