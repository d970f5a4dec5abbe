/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tracee CASE: makes one system call (and what it cannot do without), in a directory that the test
 * has prepared: file f, script s, directory d with file x, symlinks l -> f and dangling -> nowhere.
 * Linked statically, so that next to nothing happens besides. Exit status 0 when the call did what
 * the case is about.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

#include "tracee.h"

#define PATH_CASE(name, expression) \
	static int case_##name(void) { return (expression) < 0; }
/* The call is to fail with this errno. */
#define FAILING_CASE(name, expression, error) \
	static int case_##name(void) { return !((expression) < 0 && errno == (error)); }

static char buffer[8192];
static struct stat status;

PATH_CASE(open_read, syscall(SYS_open, "f", O_RDONLY))
PATH_CASE(open_absolute, syscall(SYS_open, "/etc/passwd", O_RDONLY))
FAILING_CASE(open_missing, syscall(SYS_open, "/no/such/file", O_RDONLY), ENOENT)
FAILING_CASE(open_not_directory, syscall(SYS_open, "f/x", O_RDONLY), ENOTDIR)
FAILING_CASE(open_dangling, syscall(SYS_openat, AT_FDCWD, "dangling", O_RDONLY), ENOENT)
FAILING_CASE(open_nofollow, syscall(SYS_openat, AT_FDCWD, "l", O_RDONLY | O_NOFOLLOW), ELOOP)
FAILING_CASE(open_empty, syscall(SYS_openat, AT_FDCWD, "", O_RDONLY), ENOENT)
FAILING_CASE(open_bad_pointer, syscall(SYS_openat, AT_FDCWD, (char *)8, O_RDONLY), EFAULT)
FAILING_CASE(open_bad_directory, syscall(SYS_openat, 99, "f", O_RDONLY), EBADF)
PATH_CASE(open_symlink, syscall(SYS_openat, AT_FDCWD, "l", O_RDONLY))
PATH_CASE(open_dotdot, syscall(SYS_openat, AT_FDCWD, "d/.././/f", O_RDONLY))
PATH_CASE(open_write, syscall(SYS_openat, AT_FDCWD, "f", O_WRONLY))
PATH_CASE(open_both, syscall(SYS_openat, AT_FDCWD, "f", O_RDWR))
PATH_CASE(open_path, syscall(SYS_openat, AT_FDCWD, "f", O_PATH))
PATH_CASE(open_create, syscall(SYS_openat, AT_FDCWD, "new", O_CREAT | O_WRONLY, 0600))
PATH_CASE(open_create_existing, syscall(SYS_openat, AT_FDCWD, "f", O_CREAT | O_WRONLY, 0600))
PATH_CASE(open_create_dangling, syscall(SYS_openat, AT_FDCWD, "dangling", O_CREAT | O_RDWR, 0600))
PATH_CASE(open_exclusive, syscall(SYS_openat, AT_FDCWD, "new", O_CREAT | O_EXCL | O_RDWR, 0600))
PATH_CASE(open_temporary, syscall(SYS_openat, AT_FDCWD, ".", O_TMPFILE | O_RDWR, 0600))
PATH_CASE(creat, syscall(SYS_creat, "new", 0600))
PATH_CASE(open_fifo, syscall(SYS_openat, AT_FDCWD, "fifo", O_RDONLY | O_NONBLOCK))
PATH_CASE(open_memory_file, memfd_create("memory", 0))

static int case_open_directory_fd(void)
{
	int directory = open("d", O_RDONLY | O_DIRECTORY);
	return openat(directory, "x", O_RDONLY) < 0;
}

static int case_openat2_in_root(void)
{
	int directory = open("d", O_PATH | O_DIRECTORY);
	struct open_how how = {.flags = O_RDONLY, .resolve = RESOLVE_IN_ROOT};
	return syscall(SYS_openat2, directory, "/x", &how, sizeof how) < 0;
}

static int case_open_too_long(void)
{
	memset(buffer, 'a', 5000);
	buffer[5000] = 0;
	return !(open(buffer, O_RDONLY) < 0 && errno == ENAMETOOLONG);
}

static int case_open_deep(void)
{
	char path[4000] = "";
	int i;
	for (i = 0; i < 150; i++) {
		if (mkdir("directory-with-a-name", 0700) || chdir("directory-with-a-name"))
			return 1;
		if (i < 100)
			strcat(path, "directory-with-a-name/");
	}
	return open("file", O_CREAT | O_WRONLY, 0600) < 0;
}

static int case_open_deleted_directory(void)
{
	if (mkdir("gone", 0700) || chdir("gone") || rmdir("../gone"))
		return 1;
	return !(open("x", O_RDONLY) < 0 && errno == ENOENT);
}

