/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * A container that runs already: what it does and has open when the tracer comes. The tracepoints
 * are attached before, so that whatever comes into being meanwhile is seen by the one or the other.
 */
#ifndef SLIM_ADOPT_H
#define SLIM_ADOPT_H

#include "calls.h"
#include "exec.h"
#include "tasks.h"

static __always_inline struct scratch *adopting_scratch(void)
{
	struct scratch *s = scratch_of(SCRATCH_ADOPT);

	if (s)
		s->flags = SLIM_ADOPTED;
	return s;
}

/* The first pass: what "the container's root" means has to be known before anything is recorded. */
SEC("iter/task")
int find_root(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;

	if (task && !root_dentry && number_in_container(task) == 1)
		take_container(task);
	return 0;
}

/* The program is told like the exec that is over: its name then is not known, so its file's is. */
static __always_inline void adopt_program(struct scratch *s, struct task_struct *task)
{
	struct file *file = BPF_CORE_READ(task, mm, exe_file);

	if (!file || !resolve_path(s, (void *)file + bpf_core_field_offset(struct file, f_path)))
		return;
	begin_event(s, SLIM_EVENT_EXEC);
	s->small[0] = '/';
	add_string(s, s->small, 1);
	add_string(s, s->small, 0);
	add_walked(s);
	emit(s, 0);
	emit_file(s, file, SLIM_EXECUTED);
}

/*
 * A thread may sleep in a call for as long as the tracer is there. The state is this program's own:
 * the task may go on at any time, and its own is for its own system calls.
 */
static __always_inline void adopt_call(struct scratch *s, struct task_struct *task)
{
	struct task_state now = {};
	struct pt_regs *regs;

	if (!have_task_regs)
		return;
	regs = (struct pt_regs *)bpf_task_pt_regs(task);
	if (regs && call_in_progress(task, &now, regs) && now.call.bits & SLIM_ARGUMENTS)
		tell_arguments(s, &now);
}

SEC("iter/task")
int adopt_task(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;
	struct task_state begin = { .unentered = 1 }, *t;
	struct scratch *s = adopting_scratch();
	struct fs_struct *fs;

	if (!task || !s || !task->mm || !number_in_container(task))
		return 0;
	t = recorded(task);
	if (!t) {
		begin.is_init = is_of_init(task);
		count(&pending_calls);
		t = record_as(task, &begin);
	}
	if (!t)
		return 0;
	if (task->pid == task->tgid)
		count_process(t);
	adopt_program(s, task);
	adopt_call(s, task);
	fs = BPF_CORE_READ(task, fs);
	if (fs) {
		emit_place(s, (void *)fs + bpf_core_field_offset(struct fs_struct, pwd),
			   SLIM_LOOKED_UP);
		emit_place(s, (void *)fs + bpf_core_field_offset(struct fs_struct, root),
			   SLIM_LOOKED_UP);
	}
	return 0;
}

/* Both ends: which of them called is for user space to tell, which knows all that listen. */
static __always_inline void adopt_connection(struct scratch *s, struct task_struct *task,
					     struct sock *sock)
{
	__u16 family;

	begin_socket(s, task, sock, SLIM_SOCKET_CONNECT);
	s->event.type = SLIM_EVENT_CONNECTED;
	family = s->event.family;
	add_string(s, s->small, local_address(s, sock, family));
	add_string(s, s->small, remote_address(s, sock, family));
	emit(s, 0);
}

/*
 * Whether bind(2) was called. Without a lock on its port a datagram socket is a client's, which got
 * it with its first datagram, unless it was bound to an address: then port 0 was asked for.
 */
static __always_inline bool was_bound(struct sock *sock, __u16 family)
{
	__u8 locks = BPF_CORE_READ_BITFIELD_PROBED(sock, sk_userlocks);

	return (family == AF_INET || family == AF_INET6) &&
	       BPF_CORE_READ(sock, __sk_common.skc_num) &&
	       locks & (SOCK_BINDPORT_LOCK | SOCK_BINDADDR_LOCK);
}

