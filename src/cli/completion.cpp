// SPDX-License-Identifier: Apache-2.0
#include "cli/options.hpp"

namespace slim::cli {

// The options are asked of --help, so that the script never falls behind the program.
std::string bash_completion() {
  return R"(# bash completion for slim; load it with: source <(slim completion bash)
_slim() {
  local cur=${COMP_WORDS[COMP_CWORD]}
  local commands="run trace build verify observe merge profile ports explain"
  commands+=" diff xray lint cache completion version"
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "$commands" -- "$cur"))
  elif [ "${COMP_WORDS[1]}" = cache ] && [ "$COMP_CWORD" -eq 2 ]; then
    COMPREPLY=($(compgen -W "ls prune" -- "$cur"))
  elif [[ $cur == -* ]]; then
    local options
    options=$(slim "${COMP_WORDS[1]}" --help 2>/dev/null | grep -oE -- '--[a-z][a-z-]*' | sort -u)
    COMPREPLY=($(compgen -W "$options" -- "$cur"))
  else
    compopt -o default
  fi
}
complete -F _slim slim
)";
}

}  // namespace slim::cli