static int case_open_page_end(void)
{
	/* The string ends where the mapping ends. */
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *text = page + 4096 - 2;
	munmap(page + 4096, 4096);
	memcpy(text, "f", 2);
	return open(text, O_RDONLY) < 0;
}

static int case_open_across_pages(void)
{
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memcpy(page + 4096 - 3, "./././f", 8);
	return open(page + 4096 - 3, O_RDONLY) < 0;
}

PATH_CASE(stat, syscall(SYS_stat, "f", &status))
FAILING_CASE(stat_missing, syscall(SYS_stat, "none", &status), ENOENT)
PATH_CASE(lstat, syscall(SYS_lstat, "l", &status))
PATH_CASE(newfstatat, syscall(SYS_newfstatat, AT_FDCWD, "d/x", &status, 0))
PATH_CASE(fstat_empty_path, syscall(SYS_newfstatat, 0, "", &status, AT_EMPTY_PATH))
PATH_CASE(statx, syscall(SYS_statx, AT_FDCWD, "f", 0, STATX_BASIC_STATS, buffer))
PATH_CASE(statx_empty_path, syscall(SYS_statx, 0, "", AT_EMPTY_PATH, STATX_BASIC_STATS, buffer))
static int case_statx_null(void)
{
	/* Either outcome is right: since Linux 6.11 a null path is an empty one. */
	(void)syscall(SYS_statx, 0, NULL, AT_EMPTY_PATH, STATX_BASIC_STATS, buffer);
	return 0;
}
PATH_CASE(access, syscall(SYS_access, "f", R_OK))
FAILING_CASE(access_denied, syscall(SYS_access, "f", X_OK), EACCES)
PATH_CASE(faccessat, syscall(SYS_faccessat, AT_FDCWD, "f", R_OK))
PATH_CASE(faccessat2, syscall(SYS_faccessat2, AT_FDCWD, "l", R_OK, AT_SYMLINK_NOFOLLOW))
PATH_CASE(readlink, syscall(SYS_readlink, "l", buffer, sizeof buffer))
FAILING_CASE(readlink_file, syscall(SYS_readlink, "f", buffer, sizeof buffer), EINVAL)
PATH_CASE(readlinkat, syscall(SYS_readlinkat, AT_FDCWD, "dangling", buffer, sizeof buffer))
PATH_CASE(statfs, syscall(SYS_statfs, "d", buffer))
PATH_CASE(inotify, inotify_add_watch(inotify_init1(0), "d", IN_CREATE))
PATH_CASE(fanotify, fanotify_mark(fanotify_init(0, 0), FAN_MARK_ADD, FAN_OPEN, AT_FDCWD, "d"))
static int case_name_to_handle(void)
{
	struct file_handle *handle = (void *)buffer;
	int id;
	handle->handle_bytes = 128;
	return name_to_handle_at(AT_FDCWD, "f", handle, &id, 0) < 0 && errno != EOPNOTSUPP;
}

PATH_CASE(setxattr, setxattr("f", "user.slim", "1", 1, 0) < 0 && errno != EOPNOTSUPP ? -1 : 0)
FAILING_CASE(getxattr, getxattr("f", "user.none", buffer, 1), ENODATA)
FAILING_CASE(lgetxattr, lgetxattr("l", "trusted.none", buffer, 1), ENODATA)
PATH_CASE(listxattr, listxattr("f", buffer, sizeof buffer))
FAILING_CASE(removexattr, removexattr("f", "trusted.none"), ENODATA)
/* getxattrat (464), file_getattr (468): unknown to older kernels, and then the path is not looked at. */
static int case_getxattrat(void)
{
	(void)syscall(464, AT_FDCWD, "f", 0, "user.none", buffer, 16);
	return errno == ENOSYS ? 77 : 0;
}
static int case_file_getattr(void)
{
	return syscall(468, AT_FDCWD, "f", buffer, 24, 0) < 0 && errno == ENOSYS ? 77 : 0;
}

PATH_CASE(chdir, syscall(SYS_chdir, "d") || open("x", O_RDONLY) < 0 ? -1 : 0)
static int case_chroot(void)
{
	if (chroot("d") || open("/x", O_RDONLY) < 0 || chdir("/"))
		return 1;
	return open("x", O_RDONLY) < 0 || !(open("/f", O_RDONLY) < 0);
}

static int case_chroot_here(void)
{
	return chroot(".") || open("/f", O_RDONLY) < 0 || !(open("/none", O_RDONLY) < 0);
}

