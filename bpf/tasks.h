/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Which tasks are recorded. */
#ifndef SLIM_TASKS_H
#define SLIM_TASKS_H

#include "state.h"

#define NAMESPACES_MAX 32 /* MAX_PID_NS_LEVEL */

/* The task's number in the container's pid namespace; 0 when it is not in it. */
static __always_inline int number_in_container(struct task_struct *task)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	__u32 level = BPF_CORE_READ(pid, level);
	__u32 wanted = container_pidns;
	int i;

	if (!wanted)
		return 0;
	for (i = 0; i <= NAMESPACES_MAX; i++) {
		struct upid *upid;

		if ((__u32)i > level)
			break;
		upid = (void *)pid + bpf_core_field_offset(struct pid, numbers) +
		       i * bpf_core_type_size(struct upid);
		if (BPF_CORE_READ(upid, ns, ns.inum) == wanted) {
			container_level = i;
			return BPF_CORE_READ(upid, nr);
		}
	}
	return 0;
}

/* Whether it is the container's first process, or a thread of it. */
static __always_inline bool is_of_init(struct task_struct *task)
{
	return number_in_container(BPF_CORE_READ(task, group_leader)) == 1;
}

/* `as`: what it begins with, unless it is recorded already. */
static __always_inline struct task_state *record_as(struct task_struct *task,
						    struct task_state *as)
{
	struct task_state *t =
		bpf_task_storage_get(&tasks, task, as, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!t)
		count(&losses.tasks_lost);
	return t;
}

static __always_inline struct task_state *record(struct task_struct *task)
{
	return record_as(task, 0);
}

/* An iterator and a tracepoint may come to the same task at once: the first of them counts it. */
static __always_inline void count_process(struct task_state *t)
{
	if (!__sync_lock_test_and_set(&t->counted, 1))
		count(&processes);
}

#endif
