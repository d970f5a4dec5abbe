/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The two ends of a system call. */
#ifndef SLIM_CALLS_H
#define SLIM_CALLS_H

#include "call_of.h"
#include "sockets.h"

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

/* Whether there will be anything to tell when the call is over. */
static __always_inline bool end_matters(struct task_state *t)
{
	switch (t->call.kind) {
	case SLIM_CALL_NONE:
		return false;
	case SLIM_CALL_MAP:
		return !(argument(t, t->call.flags) & MAP_ANONYMOUS);
	case SLIM_CALL_SEND_TO:
		return t->args[4] || may_ask(t);
	case SLIM_CALL_WRITE:
	case SLIM_CALL_WRITE_VECTOR:
		return may_ask(t);
	}
	return true;
}

static __always_inline int enter_call(struct pt_regs *regs, long id)
{
	struct task_struct *task = bpf_get_current_task_btf();
	const volatile struct slim_call *call;
	struct task_state *t;
	struct scratch *s;
	__u32 abi, nr;

	if (nothing_new(task, id) || task->thread_pid->level < container_level)
		return 0;
	t = recorded(task);
	if (!t)
		return 0;
	if (t->unentered) {
		t->unentered = 0;
		__sync_fetch_and_add(&pending_calls, -1);
	}
	call = identify(task, id, &abi, &nr);
	/* Who has no name server's socket writes it no questions, however much else. */
	if (!call || is_quiet(call) || (is_write(call) && !dns_descriptors))
		return 0;
	take_call(t, call, regs, abi, nr);
	s = scratch_of(SCRATCH_ENTER);
	if (s && t->call.bits & SLIM_ARGUMENTS)
		tell_arguments(s, t);
	if (!end_matters(t))
		return 0;
	switch (t->call.kind) {
	case SLIM_CALL_OPEN:
	case SLIM_CALL_OPEN_HOW:
	case SLIM_CALL_LOOKUP:
	case SLIM_CALL_ACCESS:
	case SLIM_CALL_EXEC:
		take_paths(task, t);
		break;
	}
	if (!t->pending)
		count(&pending_calls);
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
	case 9: /* SYS_SEND */
	case 11: kind = SLIM_CALL_SEND_TO; break;
	case 16: kind = SLIM_CALL_SEND_MSG; break;
	case 20: kind = SLIM_CALL_SEND_MMSG; break;
	default: return SLIM_CALL_NONE;
	}
	if (t->args[0] == 9)
		i = bpf_probe_read_user(args, 4 * 4, (void *)t->args[1]);
	else if (kind == SLIM_CALL_SEND_TO)
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

	if (!result) /* of no messages: a look whether the kernel knows the call, as libuv has */
		return;
	if (have_loop) {
		bpf_loop(MESSAGES_MAX, end_message, &messages, 0);
		return;
	}
	for (i = 0; i < MESSAGES_MAX; i++)
		if (end_message(i, &messages))
			break;
}

/* The task was taken over within this call: what is done at entry is done now, as far as it can. */
static __always_inline void enter_late(struct scratch *s, struct task_struct *task,
				       struct task_state *t, struct pt_regs *regs)
{
	t->unentered = 0;
	t->have_base = 0;
	t->text_length = -1;
	t->second_length = -1;
	if (!call_in_progress(task, t, regs))
		return;
	if (t->call.bits & SLIM_ARGUMENTS)
		tell_arguments(s, t);
	t->pending = end_matters(t);
}

static __always_inline int exit_call(struct pt_regs *regs, long result)
{
	struct task_struct *task;
	struct task_state *t;
	int error = result < 0 && result >= -4095 ? -result : 0;
	struct scratch *s;
	struct file *file;
	__u8 kind;

	if (!pending_calls)
		return 0;
	task = bpf_get_current_task_btf();
	t = recorded(task);
	s = scratch_of(SCRATCH_EXIT);
	if (!t || !s || !(t->pending || t->unentered))
		return 0;
	__sync_fetch_and_add(&pending_calls, -1);
	if (t->unentered)
		enter_late(s, task, t, regs);
	if (!t->pending)
		return 0;
	t->pending = 0;
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
	case SLIM_CALL_ACCESS:
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

#endif