PATH_CASE(truncate, syscall(SYS_truncate, "f", 1))
PATH_CASE(utime, syscall(SYS_utime, "f", NULL))
PATH_CASE(utimes, syscall(SYS_utimes, "f", NULL))
PATH_CASE(futimesat, syscall(SYS_futimesat, AT_FDCWD, "f", NULL))
PATH_CASE(utimensat, syscall(SYS_utimensat, AT_FDCWD, "l", NULL, AT_SYMLINK_NOFOLLOW))
PATH_CASE(utimensat_null, syscall(SYS_utimensat, open("f", O_WRONLY), NULL, NULL, 0))
PATH_CASE(chmod, syscall(SYS_chmod, "f", 0600))
PATH_CASE(fchmodat, syscall(SYS_fchmodat, AT_FDCWD, "f", 0600))
static int case_fchmodat2(void)
{
	return syscall(452, AT_FDCWD, "f", 0600, 0) < 0 && errno == ENOSYS ? 77 : 0;
}
PATH_CASE(chown, syscall(SYS_chown, "f", 0, 0))
PATH_CASE(lchown, syscall(SYS_lchown, "l", 0, 0))
PATH_CASE(fchownat, syscall(SYS_fchownat, AT_FDCWD, "l", 0, 0, AT_SYMLINK_NOFOLLOW))

PATH_CASE(link, syscall(SYS_link, "f", "new"))
PATH_CASE(linkat, syscall(SYS_linkat, AT_FDCWD, "f", AT_FDCWD, "d/new", 0))
PATH_CASE(symlink, syscall(SYS_symlink, "target", "new"))
PATH_CASE(symlinkat, syscall(SYS_symlinkat, "target", AT_FDCWD, "new"))
PATH_CASE(rename, syscall(SYS_rename, "f", "new"))
FAILING_CASE(rename_missing, syscall(SYS_rename, "none", "new"), ENOENT)
PATH_CASE(renameat2, syscall(SYS_renameat2, AT_FDCWD, "f", AT_FDCWD, "d/x", 0))
PATH_CASE(unlink, syscall(SYS_unlink, "f"))
PATH_CASE(unlinkat, syscall(SYS_unlinkat, AT_FDCWD, "d/x", 0))
PATH_CASE(mkdir, syscall(SYS_mkdir, "new", 0700))
FAILING_CASE(mkdir_existing, syscall(SYS_mkdirat, AT_FDCWD, "d", 0700), EEXIST)
PATH_CASE(mknod, syscall(SYS_mknod, "new", S_IFIFO | 0600, 0))
FAILING_CASE(rmdir, syscall(SYS_rmdir, "d"), ENOTEMPTY)
PATH_CASE(mount, mount("d", "e", NULL, MS_BIND, NULL) || open("e/x", O_RDONLY) < 0 ? -1 : 0)
static int case_tmpfs(void)
{
	if (mount("none", "e", "tmpfs", 0, NULL) || open("e/new", O_CREAT | O_RDWR, 0600) < 0)
		return 1;
	return umount2("e", MNT_DETACH);
}

static int case_getdents(void)
{
	int directory = open("d", O_RDONLY | O_DIRECTORY);
	while (syscall(SYS_getdents64, directory, buffer, sizeof buffer) > 0)
		;
	return 0;
}
static int case_mmap(void)
{
	int file = open("f", O_RDONLY);
	return mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, file, 0) == MAP_FAILED;
}
static int case_mmap_denied(void)
{
	int file = open("f", O_WRONLY);
	return mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, file, 0) != MAP_FAILED;
}
static int case_mmap_deleted(void)
{
	int file = open("f", O_RDONLY);
	unlink("f");
	return mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, file, 0) == MAP_FAILED;
}

static int open_file(void *name) { return open(name, O_RDONLY) < 0; }
static int wait_ok(pid_t child)
{
	int result;
	return waitpid(child, &result, __WALL) != child || result != 0;
}

