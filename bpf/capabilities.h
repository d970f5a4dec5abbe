/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Capabilities that the kernel asked for. */
#ifndef SLIM_CAPABILITIES_H
#define SLIM_CAPABILITIES_H

#include "call_of.h"

#define PF_IO_WORKER 0x10 /* of io_uring: it makes no calls, and its registers are nobody's */
#define OLD_STACK_SIZE 16384 /* THREAD_SIZE of x86-64, but for debugging kernels */

/* What the task had in its registers when it came into the kernel; NULL when that can't be told. */
static __always_inline struct pt_regs *registers_of(struct task_struct *task)
{
	struct pt_regs *regs = NULL;

	if (have_task_regs)
		return (struct pt_regs *)bpf_task_pt_regs(task);
#if defined(__TARGET_ARCH_x86)
	regs = BPF_CORE_READ(task, stack) + OLD_STACK_SIZE - bpf_core_type_size(struct pt_regs);
	if ((BPF_CORE_READ(regs, cs) & 3) != 3)
		return NULL;
#endif
	return regs;
}

/* clone(2) and clone3(2) ask for CAP_SYS_ADMIN in earnest when they make namespaces. */
static __always_inline bool makes_namespace(const volatile struct slim_call *call, __u64 argument)
{
	__u64 flags = 0;

	if (call->bits & SLIM_CLONE_CALL)
		flags = argument;
	else if (call->bits & SLIM_CLONE3_CALL)
		bpf_probe_read_user(&flags, sizeof(flags), (void *)argument);
	return flags & CLONE_ANY_NEW_NAMESPACE;
}

/*
 * Whether the kernel only wants to know if the last of the memory may be used
 * (security/commoncap.c, cap_vm_enough_memory): in a call that takes memory, or when a stack grows,
 * in no call at all.
 */
static __always_inline bool asked_in_passing(struct task_struct *task)
{
	struct pt_regs *regs = registers_of(task);
	__u64 argument;
	__u32 abi, number;
	long id;

	if (!regs || BPF_CORE_READ(task, flags) & PF_IO_WORKER)
		return false;
#if defined(__TARGET_ARCH_x86)
	id = BPF_CORE_READ(regs, orig_ax);
	if ((long)BPF_CORE_READ(regs, ax) != -ENOSYS) /* what it holds all through a call */
		return true;
	argument = abi_of(task, id) == SLIM_ABI_COMPAT ? BPF_CORE_READ(regs, bx)
						       : BPF_CORE_READ(regs, di);
#else
	id = BPF_CORE_READ(regs, syscallno);
	if (id < 0)
		return true;
	argument = BPF_CORE_READ(regs, orig_x0);
#endif
	return find_call(task, id, &abi, &number) && calls[abi][number].bits & SLIM_MEMORY_CALL &&
	       !makes_namespace(&calls[abi][number], argument);
}

static __always_inline int check_capability(const struct cred *cred, int capability, int result)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 bit;

	if (!recorded(task) || capability < 0 || capability > 63)
		return 0;
	/* Borrowed credentials (overlayfs, access(2)) and those of inner user namespaces. */
	if (cred != task->real_cred || (__u64)cred->user_ns != container_user_ns)
		return 0;
	bit = 1ULL << capability;
	if ((result ? capabilities_denied : capabilities_granted) & bit)
		return 0;
	if (capability == CAP_SYS_ADMIN && asked_in_passing(task))
		return 0;
	__sync_fetch_and_or(result ? &capabilities_denied : &capabilities_granted, bit);
	return 0;
}

#endif
