// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * slim's tracer. Everything hangs on typed raw tracepoints: they need no kprobes, no trampolines
 * and no LSM hooks, so they load on kernels that are locked down.
 *
 * A task is recorded from its first exec inside the container's pid namespace, or from its birth
 * when its parent is; what the runtime itself does there before is not the application's.
 */
#include "sockets.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define X32_BIT 0x40000000
#define NAMESPACES_MAX 32 /* MAX_PID_NS_LEVEL */

/* ---- Which tasks ------------------------------------------------------------------------- */

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
		if (BPF_CORE_READ(upid, ns, ns.inum) == wanted)
			return BPF_CORE_READ(upid, nr);
	}
	return 0;
}

static __always_inline struct task_state *record(struct task_struct *task)
{
	struct task_state *t =
		bpf_task_storage_get(&tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!t)
		count(&losses.tasks_lost);
	return t;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	struct task_state *above = recorded(parent), *t;

	if (!above)
		return 0;
	t = record(child);
	if (!t)
		return 0;
	if (child->pid == child->tgid)
		count(&processes);
	else /* any thread may execute, and be the process from then on */
		t->is_init = above->is_init;
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	struct slim_event event = { .type = SLIM_EVENT_INIT_EXIT };
	struct task_state *t = recorded(task);

	if (!t || !t->is_init || task->signal->live.counter != 0)
		return 0;
	event.value = task->signal->flags & SIGNAL_GROUP_EXIT ? task->signal->group_exit_code
							       : task->group_leader->exit_code;
	if (bpf_ringbuf_output(&events, &event, sizeof(event), BPF_RB_FORCE_WAKEUP))
		count(&losses.events_lost);
	return 0;
}

/* ---- System calls ------------------------------------------------------------------------ */

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

/* Reads what may be gone at the end of the call. */
static __always_inline void take_paths(struct task_struct *task, struct task_state *t)
{
	struct scratch *s = scratch_of(SCRATCH_ENTER);
	struct task_extra *extra;
	struct task_text *text;
	int directory = AT_FDCWD;
	__u64 user = argument(t, t->call.path);

	t->have_base = 0;
	t->text_length = 0;
	if (user) {
		text = text_of(task);
		if (!text)
			return;
		t->text_length = bpf_probe_read_user_str(text->bytes, SLIM_PATH_MAX, (void *)user);
		if (t->call.bits & SLIM_BASE_AT_ENTRY && s) {
			extra = extra_of(task);
			if (t->call.directory >= 0)
				directory = argument(t, t->call.directory);
			if (extra && resolve_base(s, task, text->bytes[0], directory, false)) {
				__u32 start = s->start & (SLIM_PATH_MAX - 1);
				__u32 length = SLIM_PATH_MAX - start;

				if (s->start >= SLIM_PATH_MAX) {
					extra->bytes[0] = '/';
					length = 1;
				} else {
					bpf_probe_read_kernel(extra->bytes, length,
							      &s->path[start]);
				}
				extra->base_length = length;
				t->have_base = 1;
			}
		}
	}
	user = argument(t, t->call.second_path);
	t->second_length = 0;
	if (user) {
		extra = extra_of(task);
		if (extra)
			t->second_length = bpf_probe_read_user_str(extra->bytes, SLIM_PATH_MAX,
								   (void *)user);
	}
}

/* clone(2) and clone3(2) ask for CAP_SYS_ADMIN in earnest when they make namespaces. */
static __always_inline bool makes_namespace(struct task_state *t)
{
	__u64 flags = 0;

	if (t->call.bits & SLIM_CLONE_CALL)
		flags = t->args[0];
	else if (t->call.bits & SLIM_CLONE3_CALL)
		bpf_probe_read_user(&flags, sizeof(flags), (void *)t->args[0]);
	return flags & CLONE_ANY_NEW_NAMESPACE;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(on_sys_enter, struct pt_regs *regs, long id)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *t = recorded(task);
	__u32 abi, now = phase;
	__u64 nr;

	if (!t)
		return 0;
	abi = abi_of(task, id);
	nr = abi == SLIM_ABI_X32 ? id & ~X32_BIT : id;
	if (nr >= SLIM_MAX_CALLS || abi >= SLIM_ABIS || now >= SLIM_PHASES) {
		odd_call(id, abi);
		return 0;
	}
	if (!syscalls_seen[now][abi][nr])
		syscalls_seen[now][abi][nr] = 1;
	t->nr = nr;
	t->abi = abi;
	__builtin_memcpy(&t->call, (const void *)&calls[abi][nr], sizeof(t->call));
	t->in_passing = 0;
	if (!t->call.kind && !t->call.bits)
		return 0;
	take_arguments(t, regs, abi);
	if (t->call.bits & SLIM_MEMORY_CALL)
		t->in_passing = !makes_namespace(t);
	if (!t->call.kind)
		return 0;
	switch (t->call.kind) {
	case SLIM_CALL_MAP:
		if (argument(t, t->call.flags) & MAP_ANONYMOUS)
			return 0;
		break;
	case SLIM_CALL_SEND_TO:
		if (!t->args[4])
			return 0;
		break;
	case SLIM_CALL_OPEN:
	case SLIM_CALL_OPEN_HOW:
	case SLIM_CALL_LOOKUP:
	case SLIM_CALL_EXEC:
		take_paths(task, t);
		break;
	}
	t->pending = 1;
	return 0;
}

