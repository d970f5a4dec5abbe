// SPDX-License-Identifier: Apache-2.0
#include "keepset/elf.hpp"

#include "fuzz.hpp"

using namespace slim;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto elf = keepset::parse_elf(fuzz::text_of(data, size));
  if (elf) fuzz::hold(elf->bits == 32 || elf->bits == 64, "an ELF file has 32 or 64 bits");
  return 0;
}
