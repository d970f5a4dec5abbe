// SPDX-License-Identifier: Apache-2.0
// Linked library of the server: the words that it says.
#include <stdio.h>

int greet(char* out, unsigned long size, const char* who) {
  return snprintf(out, size, "hello, %s\n", who);
}
