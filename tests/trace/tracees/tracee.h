/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRACEE_H
#define TRACEE_H

#include <stddef.h>

struct tracee_case {
	const char *name;
	int (*run)(void);
};

#define PATH_CASE(name, expression) \
	static int case_##name(void) { return (expression) < 0; }
/* The call is to fail with this errno. */
#define FAILING_CASE(name, expression, error) \
	static int case_##name(void) { return !((expression) < 0 && errno == (error)); }

extern const struct tracee_case task_cases[];
extern const size_t task_case_count;
extern const struct tracee_case socket_cases[];
extern const size_t socket_case_count;

#endif
