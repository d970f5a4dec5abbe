// SPDX-License-Identifier: Apache-2.0
#include "slim/policy/call_reasons.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace slim::policy;
namespace trace = slim::trace;

namespace {

trace::Trace server() {
  trace::Trace trace;
  trace.architecture = "x86_64";
  trace.syscalls[{"x86_64", "openat2"}] = {trace::kStarting | trace::kServing, false};
  trace.syscalls[{"x86_64", "epoll_wait"}] = {trace::kServing, false};
  trace.syscalls[{"x86_64", "futex"}] = {0, true};
  trace.syscalls[{"x86_64", "mount"}] = {trace::kStarting, false};  // which the base forbids
  return trace;
}

struct Made {
  SeccompProfile profile;
  CallReasons reasons;
};
Made made(const SeccompChoices& choices) {
  const auto base = docker_default_for("x86_64", docker_default_capabilities());
  Made result{seccomp_from_trace(server(), base, choices), {}};
  result.reasons = call_reasons(result.profile, server(), choices);
  return result;
}

SeccompChoices for_runc() {
  SeccompChoices choices;
  choices.runtime = ProfileRuntime::runc;
  return choices;
}

using Reasons = std::vector<CallReason>;

}  // namespace

TEST_CASE("every allowed call has its reasons, and no other call", "[reasons]") {
  const auto [profile, reasons] = made(for_runc());
  std::vector<std::string> names;
  for (const auto& [name, list] : reasons) {
    names.push_back(name);
    CHECK_FALSE(list.empty());
  }
  CHECK(names == summarise(profile).names);
  CHECK_FALSE(reasons.contains("mount"));
  CHECK(reasons.at("epoll_wait") == Reasons{{CallOrigin::observed, "serving"}});
  CHECK(reasons.at("poll") == Reasons{{CallOrigin::kin, ""}});
  CHECK(reasons.at("rseq") == Reasons{{CallOrigin::hidden, ""}});
  CHECK(reasons.at("capset").front().origin == CallOrigin::runtime);
  CHECK(reasons.at("openat").front() == CallReason{CallOrigin::fallback, "openat2"});
  CHECK(reasons.at("openat").back().origin == CallOrigin::runtime);
  CHECK(reasons.at("openat2").front().detail == "starting, serving");
  CHECK(reasons.at("futex").front().origin == CallOrigin::assumed);
}

TEST_CASE("the calls for nothing but the runtime are told apart", "[reasons]") {
  const auto names = only_for_runtime(made(for_runc()).reasons);
  const auto has = [&](const char* name) {
    return std::binary_search(names.begin(), names.end(), name);
  };
  for (const char* name : {"capset", "getcwd", "setuid", "sigaltstack"}) CHECK(has(name));
  for (const char* name : {"openat", "openat2", "futex", "getpid", "exit_group"})
    CHECK_FALSE(has(name));
  SeccompChoices later = for_runc();
  later.phases = trace::kServing | trace::kStopping;
  CHECK(only_for_runtime(made(later).reasons).empty());
  SeccompChoices locked = for_runc();
  locked.no_new_privileges = true;
  CHECK(only_for_runtime(made(locked).reasons).size() < names.size());
}

TEST_CASE("the table has a line for each call, and what --base added", "[reasons]") {
  auto [profile, reasons] = made(for_runc());
  profile.rules.push_back({{"acct"}, "SCMP_ACT_ALLOW", {}, {}});
  const std::string table =
      calls_table(call_reasons(profile, server(), for_runc()), profile);
  CHECK(std::count(table.begin(), table.end(), '\n') == static_cast<long>(reasons.size()) + 4);
  CHECK(table.find("\nacct ") != std::string::npos);
  CHECK(table.find("--base or --arch\n") != std::string::npos);
  CHECK(table.find("\nfchown                  3 rules    runc: gives standard output") !=
        std::string::npos);
}