static int case_fork(void)
{
	pid_t child = fork();
	if (child == 0)
		_exit(open_file("f"));
	return wait_ok(child);
}
static char stack[65536];
static int case_thread(void)
{
	volatile int tid = 1;
	int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
		    CLONE_CHILD_CLEARTID | CLONE_PARENT_SETTID;
	if (clone(open_file, stack + sizeof stack, flags, "f", &tid, NULL, &tid) < 0)
		return 1;
	while (tid != 0)
		syscall(SYS_sched_yield);
	return 0;
}
static int execute(void *name)
{
	char *argv[] = {name, "succeed", NULL};
	return execve(name, argv, environ);
}
static int case_vfork_exec(void)
{
	pid_t child = clone(execute, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD,
			    "./tracee");
	return wait_ok(child);
}
/* A thread executes: it becomes the first one. */
static int case_thread_exec(void)
{
	int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
	if (clone(execute, stack + sizeof stack, flags, "./tracee") < 0)
		return 1;
	for (;;)
		syscall(SYS_sched_yield);
}
static int case_exec(void) { return execute("./tracee"); }
static int case_exec_symlink(void) { return execute("p"); }
static int case_exec_script(void) { return execute("s"); }
static int case_exec_nested_script(void) { return execute("ss"); }
static int case_exec_descriptor(void)
{
	char *argv[] = {"tracee", "succeed", NULL};
	return syscall(SYS_execveat, open("./tracee", O_PATH), "", argv, environ, AT_EMPTY_PATH);
}
static int case_exec_at(void)
{
	char *argv[] = {"tracee", "succeed", NULL};
	return syscall(SYS_execveat, open("d", O_PATH), "../tracee", argv, environ, 0);
}
FAILING_CASE(exec_missing, execve("none", (char *[]){"none", NULL}, environ), ENOENT)
FAILING_CASE(exec_denied, execve("f", (char *[]){"f", NULL}, environ), EACCES)
static int case_succeed(void) { return 0; }
static int case_fail(void) { return 3; }
static int case_aborted(void)
{
	abort();
	return 0;
}

static int case_nested_pid_namespace(void)
{
	pid_t child;
	if (unshare(CLONE_NEWPID))
		return 1;
	child = fork();
	if (child == 0)
		_exit(open_file("f"));
	return wait_ok(child);
}
/* A daemon: what is left of it is init's, whose end ends it. */
static int case_orphan(void)
{
	pid_t child = fork();
	if (child == 0) {
		if (fork() == 0)
			_exit(open_file("f"));
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	return 0;
}
static int case_stopped(void)
{
	int result;
	pid_t child = fork();
	if (child == 0) {
		raise(SIGSTOP);
		_exit(open_file("f"));
	}
	if (waitpid(child, &result, WUNTRACED) != child || !WIFSTOPPED(result))
		return 1;
	kill(child, SIGCONT);
	return wait_ok(child);
}
static volatile sig_atomic_t handled;
static void on_signal(int number) { handled = number; }
static int case_signal(void)
{
	signal(SIGUSR1, on_signal);
	raise(SIGUSR1);
	return handled != SIGUSR1;
}

/* The first thread ends; another one executes and becomes the first. */
static int execute_later(void *name)
{
	volatile int i;
	char path[64];
	/* The state is the third field: Z once only the number is left. */
	snprintf(path, sizeof path, "/proc/%d/stat", getpid());
	for (i = 0; i < 100000; i++) {
		int fd = open(path, O_RDONLY);
		ssize_t size = read(fd, buffer, sizeof buffer - 1);
		close(fd);
		buffer[size > 0 ? size : 0] = 0;
		if (strstr(buffer, ") Z "))
			break;
		sched_yield();
	}
	return execute(name);
}
static int case_orphaned_thread_exec(void)
{
	int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
	clone(execute_later, stack + sizeof stack, flags, "./tracee");
	syscall(SYS_exit, 0);
	return 1;
}

/* A call the filter of the test refuses. */
static int case_refused(void)
{
	return !(mkdir("new", 0700) < 0 && errno == EPERM);
}
static int case_io_uring(void)
{
	memset(buffer, 0, sizeof buffer);
	return syscall(SYS_io_uring_setup, 4, buffer) < 0 ? 77 : 0;
}

#ifdef __x86_64__
/* Compat calls from a 64-bit program: int $0x80 takes the i386 numbers. The program is linked
 * statically and not relocatable, so its data is below 4 GiB. */
static long int80(long number, long a, long b, long c)
{
	long result;
	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(a), "c"(b), "d"(c)
			 : "memory", "r8", "r9", "r10", "r11");
	return (int)result;
}
static int outcome(long result) { return result == -ENOSYS ? 77 : result < 0; }
static int case_compat_open(void) { return outcome(int80(5, (long)"f", O_RDONLY, 0)); }
static int case_compat_stat64(void) { return outcome(int80(195, (long)"f", (long)buffer, 0)); }
static int case_compat_socketcall(void)
{
	/* socketcall(2): SYS_BIND is 2, SYS_LISTEN 4; arguments are 32-bit words in memory. */
	static unsigned char address[16] = {2, 0, 7020 >> 8, 7020 & 255, 127, 0, 0, 1};
	static unsigned int args[3];
	args[0] = 2, args[1] = 1, args[2] = 0;
	args[0] = int80(102, 1, (long)args, 0);
	if ((int)args[0] < 0)
		return outcome((int)args[0]);
	args[1] = (unsigned int)(long)address, args[2] = 16;
	if (int80(102, 2, (long)args, 0))
		return 1;
	args[1] = 5;
	return int80(102, 4, (long)args, 0) != 0;
}
#else
static int case_compat_open(void) { return 77; }
static int case_compat_stat64(void) { return 77; }
static int case_compat_socketcall(void) { return 77; }
#endif

