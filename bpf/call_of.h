/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Which system call a task makes, and with what arguments. */
#ifndef SLIM_CALL_OF_H
#define SLIM_CALL_OF_H

#include "emit.h"

#define X32_BIT 0x40000000

static __always_inline __u32 abi_of(struct task_struct *task, long id)
{
#if defined(__TARGET_ARCH_x86)
	if (task->thread_info.status & 0x2 /* TS_COMPAT */)
		return SLIM_ABI_COMPAT;
	return id & X32_BIT ? SLIM_ABI_X32 : SLIM_ABI_NATIVE;
#else
	return task->thread_info.flags & (1UL << 22 /* TIF_32BIT */) ? SLIM_ABI_COMPAT
								      : SLIM_ABI_NATIVE;
#endif
}

static __always_inline void take_arguments(struct task_state *t, struct pt_regs *regs, __u32 abi)
{
	int i;

#if defined(__TARGET_ARCH_x86)
	if (abi == SLIM_ABI_COMPAT) {
		t->args[0] = regs->bx;
		t->args[1] = regs->cx;
		t->args[2] = regs->dx;
		t->args[3] = regs->si;
		t->args[4] = regs->di;
		t->args[5] = regs->bp;
	} else {
		t->args[0] = regs->di;
		t->args[1] = regs->si;
		t->args[2] = regs->dx;
		t->args[3] = regs->r10;
		t->args[4] = regs->r8;
		t->args[5] = regs->r9;
	}
#else
	for (i = 0; i < 6; i++)
		t->args[i] = regs->regs[i];
#endif
	if (abi == SLIM_ABI_COMPAT)
		for (i = 0; i < 6; i++)
			t->args[i] = (__u32)t->args[i];
}

/* A number that no table holds. */
static __always_inline void odd_call(long id, __u32 abi)
{
	struct scratch *s = scratch_of(SCRATCH_ENTER);

	if (!s || id < 0)
		return;
	begin_event(s, SLIM_EVENT_SYSCALL);
	s->event.value = id;
	s->event.access = abi;
	s->event.action = phase;
	emit(s, 0);
}

/* The values that a seccomp filter could look at; combinations seen before end in emit(). */
static __always_inline void tell_arguments(struct scratch *s, struct task_state *t)
{
	__u32 *values, i, first = t->call.flags, count = t->call.fd;

	barrier_var(first); /* so that the verifier sees the bounds in what is used */
	barrier_var(count);
	if (count > SLIM_ARGUMENTS_MAX || first > 6 - SLIM_ARGUMENTS_MAX)
		return;
	begin_event(s, SLIM_EVENT_ARGUMENTS);
	s->event.value = t->nr;
	s->event.access = t->abi;
	values = (__u32 *)s->small;
	for (i = 0; i < SLIM_ARGUMENTS_MAX; i++)
		values[i] = i < count ? (__u32)t->args[first + i] : 0;
	add_string(s, values, count * sizeof(*values));
	emit(s, 0);
}

static __always_inline bool is_write(const volatile struct slim_call *call)
{
	return call->kind == SLIM_CALL_WRITE || call->kind == SLIM_CALL_WRITE_VECTOR;
}

static __always_inline bool is_quiet(const volatile struct slim_call *call)
{
	return !call->kind && !(call->bits & SLIM_ARGUMENTS);
}

/* Which entry of the tables a call has; false when its number is beyond them. */
static __always_inline bool find_call(struct task_struct *task, long id, __u32 *abi, __u32 *number)
{
	__u64 nr;

	*abi = abi_of(task, id);
	nr = *abi == SLIM_ABI_X32 ? id & ~X32_BIT : id;
	*number = nr;
	return nr < SLIM_MAX_CALLS && *abi < SLIM_ABIS;
}

/* Marks a call as seen and says what it is; NULL when its number is beyond the table. */
static __always_inline const volatile struct slim_call *identify(struct task_struct *task, long id,
								  __u32 *abi, __u32 *number)
{
	const volatile struct slim_call *call;
	__u32 now = phase;

	if (!find_call(task, id, abi, number) || now >= SLIM_PHASES) {
		odd_call(id, *abi);
		return NULL;
	}
	call = &calls[*abi][*number];
	if (!syscalls_seen[now][*abi][*number])
		syscalls_seen[now][*abi][*number] = is_quiet(call)   ? SEEN_QUIET_CALL
						    : is_write(call) ? SEEN_WRITE_CALL
								     : SEEN_CALL;
	return call;
}

/* Whether the container made this call before, and there is nothing more to tell of it. */
static __always_inline bool nothing_new(struct task_struct *task, long id)
{
	__u32 abi, number, now = phase;
	__u8 seen;

	if (!find_call(task, id, &abi, &number) || now >= SLIM_PHASES)
		return false;
	seen = syscalls_seen[now][abi][number];
	return seen == SEEN_QUIET_CALL || (seen == SEEN_WRITE_CALL && !dns_descriptors);
}

static __always_inline void take_call(struct task_state *t, const volatile struct slim_call *call,
				      struct pt_regs *regs, __u32 abi, __u32 nr)
{
	t->nr = nr;
	t->abi = abi;
	__builtin_memcpy(&t->call, (const void *)call, sizeof(t->call));
	take_arguments(t, regs, abi);
}

/* The call that a task is in, or was in last; its registers hold the arguments to the end of it. */
static __always_inline bool call_in_progress(struct task_struct *task, struct task_state *t,
					     struct pt_regs *regs)
{
	const volatile struct slim_call *call;
	__u32 abi, nr;
#if defined(__TARGET_ARCH_x86)
	long id = regs->orig_ax;
#else
	long id = regs->syscallno;
#endif

	call = id < 0 ? NULL : identify(task, id, &abi, &nr);
	if (!call)
		return false;
	take_call(t, call, regs, abi, nr);
#if defined(__TARGET_ARCH_arm64)
	t->args[0] = regs->orig_x0; /* its register is the result's, too */
#endif
	return true;
}

#endif
