/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRACEE_H
#define TRACEE_H

#include <stddef.h>

struct tracee_case {
	const char *name;
	int (*run)(void);
};

extern const struct tracee_case socket_cases[];
extern const size_t socket_case_count;

#endif
