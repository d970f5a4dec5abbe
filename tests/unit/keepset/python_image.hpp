// SPDX-License-Identifier: Apache-2.0
// An image in which Python has started.
#pragma once

#include "unit/keepset/memory_image.hpp"

namespace slim::keepset::test {

inline constexpr const char* kSite = "usr/lib/python3/dist-packages/";
inline constexpr const char* kLibrary = "usr/lib/python3.11/";

inline MemoryImage python_image() {
  MemoryImage image;
  const std::string library = kLibrary;
  image.file(library + "os.py", "").file(library + "json.py", "").file(library + "pdb.py", "");
  image.file(library + "abc.py", "")
      .file(library + "lib-dynload/_json.cpython-311-x86_64-linux-gnu.so", "");
  image.used("/" + library + "os.py", trace::kRead);
  return image;
}

}  // namespace slim::keepset::test
