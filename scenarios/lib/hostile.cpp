// SPDX-License-Identifier: Apache-2.0
// Tries what a confined container must not be able to do, and prints a line for each attempt:
// NAME RESULT, the negative errno or what the call returned. It needs no system call besides those it
// tries, write and exit_group, so it runs under any profile: build with -static -nostdlib.
#include <asm/unistd.h>
#include <linux/sched.h>

namespace {

#if defined(__x86_64__)
long call(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0) {
  long result;
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = 0;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}
#elif defined(__aarch64__)
long call(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0) {
  register long x8 asm("x8") = number;
  register long x0 asm("x0") = a;
  register long x1 asm("x1") = b;
  register long x2 asm("x2") = c;
  register long x3 asm("x3") = d;
  register long x4 asm("x4") = e;
  asm volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
  return x0;
}
#endif

const unsigned long kCloneArgs[8] = {CLONE_NEWUSER, 0, 0, 0, 17, 0, 0, 0};
const char path[] = "/";
char scratch[256];

constexpr long kFamilyVsock = 40, kFamilyAlg = 38, kFamilyPacket = 17, kSeqpacket = 5;
constexpr long kNoRandomize = 0x0040000;

long address(const void* pointer) { return reinterpret_cast<long>(pointer); }

void print(const char* text, long length) { call(__NR_write, 1, address(text), length); }

void print_line(const char* name, long result) {
  char line[96];
  long at = 0;
  while (*name != 0) line[at++] = *name++;
  line[at++] = ' ';
  unsigned long left = static_cast<unsigned long>(result);
  if (result < 0) {
    line[at++] = '-';
    left = 0 - left;
  }
  char digits[24];
  long count = 0;
  do digits[count++] = static_cast<char>('0' + left % 10);
  while (left /= 10);
  while (count > 0) line[at++] = digits[--count];
  line[at++] = '\n';
  print(line, at);
}

void attempt(const char* name, long number, long a = 0, long b = 0, long c = 0, long d = 0,
             long e = 0) {
  const long result = call(number, a, b, c, d, e);
  const bool forked = number == __NR_clone || number == __NR_clone3;
  if (forked && result == 0) call(__NR_exit_group, 0);  // the child of an attempt that worked
  print_line(name, result);
}

// One line an attempt. The namespaces come last: in a new one the privileges are others.
void attempt_all() {
  attempt("mount", __NR_mount, address("none"), address(path), address("tmpfs"));
  attempt("umount", __NR_umount2, address("/proc"), 2);
  attempt("pivot_root", __NR_pivot_root, address(path), address(path));
  attempt("fsopen", __NR_fsopen, address("tmpfs"));
  attempt("open_tree", __NR_open_tree, -100, address(path), 1);
  attempt("setns", __NR_setns, -1, CLONE_NEWNET);
  attempt("ptrace", __NR_ptrace);
  attempt("process_vm_readv", __NR_process_vm_readv, 1);
  attempt("keyctl", __NR_keyctl, 0, -3, 1);
  attempt("add_key", __NR_add_key, address("user"), address("name"), address("x"), 1, -3);
  attempt("bpf", __NR_bpf, 0, address(scratch), 48);
  attempt("perf_event_open", __NR_perf_event_open, address(scratch), 0, -1, -1);
  attempt("userfaultfd", __NR_userfaultfd);
  attempt("io_uring_setup", __NR_io_uring_setup, 1, address(scratch));
  attempt("personality", __NR_personality, kNoRandomize);
  attempt("socket-alg", __NR_socket, kFamilyAlg, kSeqpacket);
  attempt("socket-packet", __NR_socket, kFamilyPacket, 3);
  attempt("socket-vsock", __NR_socket, kFamilyVsock, 1);
  attempt("socket-raw", __NR_socket, 2, 3, 1);
  attempt("init_module", __NR_init_module, address(scratch), 1, address(path));
  attempt("kexec_load", __NR_kexec_load);
  attempt("open_by_handle_at", __NR_open_by_handle_at, -100, address(scratch));
  attempt("sethostname", __NR_sethostname, address("x"), 1);
  attempt("settimeofday", __NR_settimeofday);
  attempt("chroot", __NR_chroot, address(path));
  attempt("swapon", __NR_swapon, address(path));
  attempt("acct", __NR_acct);
  attempt("syslog", __NR_syslog, 3, address(scratch), sizeof scratch);
  attempt("seccomp", __NR_seccomp, 2, 0, address(scratch));
  attempt("clone-newuser", __NR_clone, CLONE_NEWUSER | 17);
  attempt("clone3-newuser", __NR_clone3, address(kCloneArgs), sizeof kCloneArgs);
  attempt("unshare-newuser", __NR_unshare, CLONE_NEWUSER);
  attempt("unshare-newns", __NR_unshare, CLONE_NEWNS);
}

}  // namespace

extern "C" [[noreturn]] void _start() {
  attempt_all();
  call(__NR_exit_group, 0);
  __builtin_unreachable();
}
