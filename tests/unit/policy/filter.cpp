// SPDX-License-Identifier: Apache-2.0
#include "unit/policy/filter.hpp"

#include <linux/audit.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <map>
#include <stdexcept>

#include "slim/base/fd.hpp"

namespace slim::policy::test {
namespace {

uint32_t action_of(const std::string& name, std::optional<uint32_t> code) {
  if (name == "SCMP_ACT_ALLOW") return SCMP_ACT_ALLOW;
  if (name == "SCMP_ACT_ERRNO") return SCMP_ACT_ERRNO(code.value_or(1));
  if (name == "SCMP_ACT_TRACE") return SCMP_ACT_TRACE(code.value_or(0));
  if (name == "SCMP_ACT_LOG") return SCMP_ACT_LOG;
  throw std::runtime_error("unexpected action " + name);
}

scmp_compare compare_of(const std::string& name) {
  static const std::map<std::string, scmp_compare> names = {
      {"SCMP_CMP_NE", SCMP_CMP_NE},
      {"SCMP_CMP_LT", SCMP_CMP_LT},
      {"SCMP_CMP_LE", SCMP_CMP_LE},
      {"SCMP_CMP_EQ", SCMP_CMP_EQ},
      {"SCMP_CMP_GE", SCMP_CMP_GE},
      {"SCMP_CMP_GT", SCMP_CMP_GT},
      {"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ}};
  return names.at(name);
}

uint32_t token_of(const std::string& profile_name) {
  static const std::map<std::string, uint32_t> names = {{"SCMP_ARCH_X86_64", SCMP_ARCH_X86_64},
                                                        {"SCMP_ARCH_X86", SCMP_ARCH_X86},
                                                        {"SCMP_ARCH_X32", SCMP_ARCH_X32},
                                                        {"SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64},
                                                        {"SCMP_ARCH_ARM", SCMP_ARCH_ARM}};
  return names.at(profile_name);
}

void must(int result, const std::string& what) {
  if (result < 0) throw std::runtime_error(what + ": " + std::strerror(-result));
}

}  // namespace

Filter::Filter(const SeccompProfile& profile) {
  const uint32_t fallback = action_of(profile.default_action, profile.default_errno_ret);
  scmp_filter_ctx context = seccomp_init(fallback);
  must(seccomp_arch_remove(context, SCMP_ARCH_NATIVE), "removing the native architecture");
  for (const std::string& name : profile.architectures) {
    must(seccomp_arch_add(context, token_of(name)), "adding " + name);
  }
  for (const SeccompRule& rule : profile.rules) {
    const uint32_t action = action_of(rule.action, rule.errno_ret);
    if (action == fallback) continue;
    for (const std::string& name : rule.names) {
      const int number = seccomp_syscall_resolve_name(name.c_str());
      if (number == __NR_SCMP_ERROR) continue;  // runtimes skip what their libseccomp does not know
      std::vector<scmp_arg_cmp> args;
      for (const SeccompArg& arg : rule.args) {
        args.push_back({arg.index, compare_of(arg.op), arg.value, arg.value_two});
      }
      must(seccomp_rule_add_array(context, action, number, static_cast<unsigned>(args.size()),
                                  args.data()),
           "adding " + name);
    }
  }
  const Fd file(memfd_create("filter", MFD_CLOEXEC));
  must(seccomp_export_bpf(context, file.get()), "exporting");
  seccomp_release(context);
  program_.resize(static_cast<size_t>(lseek(file.get(), 0, SEEK_END)) / sizeof(sock_filter));
  const size_t size = program_.size() * sizeof(sock_filter);
  if (pread(file.get(), program_.data(), size, 0) != static_cast<ssize_t>(size)) {
    throw std::runtime_error("cannot read the filter back");
  }
}

uint32_t Filter::answer(const std::string& call, std::array<uint64_t, 6> args,
                        const std::string& arch) const {
  seccomp_data data{};
  const uint32_t token = seccomp_arch_resolve_name(arch.c_str());
  data.nr = seccomp_syscall_resolve_name_arch(token, call.c_str());
  data.arch = token == SCMP_ARCH_X32 ? AUDIT_ARCH_X86_64 : token;
  std::copy(args.begin(), args.end(), data.args);
  if (data.nr < 0) throw std::runtime_error(arch + " has no " + call);
  return run(data);
}

// The instructions that libseccomp emits (linux/filter.h, Documentation/networking/filter.rst).
uint32_t Filter::run(const seccomp_data& data) const {
  uint32_t accumulator = 0;
  std::array<char, sizeof(seccomp_data)> bytes;
  std::memcpy(bytes.data(), &data, sizeof data);
  for (size_t at = 0; at < program_.size(); ++at) {
    const sock_filter& i = program_[at];
    switch (i.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        std::memcpy(&accumulator, bytes.data() + i.k, 4);
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        accumulator &= i.k;
        break;
      case BPF_JMP | BPF_JA:
        at += i.k;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        at += accumulator == i.k ? i.jt : i.jf;
        break;
      case BPF_JMP | BPF_JGT | BPF_K:
        at += accumulator > i.k ? i.jt : i.jf;
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        at += accumulator >= i.k ? i.jt : i.jf;
        break;
      case BPF_JMP | BPF_JSET | BPF_K:
        at += (accumulator & i.k) != 0 ? i.jt : i.jf;
        break;
      case BPF_RET | BPF_K:
        return i.k;
      default:
        throw std::runtime_error("unexpected instruction");
    }
  }
  throw std::runtime_error("the filter has no end");
}

}  // namespace slim::policy::test
