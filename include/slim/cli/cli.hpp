// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace slim::cli {

// The whole program; the exit status is that of the command line's contract (see README).
int main(int argc, char** argv);

}  // namespace slim::cli
