// SPDX-License-Identifier: Apache-2.0
// Library that the server loads by name when it is first asked to shout.
#include <ctype.h>

void shout(char* text) {
  for (; *text != '\0'; ++text) *text = (char)toupper((unsigned char)*text);
}
