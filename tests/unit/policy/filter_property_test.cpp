// SPDX-License-Identifier: Apache-2.0
// The compiled filter of a profile answers as its JSON says: every number of a system call, with the
// bit of x32, on other architectures, and at every edge of an argument. Traces are real ones.
#include <catch2/catch.hpp>

#include <linux/audit.h>
#include <seccomp.h>

#include <cstdlib>

#include "slim/base/file.hpp"
#include "unit/policy/filter.hpp"
#include "unit/policy/profile_model.hpp"

using namespace slim::policy;
using slim::policy::test::Filter;
using slim::policy::test::ProfileModel;
namespace trace = slim::trace;

namespace {

constexpr uint32_t kNumbers = 1024;  // beyond the highest call of any architecture
constexpr uint32_t kX32 = 0x40000000;
constexpr const char* kTraces[] = {"static", "go", "nginx", "redis", "openssh"};

struct Architecture {
  const char* profile;  // its name there
  uint32_t audit;
  bool is_64_bit;
  std::map<uint32_t, std::string> calls;
};

// Calls newer than the kernel's headers have their names from libseccomp.
std::map<uint32_t, std::string> calls_of(const std::string& header, uint32_t token) {
  auto calls = test::kernel_calls("/usr/include/x86_64-linux-gnu/asm/" + header);
  if (calls.empty()) return calls;
  for (uint32_t number = calls.rbegin()->first + 1; number < kNumbers; ++number) {
    if (char* name = seccomp_syscall_resolve_num_arch(token, static_cast<int>(number))) {
      calls[number] = name;
      std::free(name);
    }
  }
  return calls;
}

std::vector<Architecture> architectures() {
  return {{"SCMP_ARCH_X86_64", AUDIT_ARCH_X86_64, true,
           calls_of("unistd_64.h", SCMP_ARCH_X86_64)},
          {"SCMP_ARCH_X86", AUDIT_ARCH_I386, false, calls_of("unistd_32.h", SCMP_ARCH_X86)}};
}

std::set<std::string> known_to_libseccomp(const Architecture& architecture) {
  std::set<std::string> known;
  for (const auto& [number, name] : architecture.calls)
    if (seccomp_syscall_resolve_name(name.c_str()) != __NR_SCMP_ERROR) known.insert(name);
  return known;
}

trace::Trace read_trace(const std::string& name) {
  const std::string path = std::string(SLIM_TEST_DATA) + "/traces/" + name + ".json";
  return trace::from_json(slim::read_file(path).value(), path).value();
}

std::string text_of(const seccomp_data& data) {
  std::string text = std::to_string(data.nr) + "(";
  for (const uint64_t argument : data.args) text += std::to_string(argument) + " ";
  return text + ") on " + std::to_string(data.arch);
}

// Counts the calls that were answered, and names those that were answered otherwise than expected.
class Comparison {
 public:
  void expect(const Filter& filter, const seccomp_data& data, std::optional<uint32_t> expected) {
    ++calls_;
    if (filter.run(data) == expected) return;
    if (differences_++ == 0)
      first_ = text_of(data) + ", answered " + std::to_string(filter.run(data)) + ", expected " +
               (expected ? std::to_string(*expected) : "one answer");
  }
  unsigned calls() const { return calls_; }
  unsigned differences() const { return differences_; }
  const std::string& first() const { return first_; }

