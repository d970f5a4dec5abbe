/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The few members of kernel structures that slim reads. Offsets are relocated against the running
 * kernel's BTF (CO-RE), so order and size here mean nothing.
 */
#ifndef SLIM_KERNEL_TYPES_H
#define SLIM_KERNEL_TYPES_H

#include <linux/bpf.h>

typedef _Bool bool;
typedef __s32 pid_t;
#define true 1
#define false 0
#define NULL ((void *)0)

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct qstr {
	__u32 len;
	const unsigned char *name;
};

struct super_block;

struct inode {
	__u16 i_mode;
	__u32 i_nlink;
};

struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
	struct super_block *d_sb;
};

struct vfsmount {
	struct dentry *mnt_root;
	struct super_block *mnt_sb;
	int mnt_flags;
};

struct mnt_namespace;

struct mount {
	struct mnt_namespace *mnt_ns;
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file {
	unsigned int f_mode;
	unsigned int f_flags;
	struct path f_path;
	struct inode *f_inode;
	void *private_data;
};

/* What is mapped of a file on overlayfs: the file beneath, and since Linux 6.7 the path above. */
struct backing_file {
	struct path user_path;
};

struct vm_area_struct {
	struct file *vm_file;
};

struct fs_struct {
	struct path root;
	struct path pwd;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct mm_struct {
	struct file *exe_file;
};

struct ns_common {
	unsigned int inum;
};

struct pid_namespace {
	struct ns_common ns;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	unsigned int level;
	struct upid numbers[];
};

struct user_namespace;

typedef struct {
	__u32 val;
} kuid_t;

struct cred {
	kuid_t euid;
	struct user_namespace *user_ns;
};

typedef struct {
	int counter;
} atomic_t;

struct signal_struct {
	atomic_t live;
	unsigned int flags;
	int group_exit_code;
};

struct thread_info {
	unsigned long flags;
	__u32 status;
};

struct task_struct {
	struct thread_info thread_info;
	void *stack;
	unsigned int flags;
	pid_t pid;
	pid_t tgid;
	int exit_code;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	struct fs_struct *fs;
	struct files_struct *files;
	struct mm_struct *mm;
	struct signal_struct *signal;
	const struct cred *real_cred;
	const struct cred *cred;
};

struct linux_binprm {
	struct file *file;
	const char *filename;
	const char *interp;
	const char *fdpath;
};

struct in6_addr_bytes {
	__u8 bytes[16];
};

struct sock_common {
	__u32 skc_daddr;
	__u32 skc_rcv_saddr;
	__u16 skc_dport;
	__u16 skc_num;
	__u16 skc_family;
	unsigned char skc_state;
	unsigned char skc_ipv6only : 1;
	struct in6_addr_bytes skc_v6_daddr;
	struct in6_addr_bytes skc_v6_rcv_saddr;
};

struct sock {
	struct sock_common __sk_common;
	__u8 sk_userlocks : 4;
	__u16 sk_type;
	__u16 sk_protocol;
};

struct socket {
	struct sock *sk;
};

struct sockaddr_un {
	__u16 sun_family;
	char sun_path[108];
};

struct unix_address {
	int len;
	struct sockaddr_un name[];
};

struct unix_sock {
	struct unix_address *addr;
	struct sock *peer;
};

struct io_kiocb {
	__u8 opcode;
};

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long bp, bx, r10, r9, r8, ax, cx, dx, si, di, orig_ax, cs;
};
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs {
	__u64 regs[31];
	__u64 orig_x0;
	__s32 syscallno;
};
#else
#error "slim's BPF programs know x86-64 and arm64"
#endif

#pragma clang attribute pop

/* What iterators are called with: their own ABI, the same on every kernel. */
struct bpf_iter__task {
	__u64 meta;
	struct task_struct *task;
};

struct bpf_iter__task_file {
	__u64 meta;
	struct task_struct *task;
	__u32 fd;
	__u32 padding;
	struct file *file;
};

struct bpf_iter__task_vma {
	__u64 meta;
	struct task_struct *task;
	struct vm_area_struct *vma;
};

/* Constants that are macros in the kernel, so not in its BTF; all are older than Linux 5.0. */
#define FMODE_READ 0x1
#define FMODE_WRITE 0x2
#define FMODE_CREATED 0x100000
#define O_PATH 010000000
#define MAP_ANONYMOUS 0x20
#define MNT_INTERNAL 0x4000
#define MNT_NS_INTERNAL (-22L) /* ERR_PTR(-EINVAL): the kernel's own mounts */
#define S_IFMT 0170000
#define S_IFSOCK 0140000
#define SIGNAL_GROUP_EXIT 0x4
#define SOCK_DGRAM 2
#define SOCK_BINDADDR_LOCK 4
#define SOCK_BINDPORT_LOCK 8
#define TCP_LISTEN 10
#define RESOLVE_IN_ROOT 0x10
#define AT_FDCWD (-100)
#define W_OK 2
#define CLONE_ANY_NEW_NAMESPACE 0x7e020000 /* CLONE_NEW{NS,CGROUP,UTS,IPC,USER,PID,NET} */
#define CAP_SYS_ADMIN 21
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define IPPROTO_UDP 17

#define EBADF 9
#define EFAULT 14
#define ENOSYS 38
#define EINVAL 22
#define ENAMETOOLONG 36
#define ENOTSOCK 88
#define ERESTARTSYS 512 /* 512 to 516 are the kernel's own: the call is made again */

#endif
