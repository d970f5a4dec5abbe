/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Programs that are executed. */
#ifndef SLIM_EXEC_H
#define SLIM_EXEC_H

#include "files.h"

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
	if (script)
		s->event.flags |= SLIM_SCRIPT;
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
	emit(s, script); /* a script is looked up again by user space: the sooner, the better */
	emit_file(s, file, SLIM_EXECUTED);
	if (script) {
		length = take_name(text, interp);
		emit_lookup(s, task, text->bytes, length, AT_FDCWD, false, 0);
	}
}

#endif