#define ENTRY(name) {#name, case_##name}
static const struct tracee_case cases[] = {
	ENTRY(open_read), ENTRY(open_absolute), ENTRY(open_missing), ENTRY(open_not_directory),
	ENTRY(open_dangling), ENTRY(open_nofollow), ENTRY(open_empty), ENTRY(open_bad_pointer),
	ENTRY(open_bad_directory), ENTRY(open_symlink), ENTRY(open_dotdot), ENTRY(open_write),
	ENTRY(open_both), ENTRY(open_path), ENTRY(open_create), ENTRY(open_create_existing),
	ENTRY(open_create_dangling), ENTRY(open_exclusive), ENTRY(open_temporary), ENTRY(creat),
	ENTRY(open_fifo), ENTRY(open_memory_file), ENTRY(open_directory_fd), ENTRY(openat2_in_root),
	ENTRY(open_too_long), ENTRY(open_deep), ENTRY(open_deleted_directory), ENTRY(open_page_end),
	ENTRY(open_across_pages), ENTRY(stat), ENTRY(stat_missing), ENTRY(lstat), ENTRY(newfstatat),
	ENTRY(fstat_empty_path), ENTRY(statx), ENTRY(statx_empty_path), ENTRY(statx_null),
	ENTRY(access), ENTRY(access_denied), ENTRY(faccessat), ENTRY(faccessat2), ENTRY(readlink),
	ENTRY(readlink_file), ENTRY(readlinkat), ENTRY(statfs), ENTRY(inotify), ENTRY(fanotify),
	ENTRY(name_to_handle), ENTRY(setxattr), ENTRY(getxattr), ENTRY(lgetxattr), ENTRY(listxattr),
	ENTRY(removexattr), ENTRY(getxattrat), ENTRY(file_getattr), ENTRY(chdir), ENTRY(chroot), ENTRY(chroot_here),
	ENTRY(truncate), ENTRY(utime), ENTRY(utimes), ENTRY(futimesat), ENTRY(utimensat),
	ENTRY(utimensat_null), ENTRY(chmod), ENTRY(fchmodat), ENTRY(fchmodat2), ENTRY(chown),
	ENTRY(lchown), ENTRY(fchownat), ENTRY(link), ENTRY(linkat), ENTRY(symlink), ENTRY(symlinkat),
	ENTRY(rename), ENTRY(rename_missing), ENTRY(renameat2), ENTRY(unlink), ENTRY(unlinkat),
	ENTRY(mkdir), ENTRY(mkdir_existing), ENTRY(mknod), ENTRY(rmdir), ENTRY(mount), ENTRY(tmpfs),
	ENTRY(getdents), ENTRY(mmap), ENTRY(mmap_denied), ENTRY(mmap_deleted), ENTRY(fork),
	ENTRY(thread), ENTRY(vfork_exec), ENTRY(thread_exec), ENTRY(exec), ENTRY(exec_symlink),
	ENTRY(exec_script), ENTRY(exec_nested_script), ENTRY(exec_descriptor), ENTRY(exec_at),
	ENTRY(exec_missing), ENTRY(exec_denied), ENTRY(succeed), ENTRY(fail),
	ENTRY(aborted), ENTRY(nested_pid_namespace), ENTRY(orphan), ENTRY(stopped), ENTRY(signal),
	ENTRY(orphaned_thread_exec), ENTRY(refused), ENTRY(io_uring), ENTRY(compat_open),
	ENTRY(compat_stat64), ENTRY(compat_socketcall),
};

int main(int argc, char **argv)
{
	/* Script interpreters put the script's name between; the case is the last argument. */
	const char *name = argc > 1 ? argv[argc - 1] : "";
	size_t i;

	for (i = 0; i < sizeof cases / sizeof *cases; i++)
		if (strcmp(cases[i].name, name) == 0)
			return cases[i].run();
	for (i = 0; i < socket_case_count; i++)
		if (strcmp(socket_cases[i].name, name) == 0)
			return socket_cases[i].run();
	fprintf(stderr, "tracee: no case \"%s\"\n", name);
	return 2;
}
