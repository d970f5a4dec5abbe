/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Paths of kernel objects, by walking dentries towards the root.
 *
 * A file below the container's root directory is named by dentries alone, as the image has it:
 * bind mounts, nested mount namespaces and chroots make no difference. Anything else (volumes,
 * tmpfs, /proc) is named through the mounts it is reached by.
 */
#ifndef SLIM_WALK_H
#define SLIM_WALK_H

#include "emit.h"

#define OLD_KERNEL_DEPTH 192 /* components, where bpf_loop() is not to be had */
#define MAX_DEPTH (2 * SLIM_PATH_MAX)

enum walk_outcome {
	WALK_GOING,
	WALK_ON_ROOTFS,  /* below the container's root */
	WALK_ELSEWHERE,  /* another file system, named from the top of its mounts */
	WALK_LOST,       /* ends in a directory that hangs nowhere */
	WALK_TOO_LONG,
};

static __always_inline __u64 mount_of(__u64 vfsmount)
{
	return vfsmount - bpf_core_field_offset(struct mount, mnt);
}

/* One step up; 1 when the walk is over. */
static __noinline int walk_up(struct scratch *s)
{
	struct dentry *dentry = (struct dentry *)s->dentry;
	struct mount *mount = (struct mount *)s->mount;
	struct dentry *parent = NULL;
	struct qstr name = {};
	__u32 start = s->start, length, at;

	if (s->dentry == root_dentry &&
	    (!mount || s->mount == mount_of(root_mount))) {
		s->outcome = WALK_ON_ROOTFS;
		return 1;
	}
	if (mount && s->dentry == s->mount_root) {
		struct mount *above = BPF_CORE_READ(mount, mnt_parent);

		if (above == mount || !above) {
			s->outcome = WALK_ELSEWHERE;
			return 1;
		}
		s->dentry = (__u64)BPF_CORE_READ(mount, mnt_mountpoint);
		s->mount = (__u64)above;
		s->mount_root = (__u64)BPF_CORE_READ(above, mnt.mnt_root);
		return 0;
	}
	parent = BPF_CORE_READ(dentry, d_parent);
	if (parent == dentry || !parent) {
		s->outcome = WALK_LOST;
		return 1;
	}
	length = BPF_CORE_READ(dentry, d_name.len);
	name.name = BPF_CORE_READ(dentry, d_name.name);
	if (length + 1 > start || length >= SLIM_PATH_MAX) {
		s->outcome = WALK_TOO_LONG;
		return 1;
	}
	at = (start - length) & (SLIM_PATH_MAX - 1);
	if (bpf_probe_read_kernel(&s->path[at], length & (SLIM_PATH_MAX - 1), name.name)) {
		s->outcome = WALK_LOST;
		return 1;
	}
	at = (start - length - 1) & (SLIM_PATH_MAX - 1);
	s->path[at] = '/';
	s->start = start - length - 1;
	s->dentry = (__u64)parent;
	return 0;
}

struct walk_context {
	struct scratch *s;
};

static long walk_loop(__u32 index, struct walk_context *context)
{
	(void)index;
	return walk_up(context->s);
}

static __always_inline void walk(struct scratch *s)
{
	s->start = SLIM_PATH_MAX;
	s->outcome = WALK_GOING;
	if (have_loop) {
		struct walk_context context = { .s = s };

		bpf_loop(MAX_DEPTH, walk_loop, &context, 0);
	} else {
		int i;

		for (i = 0; i < OLD_KERNEL_DEPTH; i++)
			if (walk_up(s))
				break;
	}
	if (s->outcome == WALK_GOING)
		s->outcome = WALK_TOO_LONG;
}

/*
 * Leaves the path of a place in s->path[s->start ..] and how it went in s->outcome. Returns 1 when
 * there is a path. What cannot be named is counted when it may be the image's.
 */
__attribute__((noinline)) int resolve(struct scratch *s, __u64 vfsmount, __u64 dentry)
{
	struct super_block *super;

	if (!s || !vfsmount || !dentry)
		return 0;
	super = BPF_CORE_READ((struct vfsmount *)vfsmount, mnt_sb);
	if ((__u64)super == root_super) {
		s->dentry = dentry;
		s->mount = 0;
		walk(s);
		if (s->outcome == WALK_ON_ROOTFS)
			return 1;
		if (s->outcome == WALK_TOO_LONG) {
			count(&losses.paths_truncated);
			return 0;
		}
		/* The same file system, but not below the root: a volume from beside it. */
	}
	s->dentry = dentry;
	s->mount = mount_of(vfsmount);
	s->mount_root = (__u64)BPF_CORE_READ((struct vfsmount *)vfsmount, mnt_root);
	walk(s);
	if (s->outcome == WALK_ELSEWHERE || s->outcome == WALK_ON_ROOTFS) {
		s->outcome = WALK_ELSEWHERE;
		return 1;
	}
	if (s->outcome == WALK_TOO_LONG)
		count(&losses.paths_truncated);
	else if ((__u64)super == root_super)
		count(&losses.unresolved_paths);
	return 0;
}

static __always_inline int resolve_path(struct scratch *s, struct path *path)
{
	return resolve(s, (__u64)BPF_CORE_READ(path, mnt), (__u64)BPF_CORE_READ(path, dentry));
}

static __always_inline struct file *file_of(struct task_struct *task, int fd)
{
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **files, *file = NULL;

	if (fd < 0 || (__u32)fd >= BPF_CORE_READ(table, max_fds))
		return NULL;
	files = BPF_CORE_READ(table, fd);
	bpf_probe_read_kernel(&file, sizeof(file), files + fd);
	return file;
}

/* Puts the directory that a written path starts from into s->path; 0 if there is none. */
static __always_inline int resolve_base(struct scratch *s, struct task_struct *task, char first,
					int directory, bool in_directory)
{
	struct path *root = (void *)BPF_CORE_READ(task, fs) +
			    bpf_core_field_offset(struct fs_struct, root);
	struct file *file;

	if (first == '/' && !in_directory) {
		if ((__u64)BPF_CORE_READ(root, dentry) == root_dentry) {
			s->start = SLIM_PATH_MAX;
			return 1;
		}
		return resolve_path(s, root);
	}
	if (directory == AT_FDCWD) {
		struct path *pwd = (void *)BPF_CORE_READ(task, fs) +
				   bpf_core_field_offset(struct fs_struct, pwd);

		return resolve_path(s, pwd);
	}
	file = file_of(task, directory);
	if (!file)
		return 0;
	return resolve_path(s, (void *)file + bpf_core_field_offset(struct file, f_path));
}

#endif