/* i386 socketcall(2): the arguments are in memory. */
static __always_inline __u8 unpack_socketcall(struct task_state *t, long result)
{
	__u32 args[6] = {};
	__u8 kind;
	int i;

	switch (t->args[0]) {
	case 2: kind = SLIM_CALL_BIND; break;
	case 3: kind = SLIM_CALL_CONNECT; break;
	case 4: kind = SLIM_CALL_LISTEN; break;
	case 5:
	case 18: kind = SLIM_CALL_ACCEPT; break;
	case 11: kind = SLIM_CALL_SEND_TO; break;
	case 16: kind = SLIM_CALL_SEND_MSG; break;
	case 20: kind = SLIM_CALL_SEND_MMSG; break;
	default: return SLIM_CALL_NONE;
	}
	if (kind == SLIM_CALL_SEND_TO)
		i = bpf_probe_read_user(args, 6 * 4, (void *)t->args[1]);
	else
		i = bpf_probe_read_user(args, 2 * 4, (void *)t->args[1]);
	if (!i && (kind == SLIM_CALL_BIND || kind == SLIM_CALL_CONNECT))
		i = bpf_probe_read_user(args, 3 * 4, (void *)t->args[1]);
	if (i) {
		if (result != -EFAULT)
			count(&losses.strings_unreadable);
		return SLIM_CALL_NONE;
	}
	for (i = 0; i < 6; i++)
		t->args[i] = args[i];
	return kind;
}

struct messages_context {
	struct scratch *s;
	__u64 message;
	long result; /* how many were sent, or an error on the first */
	__u32 size;
};

static long end_message(__u32 index, struct messages_context *messages)
{
	if (index && index >= messages->result)
		return 1;
	send_call(messages->s, messages->message, messages->result);
	messages->message += messages->size;
	return 0;
}

static __always_inline void end_messages(struct scratch *s, struct task_state *t, long result)
{
	struct messages_context messages = {
		.s = s,
		.message = t->args[1],
		.result = result,
		.size = t->abi == SLIM_ABI_NATIVE ? MESSAGE_SIZE : COMPAT_MESSAGE_SIZE,
	};
	__u32 i;

	if (have_loop) {
		bpf_loop(MESSAGES_MAX, end_message, &messages, 0);
		return;
	}
	for (i = 0; i < MESSAGES_MAX; i++)
		if (end_message(i, &messages))
			break;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs *regs, long result)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *t = recorded(task);
	int error = result < 0 && result >= -4095 ? -result : 0;
	struct scratch *s;
	struct file *file;
	__u8 kind;

	if (!t || !t->pending)
		return 0;
	t->pending = 0;
	s = scratch_of(SCRATCH_EXIT);
	if (!s)
		return 0;
	if (t->abi == SLIM_ABI_COMPAT && (__s32)result < 0 && (__s32)result >= -4095)
		error = -(__s32)result; /* zero-extended on some kernels */
	kind = t->call.kind;
	if (kind == SLIM_CALL_SOCKETCALL)
		kind = unpack_socketcall(t, result);
	switch (kind) {
	case SLIM_CALL_OPEN:
	case SLIM_CALL_OPEN_HOW:
		first_lookup(s, task, t, error);
		if (error)
			return 0;
		file = file_of(task, result);
		if (file)
			emit_file(s, file, access_of(file));
		return 0;
	case SLIM_CALL_LOOKUP:
		first_lookup(s, task, t, error);
		second_lookup(s, task, t, error);
		return 0;
	case SLIM_CALL_EXEC:
		if (error)
			first_lookup(s, task, t, error);
		return 0;
	case SLIM_CALL_LIST:
	case SLIM_CALL_MAP:
		if (error)
			return 0;
		file = file_of(task, argument(t, t->call.fd));
		if (file)
			emit_file(s, file, kind == SLIM_CALL_LIST ? SLIM_LISTED : SLIM_MAPPED);
		return 0;
	case SLIM_CALL_SEND_MSG:
		send_call(s, t->args[1], result);
		return 0;
	case SLIM_CALL_SEND_MMSG:
		end_messages(s, t, result);
		return 0;
	case SLIM_CALL_NONE:
		return 0;
	}
	socket_call(s, kind, error ? -(long)error : result);
	return 0;
}

