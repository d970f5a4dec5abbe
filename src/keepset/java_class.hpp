// SPDX-License-Identifier: Apache-2.0
// What a compiled Java class names.
#pragma once

#include <optional>
#include <set>
#include <string_view>

namespace slim::keepset {

// Parts of the class file's bytes.
struct JavaClass {
  std::string_view name;                 // "shop/Main"
  std::set<std::string_view> classes;    // that it refers to, as "java/awt/Font"
  std::set<std::string_view> members;    // names of methods and fields that it uses
  std::set<std::string_view> constants;  // strings
};
// Nothing if it is none, or damaged.
std::optional<JavaClass> java_class_of(std::string_view bytes);

}  // namespace slim::keepset