static __always_inline bool is_connected(struct sock *sock, __u16 family)
{
	if (family == AF_UNIX)
		return bpf_core_type_exists(struct unix_sock) &&
		       BPF_CORE_READ((struct unix_sock *)sock, peer);
	return BPF_CORE_READ(sock, __sk_common.skc_dport);
}

static __always_inline void adopt_unix_names(struct scratch *s, struct task_struct *task,
					     struct sock *sock)
{
	if (unix_address(s, sock))
		emit_lookup(s, task, s->small + 2, unix_path_length(s), AT_FDCWD, false, 0);
	if (remote_address(s, sock, AF_UNIX))
		emit_lookup(s, task, s->small + 2, unix_path_length(s), AT_FDCWD, false, 0);
}

static __always_inline void adopt_socket(struct scratch *s, struct task_struct *task, int fd,
					 struct sock *sock)
{
	__u16 family = BPF_CORE_READ(sock, __sk_common.skc_family);
	bool connected;

	if (family != AF_INET && family != AF_INET6 && family != AF_UNIX)
		return;
	if (family == AF_UNIX)
		adopt_unix_names(s, task, sock);
	if (BPF_CORE_READ(sock, __sk_common.skc_state) == TCP_LISTEN) {
		emit_local(s, task, sock, SLIM_SOCKET_LISTEN, 0, 0);
		return;
	}
	connected = is_connected(sock, family);
	if (connected)
		adopt_connection(s, task, sock);
	else if (family == AF_UNIX && unix_address(s, sock))
		emit_local(s, task, sock, SLIM_SOCKET_BIND, 0, 0);
	/* What a listener accepted has its locks. */
	if (was_bound(sock, family) &&
	    (!connected || BPF_CORE_READ(sock, sk_type) == SOCK_DGRAM))
		emit_local(s, task, sock, SLIM_SOCKET_BIND, 0, 0);
	if (connected && family != AF_UNIX &&
	    BPF_CORE_READ(sock, __sk_common.skc_dport) == __builtin_bswap16(DNS_PORT))
		__sync_fetch_and_or(&dns_descriptors, descriptor_bit(fd));
}

SEC("iter/task_file")
int adopt_file(struct bpf_iter__task_file *context)
{
	struct task_struct *task = context->task;
	struct file *file = context->file;
	struct scratch *s = adopting_scratch();
	struct socket *socket;
	struct sock *sock;

	if (!task || !file || !s || !number_in_container(task))
		return 0;
	if ((BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK) {
		emit_file(s, file, access_of(file));
		return 0;
	}
	socket = BPF_CORE_READ(file, private_data);
	sock = BPF_CORE_READ(socket, sk);
	if (sock)
		adopt_socket(s, task, context->fd, sock);
	return 0;
}

/*
 * What is mapped of a file on overlayfs is the file of the layer beneath, which since Linux 6.7 has
 * the layer's path, from the top of a mount of overlayfs's own, and remembers the path above.
 */
static __always_inline bool is_beneath(struct file *file)
{
	struct vfsmount *mnt = BPF_CORE_READ(file, f_path.mnt);
	struct mount *mount = (struct mount *)mount_of((__u64)mnt);

	return bpf_core_field_exists(struct backing_file, user_path) && mnt &&
	       !(BPF_CORE_READ(mnt, mnt_flags) & MNT_INTERNAL) &&
	       (long)BPF_CORE_READ(mount, mnt_ns) == MNT_NS_INTERNAL;
}

SEC("iter/task_vma")
int adopt_map(struct bpf_iter__task_vma *context)
{
	struct task_struct *task = context->task;
	struct vm_area_struct *area = context->vma;
	struct scratch *s = adopting_scratch();
	struct file *file;

	if (!task || !area || !s || !number_in_container(task))
		return 0;
	file = BPF_CORE_READ(area, vm_file);
	if (file && is_beneath(file))
		emit_place(s, (void *)file + bpf_core_field_offset(struct backing_file, user_path),
			   SLIM_MAPPED);
	else
		emit_file(s, file, SLIM_MAPPED);
	return 0;
}

#endif
