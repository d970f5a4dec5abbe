// SPDX-License-Identifier: Apache-2.0
#include "inspect/content.hpp"

#include <unistd.h>

#include <cstring>
#include <vector>

namespace slim::inspect {

namespace {

constexpr size_t kBlock = 128 << 10;

// Fills the buffer unless the file ends before.
Result<size_t> read_block(const Fd& fd, char* into, size_t size, const std::string& name) {
  size_t have = 0;
  while (have < size) {
    const ssize_t got = ::read(fd.get(), into + have, size - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("cannot read " + name);
    if (got == 0) break;
    have += static_cast<size_t>(got);
  }
  return have;
}

}  // namespace

Result<bool> equal_content(const Fd& left, const Fd& right, const std::string& name) {
  std::vector<char> a(kBlock), b(kBlock);
  for (;;) {
    SLIM_TRY(const size_t have_a, read_block(left, a.data(), kBlock, name));
    SLIM_TRY(const size_t have_b, read_block(right, b.data(), kBlock, name));
    if (have_a != have_b || std::memcmp(a.data(), b.data(), have_a) != 0) return false;
    if (have_a < kBlock) return true;
  }
}

Result<std::string> read_start(const Fd& fd, uint64_t limit, const std::string& name) {
  std::string bytes(limit, '\0');
  SLIM_TRY(const size_t have, read_block(fd, bytes.data(), bytes.size(), name));
  bytes.resize(have);
  return bytes;
}

Result<Digest> digest_of(const Fd& fd, const std::string& name) {
  Digester digester;
  std::vector<char> block(kBlock);
  for (;;) {
    SLIM_TRY(const size_t have, read_block(fd, block.data(), kBlock, name));
    digester.update(std::string_view(block.data(), have));
    if (have < kBlock) return digester.finish();
  }
}

}  // namespace slim::inspect
