// SPDX-License-Identifier: Apache-2.0
#include "slim/cli/cli.hpp"

namespace slim::cli {

int main(int, char**) { return 2; }

}  // namespace slim::cli
