/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Maps and variables: what the programs know, what they hand to each other and to user space. */
#ifndef SLIM_STATE_H
#define SLIM_STATE_H

#include "kernel_types.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "slim_events.h"

#define PAYLOAD_MAX ((SLIM_STRINGS + 1) * SLIM_PATH_MAX)

/* Set before loading. */
const volatile struct slim_call calls[SLIM_ABIS][SLIM_MAX_CALLS];
const volatile __u64 hash_seed[2];
const volatile __u32 execve_number;
const volatile __u32 wakeup_bytes; /* how full the ring gets before the reader is woken */
const volatile bool have_loop;     /* bpf_loop(): Linux 5.17 */
const volatile bool have_task_regs; /* bpf_task_pt_regs(): Linux 5.15 */

/* Set by user space when it attaches and as phases pass. */
__u32 container_pidns = 0; /* inode number of the container's pid namespace */
__u32 phase = 0;           /* 0 to SLIM_PHASES - 1 */
__u32 adopting = 0;        /* a container that runs already is being taken over, task by task */

/*
 * Every system call of the machine comes by, and a look-up in task storage is most of what that costs.
 * So a call that was seen and has nothing else to tell is passed over, whoever makes it; tasks above the
 * container's pid namespace are told by its level (0 before it is known); and ends of calls are looked
 * at only while some call in the table is under way, or may be: that of a task that was taken over and
 * has not ended one since.
 */
__u32 container_level = 0;
__u64 pending_calls = 0; /* never too low; too high after a task that died in a call */

/*
 * The container's view, taken at its first exec, after which the root is final; of a container that
 * runs already, from its first process.
 */
__u64 root_dentry = 0;
__u64 root_mount = 0; /* a struct vfsmount */
__u64 root_super = 0;
__u64 container_user_ns = 0;

/*
 * Bit N: descriptor N, N + 64, ... of some process was connected to a name server. write(2) is too
 * hot to look at the socket each time, and nearly every program writes elsewhere.
 */
__u64 dns_descriptors = 0;

/* How a call was seen: what is left to do when it is made again. */
enum seen_call {
	SEEN_CALL = 1,
	SEEN_QUIET_CALL, /* nothing */
	SEEN_WRITE_CALL, /* nothing while no descriptor is a name server's */
};

/* Read by user space at the end; where not 0, an enum seen_call. */
__u8 syscalls_seen[SLIM_PHASES][SLIM_ABIS][SLIM_MAX_CALLS] = {};
__u64 capabilities_granted = 0;
__u64 capabilities_denied = 0;
__u64 processes = 0;
__u32 init_ended = 0;  /* the container's first process has, with */
__s32 init_status = 0; /* ... this wait status */
struct slim_losses losses = {};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 << 20);
} events SEC(".maps");

/*
 * Which events were sent, by hash. An entry is made only after the event is in the ring, so a
 * failed insert or a full map costs a repeated event and never loses one.
 */
struct seen_key {
	__u64 low;
	__u64 high;
};
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256 << 10);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct seen_key);
	__type(value, __u8);
} seen SEC(".maps");

/* A recorded task: to be in this map is to be recorded. */
struct task_state {
	__u64 args[6];
	__u32 nr;
	__u8 abi;
	__u8 pending; /* between sys_enter and sys_exit of a call in the table */
	__u8 is_init;
	__u8 have_base; /* task_extra.base was filled at entry */
	__u8 unentered; /* taken over, and seen to enter no call since: it may be in one */
	__u8 reserved[3];
	__u32 counted; /* in `processes`, or a thread of one that is */
	struct slim_call call;
	__s32 text_length;   /* of task_text, with the NUL; below 0: not readable at entry */
	__s32 second_length;
};
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct task_state);
} tasks SEC(".maps");

/*
 * The path argument as the program wrote it, read at entry: a call may overwrite its own argument
 * (readlink into the same buffer). Apart from task_state because most threads never need it.
 */
struct task_text {
	char bytes[SLIM_PATH_MAX];
};
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct task_text);
} texts SEC(".maps");

/* What only a few calls need: the second path, or the base directory as it was at entry. */
struct task_extra {
	__u32 base_length;
	__u32 reserved;
	char bytes[SLIM_PATH_MAX];
};
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct task_extra);
} extras SEC(".maps");

/* Working memory of one program run: an event in the making, and the path walk. */
struct scratch {
	struct slim_event event;
	char payload[PAYLOAD_MAX];
	__u32 used;   /* bytes of payload */
	__u32 string; /* strings so far */

	char path[2 * SLIM_PATH_MAX]; /* built from [SLIM_PATH_MAX] downwards */
	__u32 start;
	__u32 outcome; /* enum walk_outcome */
	__u16 flags;   /* of every event made here */
	__u16 reserved[3];
	__u64 dentry;
	__u64 mount; /* struct mount; 0: by dentries alone */
	__u64 mount_root;

	char small[256]; /* a socket address, with zeros behind */
	char name[128];  /* the path in it */
};
/* One for each program that needs it: they may run inside one another on the same CPU. */
enum scratch_owner { SCRATCH_ENTER, SCRATCH_EXIT, SCRATCH_EXEC, SCRATCH_ADOPT, SCRATCHES };
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SCRATCHES);
	__type(key, __u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

static __always_inline struct scratch *scratch_of(__u32 owner)
{
	return bpf_map_lookup_elem(&scratches, &owner);
}

static __always_inline void count(__u64 *counter)
{
	__sync_fetch_and_add(counter, 1);
}

static __always_inline struct task_state *recorded(struct task_struct *task)
{
	return bpf_task_storage_get(&tasks, task, 0, 0);
}

#endif
