#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every rule of lint.py finds a breach of it, and a clean tree passes.
set -euo pipefail

python=${1:-python3}
here=$(cd "$(dirname "$0")" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
spdx='// SPDX-License-Identifier: Apache-2.0'

mkdir -p "$tree/src/keepset" "$tree/src/trace" "$tree/include/slim/base"
echo '# SPDX-License-Identifier: Apache-2.0' >"$tree/CMakeLists.txt"
file=$tree/src/keepset/rule.cpp

# expect PATTERN: the checker must report it, and fail.
expect() {
  local output
  if output=$("$python" "$here/lint.py" "$tree"); then
    echo "the checker passes: $1" >&2
    exit 1
  fi
  grep -qE "$1" <<<"$output" || { echo "not found: $1 in" >&2; echo "$output" >&2; exit 1; }
}

printf '%s\n#include "slim/base/error.hpp"\n#include "slim/trace/trace.hpp"\n' "$spdx" >"$file"
"$python" "$here/lint.py" "$tree" >/dev/null

printf '%s\n#include "slim/policy/seccomp.hpp"\n' "$spdx" >"$file"
expect 'rule.cpp:2: keepset may not include'
printf '%s\n#include "cli/options.hpp"\n' "$spdx" >"$file"
expect 'keepset may not include "cli/options.hpp"'
printf '%s\n#include <archive.h>\n' "$spdx" >"$file"
expect 'only src/image/ may know libarchive'
printf 'int x;\n' >"$file"
expect 'rule.cpp:1: no SPDX'
{ echo "$spdx"; seq -f 'int x%g;' 400; } >"$file"
expect '401 lines, more than 400'
{ echo "$spdx"; printf '// %0110d\n' 1; } >"$file"
expect 'rule.cpp:2: 113 columns'
printf '%s\nconst char* at = "/home/someone/x";\n' "$spdx" >"$file"
expect "somebody's machine"
printf '%s\nint x; \n' "$spdx" >"$file"
expect 'white space at the end'
