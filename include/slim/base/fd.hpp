// SPDX-License-Identifier: Apache-2.0
// Owning handles over kernel objects: file descriptor, memory mapping, pipe.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>

#include "slim/base/error.hpp"

namespace slim {

// A file descriptor that is closed when it goes out of scope. Never converts to int by itself.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  ~Fd() { reset(); }

  explicit operator bool() const { return fd_ >= 0; }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1);

 private:
  int fd_ = -1;
};

// open(2) with O_CLOEXEC added; the error names the path.
Result<Fd> open_file(const std::string& path, int flags, unsigned mode = 0);
// dup(2), close-on-exec.
Result<Fd> duplicate(const Fd& fd);

struct Pipe {
  Fd read;
  Fd write;
};
Result<Pipe> make_pipe();  // both ends close-on-exec
Result<Fd> make_eventfd();  // non-blocking, close-on-exec
void signal_eventfd(const Fd& fd);
void clear_eventfd(const Fd& fd);  // not readable any more, until the next signal

// A private read-only mapping of a whole file; an empty file maps to an empty span.
class Mapping {
 public:
  static Result<Mapping> of(const Fd& fd, const std::string& name);
  Mapping(Mapping&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Mapping& operator=(Mapping&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Mapping();
  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  Mapping(const std::byte* data, size_t size) : data_(data), size_(size) {}
  const std::byte* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace slim
