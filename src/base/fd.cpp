// SPDX-License-Identifier: Apache-2.0
#include "slim/base/fd.hpp"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace slim {

void Fd::reset(int fd) {
  // Linux closes the descriptor even when close(2) reports EINTR; retrying could close another's.
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

Result<Fd> open_file(const std::string& path, int flags, unsigned mode) {
  Fd fd(::open(path.c_str(), flags | O_CLOEXEC, mode));
  if (!fd) return fail_errno(path);
  return fd;
}

Result<Fd> duplicate(const Fd& fd) {
  Fd copy(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));
  if (!copy) return fail_errno("cannot duplicate a file descriptor");
  return copy;
}

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("cannot make a pipe");
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

Result<Fd> make_eventfd() {
  Fd fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!fd) return fail_errno("cannot make an eventfd");
  return fd;
}

void signal_eventfd(const Fd& fd) {
  const uint64_t one = 1;
  // The only failure is a counter at its maximum, and then the descriptor is readable anyway.
  [[maybe_unused]] const ssize_t written = ::write(fd.get(), &one, sizeof one);
}

void clear_eventfd(const Fd& fd) {
  uint64_t count;
  // The only failure is EAGAIN: it was not signalled.
  [[maybe_unused]] const ssize_t got = ::read(fd.get(), &count, sizeof count);
}

Result<Mapping> Mapping::of(const Fd& fd, const std::string& name) {
  struct stat status;
  if (::fstat(fd.get(), &status) != 0) return fail_errno(name);
  const auto size = static_cast<size_t>(status.st_size);
  if (size == 0) return Mapping(nullptr, 0);
  void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
  if (data == MAP_FAILED) return fail_errno("cannot map " + name);
  return Mapping(static_cast<const std::byte*>(data), size);
}

Mapping::~Mapping() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

}  // namespace slim
