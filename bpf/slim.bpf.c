// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * slim's tracer. Everything hangs on typed raw tracepoints: they need no kprobes, no trampolines
 * and no LSM hooks, so they load on kernels that are locked down.
 *
 * A task is recorded from its first exec inside the container's pid namespace, or from its birth
 * when its parent is; what the runtime itself does there before is not the application's. The tasks
 * of a container that runs already are taken over by iterators.
 */
#include "adopt.h"
#include "calls.h"
#include "capabilities.h"
#include "exec.h"
#include "tasks.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	struct task_state *above = recorded(parent), *t;

	/* The iterator may have passed the child's number before it comes to the parent. */
	if (!above && !(adopting && number_in_container(parent)))
		return 0;
	t = record(child);
	if (!t)
		return 0;
	if (child->pid == child->tgid)
		count_process(t);
	else /* any thread may execute, and be the process from then on */
		t->is_init = above ? above->is_init : is_of_init(child);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm)
{
	struct task_state *t = recorded(task);
	struct scratch *s = scratch_of(SCRATCH_EXEC);

	(void)old_pid;
	if (!t) {
		int number = number_in_container(task);

		if (!number)
			return 0;
		if (!root_dentry)
			take_container(task);
		t = record(task);
		if (!t)
			return 0;
		count_process(t);
		t->is_init = number == 1;
		/* Its sys_enter came before the task was known. */
		if (phase < SLIM_PHASES && execve_number < SLIM_MAX_CALLS)
			syscalls_seen[phase][SLIM_ABI_NATIVE][execve_number] = 1;
	}
	if (s)
		emit_exec(s, task, t, bprm);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	struct task_state *t = recorded(task);

	if (!t || !t->is_init || task->signal->live.counter != 0)
		return 0;
	init_status = task->signal->flags & SIGNAL_GROUP_EXIT ? task->signal->group_exit_code
							       : task->group_leader->exit_code;
	init_ended = 1;
	return 0;
}

/* Operations that open, name or connect something: IORING_OP_*. */
static __always_inline bool names_something(__u8 opcode)
{
	switch (opcode) {
	case 13: /* ACCEPT */
	case 16: /* CONNECT */
	case 18: /* OPENAT */
	case 21: /* STATX */
	case 28: /* OPENAT2 */
	case 35: /* RENAMEAT */
	case 36: /* UNLINKAT */
	case 37: /* MKDIRAT */
	case 38: /* SYMLINKAT */
	case 39: /* LINKAT */
	case 42: /* SETXATTR */
	case 44: /* GETXATTR */
	case 56: /* BIND */
	case 57: /* LISTEN */
		return true;
	}
	return false;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(on_sys_enter, struct pt_regs *regs, long id)
{
	return enter_call(regs, id);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs *regs, long result)
{
	return exit_call(regs, result);
}

SEC("tp_btf/io_uring_submit_req")
int BPF_PROG(on_io_uring, struct io_kiocb *request)
{
	struct task_struct *task = bpf_get_current_task_btf();

	/* The submission thread of SQPOLL is never forked, so it is told by its namespace. */
	if (!names_something(request->opcode) ||
	    (!recorded(task) && (!root_dentry || !number_in_container(task))))
		return 0;
	count(&losses.io_uring_paths);
	return 0;
}

SEC("tp_btf/cap_capable")
int BPF_PROG(on_capable, const struct cred *cred, struct user_namespace *target,
	     const struct user_namespace *found_in, int capability, int result)
{
	(void)target;
	(void)found_in;
	return check_capability(cred, capability, result);
}
