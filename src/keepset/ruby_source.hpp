// SPDX-License-Identifier: Apache-2.0
// What a Ruby source loads by name, and where Ruby looks for it (Kernel#require, Module#autoload).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace slim::keepset {

struct RubyRequire {
  enum class Kind {
    feature,   // require, autoload: searched in the load path
    relative,  // require_relative: beside the source
    member,    // autoload of a constant alone, as ActiveSupport::Autoload has it: in the directory
               // that is called like the source
    named,     // any other literal that looks like a feature, "tilt/erubi": a library that loads its
               // parts through a table of names
    part,      // a directory of features of which one is chosen at run time: "tilt/#{engine}"
    relative_part,  // likewise beside the source
  };
  Kind kind = Kind::feature;
  std::string name;
  friend bool operator==(const RubyRequire&, const RubyRequire&) = default;
};

// The literal names in a source, in order. Tolerant: comments and =begin blocks are left out, names
// that are put together at run time are not seen.
std::vector<RubyRequire> ruby_requires_of(std::string_view source);

// The directory of the load path that a library file was found in: ruby/3.1.0, ruby/vendor_ruby,
// gems/rack-2.2/lib and their like; empty if the path is in none.
std::string ruby_root_of(std::string_view path);

// The directory of gems (…/gems of …/gems/rack-2.2/lib/rack.rb) and the gem's full name "rack-2.2".
// Both empty if the path is in no gem.
struct RubyGem {
  std::string directory;
  std::string name;
};
RubyGem ruby_gem_of(std::string_view path);

}  // namespace slim::keepset
