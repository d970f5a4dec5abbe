// SPDX-License-Identifier: Apache-2.0
#include "keepset/elf.hpp"

#include "fuzz.hpp"
#include "keepset/machine_texts.hpp"

using namespace slim;

namespace {

void hold_texts(const std::set<std::string_view>& texts, std::string_view program) {
  for (const std::string_view text : texts)
    fuzz::hold(program.find(text) != std::string_view::npos, "a program's texts are part of it");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view program = fuzz::text_of(data, size);
  hold_texts(keepset::started_texts_of_go(program), program);
  hold_texts(keepset::terminated_texts(program), program);
  hold_texts(keepset::loaded_texts(program), program);
  const auto elf = keepset::parse_elf(program);
  if (elf) fuzz::hold(elf->bits == 32 || elf->bits == 64, "an ELF file has 32 or 64 bits");
  return 0;
}
