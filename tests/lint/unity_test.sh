#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Sources share a translation unit only if nothing that is one's own means something to another.
set -euo pipefail

python=${1:-python3}
groups=$(cd "$(dirname "$0")/../../cmake" && pwd)/unity_groups.py
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
cd "$tree"

# expect together|apart TEXT TEXT: two sources of these texts.
expect() {
  local have=apart
  printf '%s\n' "$2" >a.cpp
  printf '%s\n' "$3" >b.cpp
  [ -z "$("$python" "$groups" "${limit:-1000}" a.cpp b.cpp)" ] || have=together
  [ "$have" = "$1" ] || { printf '%s, not %s:\n%s\n---\n%s\n' "$have" "$1" "$2" "$3" >&2; exit 1; }
}
unnamed() { printf 'namespace slim {\nnamespace {\n%s\n}  // namespace\n}\n' "$1"; }

expect together 'int one() { return 1; }' 'int two() { return one() + 1; }'
expect together "$(unnamed 'int own() { int inner = 1; return inner; }')" 'int inner() { return 1; }'
# Words of comments, texts and characters, and of qualified types, are no names.
expect together "$(unnamed 'std::string own(std::string_view text) { return {}; }')" \
  '// own
std::string_view other = "own\"" R"(own ")" "own"; char quote = '"'\"'; std::string more;"
expect together "$(unnamed 'struct Own { int member(); }; int Own::member() { return 1; }')" 'int member();'
for private in 'bool own(char c) { return c; }' 'constexpr int own[] = {1};' 'struct own { int member; };' \
  'class own : public Base {};' 'using own = int;' 'using other::own;' 'const T<int> own{1, 2};' \
  'enum Kind { first, own };' 'int own;' 'template <class T> T own(T value) { return value; }'; do
  expect apart "$(unnamed "$private")" 'int call() { return own(1); }'
  expect apart "$(unnamed "$private")" "$(unnamed "$private")"
done
expect apart 'static int own() { return 1; }' 'int call() { return own(); }'
expect apart 'constexpr int own = 1;' 'int call() { return own; }'
expect apart '#define own 1' 'int call() { return own; }'
# Open namespaces give words another meaning.
expect apart 'using namespace slim;' 'int other;'
expect together 'using namespace slim;' 'using namespace slim; int other;'
limit=30 expect apart 'int number_one = 1;' 'int number_two = 1;'
