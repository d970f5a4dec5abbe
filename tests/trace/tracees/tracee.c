/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tracee CASE: makes one system call (and what it cannot do without), in a directory that the test
 * has prepared: file f, script s, directory d with file x, symlinks l -> f and dangling -> nowhere.
 * Linked statically, so that next to nothing happens besides. Exit status 0 when the call did what
 * the case is about.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

#include "tracee.h"

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
static int case_access_to_write(void)
{
	return syscall(SYS_access, "f", W_OK) || !syscall(SYS_access, "none", W_OK);
}
PATH_CASE(faccessat_to_write, syscall(SYS_faccessat, AT_FDCWD, "d/x", R_OK | W_OK))
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
/* getxattrat (464), file_getattr (468): older kernels do not know them. */
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

#define ENTRY(name) {#name, case_##name}
static const struct tracee_case path_cases[] = {
	ENTRY(open_read), ENTRY(open_absolute), ENTRY(open_missing), ENTRY(open_not_directory),
	ENTRY(open_dangling), ENTRY(open_nofollow), ENTRY(open_empty), ENTRY(open_bad_pointer),
	ENTRY(open_bad_directory), ENTRY(open_symlink), ENTRY(open_dotdot), ENTRY(open_write),
	ENTRY(open_both), ENTRY(open_path), ENTRY(open_create), ENTRY(open_create_existing),
	ENTRY(open_create_dangling), ENTRY(open_exclusive), ENTRY(open_temporary), ENTRY(creat),
	ENTRY(open_fifo), ENTRY(open_memory_file), ENTRY(open_directory_fd),
	ENTRY(openat2_in_root), ENTRY(open_too_long), ENTRY(open_deep),
	ENTRY(open_deleted_directory), ENTRY(open_page_end), ENTRY(open_across_pages),
	ENTRY(stat), ENTRY(stat_missing), ENTRY(lstat), ENTRY(newfstatat),
	ENTRY(fstat_empty_path), ENTRY(statx), ENTRY(statx_empty_path), ENTRY(statx_null),
	ENTRY(access), ENTRY(access_denied), ENTRY(access_to_write), ENTRY(faccessat),
	ENTRY(faccessat_to_write), ENTRY(faccessat2),
	ENTRY(readlink), ENTRY(readlink_file), ENTRY(readlinkat), ENTRY(statfs), ENTRY(inotify),
	ENTRY(fanotify), ENTRY(name_to_handle), ENTRY(setxattr), ENTRY(getxattr),
	ENTRY(lgetxattr), ENTRY(listxattr), ENTRY(removexattr), ENTRY(getxattrat),
	ENTRY(file_getattr), ENTRY(chdir), ENTRY(chroot), ENTRY(chroot_here), ENTRY(truncate),
	ENTRY(utime), ENTRY(utimes), ENTRY(futimesat), ENTRY(utimensat), ENTRY(utimensat_null),
	ENTRY(chmod), ENTRY(fchmodat), ENTRY(fchmodat2), ENTRY(chown), ENTRY(lchown),
	ENTRY(fchownat), ENTRY(link), ENTRY(linkat), ENTRY(symlink), ENTRY(symlinkat),
	ENTRY(rename), ENTRY(rename_missing), ENTRY(renameat2), ENTRY(unlink), ENTRY(unlinkat),
	ENTRY(mkdir), ENTRY(mkdir_existing), ENTRY(mknod), ENTRY(rmdir), ENTRY(mount),
	ENTRY(tmpfs), ENTRY(getdents), ENTRY(mmap), ENTRY(mmap_denied), ENTRY(mmap_deleted),
};

static int run(const struct tracee_case *cases, size_t count, const char *name)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (strcmp(cases[i].name, name) == 0)
			return cases[i].run();
	return -1;
}

int main(int argc, char **argv)
{
	/* Script interpreters put the script's name between; the case is the last argument. */
	const char *name = argc > 1 ? argv[argc - 1] : "";
	int result = run(path_cases, sizeof path_cases / sizeof *path_cases, name);

	if (result < 0)
		result = run(task_cases, task_case_count, name);
	if (result < 0)
		result = run(socket_cases, socket_case_count, name);
	if (result >= 0)
		return result;
	fprintf(stderr, "tracee: no case \"%s\"\n", name);
	return 2;
}
