/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Lookups (paths as written) and files (paths as the kernel has them). */
#ifndef SLIM_FILES_H
#define SLIM_FILES_H

#include "walk.h"

struct open_how {
	__u64 flags;
	__u64 mode;
	__u64 resolve;
};

static __always_inline __u64 argument(struct task_state *t, __s8 index)
{
	__u8 at = index;

	if (at > 5)
		return 0;
	return t->args[at];
}

static __always_inline struct task_text *text_of(struct task_struct *task)
{
	struct task_text *text =
		bpf_task_storage_get(&texts, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!text)
		count(&losses.tasks_lost);
	return text;
}

static __always_inline struct task_extra *extra_of(struct task_struct *task)
{
	struct task_extra *extra =
		bpf_task_storage_get(&extras, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!extra)
		count(&losses.tasks_lost);
	return extra;
}

/*
 * A written path that was in memory at entry is used as it was then. Otherwise it is read again now
 * that the kernel itself has read it. Returns its length without NUL; 0 when there is nothing to
 * tell; a string that neither time could be read is a loss, unless the kernel could not read it
 * either.
 */
static __always_inline __u32 written(char *text, __s32 at_entry, __u64 user, int error)
{
	__s32 length = at_entry;

	if (length < 0) {
		if (!user || error == EFAULT)
			return 0;
		length = bpf_probe_read_user_str(text, SLIM_PATH_MAX, (void *)user);
		if (length < 0) {
			count(&losses.strings_unreadable);
			return 0;
		}
	}
	return length > 1 ? length - 1 : 0;
}

/* Whether a call that ended so looked a path up at all, and for good. */
static __always_inline bool looked_up(int error)
{
	if (error == EFAULT || error == EBADF || error == ENAMETOOLONG)
		return false;
	return error < ERESTARTSYS || error > ERESTARTSYS + 4;
}

static __always_inline void emit_lookup_with(struct scratch *s, struct task_struct *task,
					     const char *text, __u32 length, int directory,
					     bool in_directory, int error, __u16 flags)
{
	if (!length || !resolve_base(s, task, text[0], directory, in_directory))
		return;
	begin_event(s, SLIM_EVENT_LOOKUP);
	s->event.value = error;
	s->event.flags = flags;
	add_walked(s);
	add_string(s, text, length);
	emit(s, 0);
}

static __always_inline void emit_lookup(struct scratch *s, struct task_struct *task,
					const char *text, __u32 length, int directory,
					bool in_directory, int error)
{
	emit_lookup_with(s, task, text, length, directory, in_directory, error, 0);
}

static __always_inline void emit_place(struct scratch *s, struct path *path, __u32 access)
{
	struct dentry *dentry;
	char first = 0;

	if (BPF_CORE_READ(path, mnt, mnt_flags) & MNT_INTERNAL)
		return; /* a pipe, a socket, a memfd: it has no place in a file tree */
	dentry = BPF_CORE_READ(path, dentry);
	if (BPF_CORE_READ(dentry, d_inode, i_nlink) == 0) {
		/* O_TMPFILE: "#" and its inode number, in no directory. */
		bpf_probe_read_kernel(&first, 1, BPF_CORE_READ(dentry, d_name.name));
		if (first == '#')
			return;
	}
	if (!resolve_path(s, path))
		return;
	begin_event(s, SLIM_EVENT_FILE);
	s->event.access = access;
	if (s->outcome == WALK_ON_ROOTFS)
		s->event.flags |= SLIM_ON_ROOTFS;
	add_walked(s);
	emit(s, 0);
}

static __always_inline void emit_file(struct scratch *s, struct file *file, __u32 access)
{
	if (file)
		emit_place(s, (void *)file + bpf_core_field_offset(struct file, f_path), access);
}

static __always_inline __u32 access_of(struct file *file)
{
	__u32 mode = BPF_CORE_READ(file, f_mode), access = 0;

	if (mode & FMODE_READ)
		access |= SLIM_READ;
	if (mode & FMODE_WRITE)
		access |= SLIM_WRITTEN;
	if (mode & FMODE_CREATED)
		access |= SLIM_CREATED;
	return access ? access : SLIM_LOOKED_UP; /* O_PATH, or no access at all */
}

/* The lookup of the call's first path, with the base as it was at entry if the call moves it. */
static __always_inline void first_lookup(struct scratch *s, struct task_struct *task,
					 struct task_state *t, int error)
{
	struct task_text *text;
	struct task_extra *extra;
	bool in_directory = false;
	__u32 length, base_length;
	int directory = AT_FDCWD;
	__u16 flags = 0;

	if (t->call.path < 0 || !looked_up(error))
		return;
	text = text_of(task);
	if (!text)
		return;
	length = written(text->bytes, t->text_length, argument(t, t->call.path), error);
	if (!length)
		return;
	if (t->have_base) {
		extra = bpf_task_storage_get(&extras, task, 0, 0);
		if (!extra)
			return;
		base_length = extra->base_length;
		begin_event(s, SLIM_EVENT_LOOKUP);
		s->event.value = error;
		add_string(s, extra->bytes, base_length);
		add_string(s, text->bytes, length);
		emit(s, 0);
		return;
	}
	if (t->call.directory >= 0)
		directory = argument(t, t->call.directory);
	if (t->call.kind == SLIM_CALL_OPEN_HOW) {
		struct open_how how = {};

		bpf_probe_read_user(&how, sizeof(how), (void *)argument(t, t->call.flags));
		in_directory = how.resolve & RESOLVE_IN_ROOT;
	}
	if (t->call.kind == SLIM_CALL_ACCESS && !error && argument(t, t->call.flags) & W_OK)
		flags = SLIM_MAY_WRITE;
	emit_lookup_with(s, task, text->bytes, length, directory, in_directory, error, flags);
}

static __always_inline void second_lookup(struct scratch *s, struct task_struct *task,
					  struct task_state *t, int error)
{
	struct task_extra *extra;
	int directory = AT_FDCWD;
	__u32 length;

	if (t->call.second_path < 0 || !looked_up(error))
		return;
	extra = extra_of(task);
	if (!extra)
		return;
	length = written(extra->bytes, t->second_length, argument(t, t->call.second_path), error);
	if (t->call.second_directory >= 0)
		directory = argument(t, t->call.second_directory);
	emit_lookup(s, task, extra->bytes, length, directory, false, error);
}

#endif