/* ---- Exec -------------------------------------------------------------------------------- */

/* The first recorded exec of the container: what its world looks like from inside. */
static __always_inline void take_container(struct task_struct *task)
{
	root_dentry = (__u64)BPF_CORE_READ(task, fs, root.dentry);
	root_mount = (__u64)BPF_CORE_READ(task, fs, root.mnt);
	root_super = (__u64)BPF_CORE_READ(task, fs, root.dentry, d_sb);
	container_user_ns = (__u64)BPF_CORE_READ(task, real_cred, user_ns);
}

/* How many bytes of a kernel string, without NUL; it is left in text->bytes. */
static __always_inline __u32 take_name(struct task_text *text, const char *name)
{
	long length = bpf_probe_read_kernel_str(text->bytes, SLIM_PATH_MAX, name);

	return length > 1 ? length - 1 : 0;
}

static __always_inline void emit_exec(struct scratch *s, struct task_struct *task,
				      struct task_state *t, struct linux_binprm *bprm)
{
	struct file *file = BPF_CORE_READ(bprm, file);
	const char *filename = BPF_CORE_READ(bprm, filename);
	const char *interp = BPF_CORE_READ(bprm, interp);
	bool script = interp != filename;
	struct task_text *text = text_of(task);
	struct task_extra *extra = extra_of(task);
	__u32 length, base_length = 0;

	if (!text || !extra || !file)
		return;
	if (t->pending && t->have_base && t->text_length > 0) {
		/* execveat: the descriptor may be closed by now. */
		length = t->text_length - 1;
		base_length = extra->base_length;
	} else if (bpf_core_field_exists(bprm->fdpath) && BPF_CORE_READ(bprm, fdpath)) {
		length = 0; /* a bare descriptor: the file itself stands for the name */
	} else {
		length = take_name(text, filename);
	}
	begin_event(s, SLIM_EVENT_EXEC);
	s->event.flags = script ? SLIM_SCRIPT : 0;
	if (base_length) {
		add_string(s, extra->bytes, base_length);
	} else {
		if (!resolve_base(s, task, text->bytes[0], AT_FDCWD, false))
			s->start = SLIM_PATH_MAX;
		add_walked(s);
	}
	add_string(s, text->bytes, length);
	if (resolve_path(s, (void *)file + bpf_core_field_offset(struct file, f_path)))
		add_walked(s);
	else
		add_string(s, s->path, 0);
	if (script && resolve_base(s, task, 0, AT_FDCWD, false))
		add_walked(s);
	emit(s, 0);
	emit_file(s, file, SLIM_EXECUTED);
	if (script) {
		length = take_name(text, interp);
		emit_lookup(s, task, text->bytes, length, AT_FDCWD, false, 0);
	}
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
		count(&processes);
		t->is_init = number == 1;
		/* Its sys_enter came before the task was known. */
		if (phase < SLIM_PHASES && execve_number < SLIM_MAX_CALLS)
			syscalls_seen[phase][SLIM_ABI_NATIVE][execve_number] = 1;
	}
	if (s)
		emit_exec(s, task, t, bprm);
	return 0;
}

/* ---- What makes no system call of its own -------------------------------------------------- */

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
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *t = recorded(task);
	__u64 bit;

	(void)target;
	(void)found_in;
	if (!t || capability < 0 || capability > 63)
		return 0;
	/* Borrowed credentials (overlayfs, access(2)) and those of inner user namespaces. */
	if (cred != task->real_cred || (__u64)cred->user_ns != container_user_ns)
		return 0;
	if (capability == CAP_SYS_ADMIN && t->in_passing)
		return 0;
	bit = 1ULL << capability;
	if (result == 0 && !(capabilities_granted & bit))
		__sync_fetch_and_or(&capabilities_granted, bit);
	else if (result != 0 && !(capabilities_denied & bit))
		__sync_fetch_and_or(&capabilities_denied, bit);
	return 0;
}
