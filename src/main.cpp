// SPDX-License-Identifier: Apache-2.0
#include "slim/cli/cli.hpp"

int main(int argc, char** argv) { return slim::cli::main(argc, argv); }
