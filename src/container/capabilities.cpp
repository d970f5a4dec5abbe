// SPDX-License-Identifier: Apache-2.0
#include <sys/capability.h>

#include <array>
#include <cctype>

#include "slim/base/text.hpp"
#include "slim/container/container.hpp"

namespace slim::container {

namespace {

// Docker's default set, in its order (moby oci/caps/defaults.go).
constexpr std::array kDefault = {
    "CAP_CHOWN",      "CAP_DAC_OVERRIDE",     "CAP_FSETID",     "CAP_FOWNER", "CAP_MKNOD",
    "CAP_NET_RAW",    "CAP_SETGID",           "CAP_SETUID",     "CAP_SETFCAP", "CAP_SETPCAP",
    "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL",       "CAP_AUDIT_WRITE",
};

std::string name_of_capability(cap_value_t value) {
  char* name = ::cap_to_name(value);
  std::string result = upper_case(name != nullptr ? name : "");
  ::cap_free(name);
  return result;
}

// cap_from_name() reads no further than the first name: "CAP_KILL,MKNOD" would be taken for CAP_KILL.
bool is_capability(const std::string& name) {
  cap_value_t value;
  return ::cap_from_name(name.c_str(), &value) == 0 && name_of_capability(value) == name;
}

// Those that the kernel knows and this process may hand on: a runtime cannot give others.
std::vector<std::string> available() {
  std::vector<std::string> names;
  for (cap_value_t value = 0; value < ::cap_max_bits(); ++value)
    if (::cap_get_bound(value) == 1) names.push_back(name_of_capability(value));
  return names;
}

Result<std::vector<std::string>> normalise(const std::vector<std::string>& given,
                                           const std::string& option) {
  std::vector<std::string> names;
  for (const auto& text : given) {
    std::string name = upper_case(text);
    if (name != "ALL" && !name.starts_with("CAP_")) name.insert(0, "CAP_");
    if (name != "ALL" && !is_capability(name))
      return fail(ErrorCode::usage, option + ": '" + text + "' is not a capability; the option is " +
                                        "given once for each, as in " + option + " NET_ADMIN");
    names.push_back(std::move(name));
  }
  return names;
}

}  // namespace

// As moby's TweakCapabilities: `ALL` on one side is the base from which the other is taken.
Result<std::vector<std::string>> capabilities(const RunOptions& options) {
  SLIM_TRY(const auto add, normalise(options.cap_add, "--cap-add"));
  SLIM_TRY(const auto drop, normalise(options.cap_drop, "--cap-drop"));
  std::vector<std::string> base;
  if (is_one_of("ALL", add))
    base = available();
  else if (!is_one_of("ALL", drop))
    base.assign(kDefault.begin(), kDefault.end());
  std::vector<std::string> result;
  const auto take = [&](const std::string& name, bool dropped) {
    if (name != "ALL" && !dropped && !is_one_of(name, result)) result.push_back(name);
  };
  for (const auto& name : base) take(name, is_one_of(name, drop));
  for (const auto& name : add) take(name, false);
  return result;
}

}  // namespace slim::container