 private:
  unsigned calls_ = 0, differences_ = 0;
  std::string first_;
};

void compare_native(const Filter& filter, const ProfileModel& model,
                    const Architecture& architecture, Comparison& comparison) {
  for (uint32_t number = 0; number < kNumbers; ++number) {
    seccomp_data data{};
    data.nr = static_cast<int>(number);
    data.arch = architecture.audit;
    const auto found = architecture.calls.find(number);
    const std::string name = found == architecture.calls.end() ? "" : found->second;
    for (auto arguments : model.edges(name)) {
      if (!architecture.is_64_bit)  // whose registers the kernel extends with zeros
        for (uint64_t& argument : arguments) argument &= 0xffffffff;
      std::copy(arguments.begin(), arguments.end(), data.args);
      comparison.expect(filter, data, model.answer(name, arguments));
    }
  }
}

// Calls of no architecture of the profile end the thread, whatever their number.
void compare_foreign(const Filter& filter, uint32_t audit, uint32_t bits, Comparison& comparison) {
  for (uint32_t number = 0; number < kNumbers; ++number) {
    seccomp_data data{};
    data.nr = static_cast<int>(number | bits);
    data.arch = audit;
    comparison.expect(filter, data, SECCOMP_RET_KILL_THREAD);
  }
}

Comparison compare(const std::string& json, const std::string& compiled,
                   const std::vector<Architecture>& all) {
  const Filter filter(parse_seccomp(compiled, "profile").value());
  Comparison comparison;
  for (const Architecture& architecture : all) {
    const ProfileModel model(json, known_to_libseccomp(architecture));
    if (model.has_architecture(architecture.profile))
      compare_native(filter, model, architecture, comparison);
    else
      compare_foreign(filter, architecture.audit, 0, comparison);
  }
  for (const uint32_t audit : std::initializer_list<uint32_t>{
           AUDIT_ARCH_AARCH64, AUDIT_ARCH_ARM, AUDIT_ARCH_RISCV64, AUDIT_ARCH_S390X,
           AUDIT_ARCH_X86_64 ^ 1, 0})
    compare_foreign(filter, audit, 0, comparison);
  compare_foreign(filter, AUDIT_ARCH_X86_64, kX32, comparison);
  return comparison;
}

std::vector<SeccompChoices> choices() {
  std::vector<SeccompChoices> all;
  for (const auto runtime : {ProfileRuntime::any, ProfileRuntime::runc, ProfileRuntime::crun})
    for (const bool locked : {false, true})
      for (const bool arguments : {true, false}) {
        SeccompChoices choice;
        choice.runtime = runtime;
        choice.no_new_privileges = locked;
        choice.arguments = arguments;
        all.push_back(choice);
      }
  all.emplace_back().phases = trace::kServing;
  return all;
}

SeccompProfile docker() { return docker_default_for("x86_64", docker_default_capabilities()); }

}  // namespace

TEST_CASE("filters answer as their profiles say", "[filter]") {
  const auto all = architectures();
  if (all.front().calls.empty()) {
    WARN("skipped: no kernel headers for x86-64");
    return;
  }
  REQUIRE(all.front().calls.size() > 300);
  for (const char* name : kTraces) {
    trace::Trace trace = read_trace(name);
    for (const bool other : {false, true}) {
      // As if a 32-bit program had been there, too.
      if (other) trace.syscalls[{"x86", "socketcall"}] = {trace::kServing, false};
      for (const SeccompChoices& choice : choices()) {
        const std::string json = to_json(seccomp_from_trace(trace, docker(), choice));
        const Comparison found = compare(json, json, all);
        INFO(name << ": the first of the differences is " << found.first());
        CHECK(found.differences() == 0);
        CHECK(found.calls() > 9 * kNumbers);
      }
    }
  }
}

TEST_CASE("no profile allows what the profile of the traced run forbids", "[filter]") {
  const auto all = architectures();
  if (all.front().calls.empty()) {
    WARN("skipped: no kernel headers for x86-64");
    return;
  }
  const Architecture& native = all.front();
  const auto known = known_to_libseccomp(native);
  const SeccompProfile base = docker();
  const ProfileModel base_model(to_json(base), known);
  const Filter forbids(base);
  for (const char* name : kTraces) {
    const SeccompProfile profile = seccomp_from_trace(read_trace(name), base);
    const ProfileModel model(to_json(profile), known);
    const Filter filter(profile);
    unsigned allowed = 0, too_much = 0;
    std::string first;
    for (const auto& [number, call] : native.calls) {
      auto edges = model.edges(call);
      const auto more = base_model.edges(call);
      edges.insert(edges.end(), more.begin(), more.end());
      for (const auto& arguments : edges) {
        if (!filter.allows(call, arguments)) continue;
        ++allowed;
        if (!forbids.allows(call, arguments) && too_much++ == 0) first = call;
      }
    }
    INFO(name << ": " << first);
    CHECK(allowed > 200);
    CHECK(too_much == 0);
  }
}

TEST_CASE("the comparison sees a single value too many, and a single call", "[filter]") {
  const auto all = architectures();
  if (all.front().calls.empty()) {
    WARN("skipped: no kernel headers for x86-64");
    return;
  }
  const auto profile = seccomp_from_trace(read_trace("nginx"), docker());
  auto wider = profile;
  wider.rules.push_back({{"bpf"}, "SCMP_ACT_ALLOW", {}, {}});
  CHECK(compare(to_json(profile), to_json(wider), all).differences() == 3);
  wider = profile;
  wider.rules.push_back(
      {{"prctl"}, "SCMP_ACT_ALLOW", {}, {{0, 0xffffffff, 9, "SCMP_CMP_MASKED_EQ"}}});
  CHECK(compare(to_json(profile), to_json(wider), all).differences() > 0);
  auto narrower = profile;
  for (SeccompRule& rule : narrower.rules) std::erase(rule.names, "getppid");
  CHECK(compare(to_json(profile), to_json(narrower), all).differences() == 3);
}
