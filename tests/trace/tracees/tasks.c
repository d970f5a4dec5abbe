/* SPDX-License-Identifier: Apache-2.0 */
/* The cases of tracee that are about processes, threads, programs and foreign calls. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tracee.h"

static char buffer[8192];

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

/* Whatever the tracer does to be quick: the program sees the processors it was given. */
static int processors_in_status(void)
{
	static char text[8192];
	int fd = open("/proc/self/status", O_RDONLY);
	ssize_t size = read(fd, text, sizeof text - 1);
	const char *line;
	close(fd);
	text[size > 0 ? size : 0] = 0;
	line = strstr(text, "Cpus_allowed:\t");
	/* Enough for 32 processors, whose mask is one word. */
	return line ? __builtin_popcountl(strtoul(line + strlen("Cpus_allowed:\t"), NULL, 16)) : -1;
}
static int processors_by_call(void)
{
	cpu_set_t set;
	return sched_getaffinity(0, sizeof set, &set) ? -1 : CPU_COUNT(&set);
}
static int case_processors(void)
{
	struct stat status;
	int i, given = processors_in_status();
	pid_t child;

	for (i = 0; i < 30; i++)
		stat("/", &status);
	if (processors_by_call() != given)
		return 1;
	for (i = 0; i < 30; i++)
		stat("/", &status);
	child = fork();
	if (child == 0)
		_exit(processors_in_status() != given);
	return wait_ok(child) ? 2 : 0;
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
const struct tracee_case task_cases[] = {
	ENTRY(fork), ENTRY(thread), ENTRY(vfork_exec), ENTRY(thread_exec), ENTRY(exec),
	ENTRY(exec_symlink), ENTRY(exec_script), ENTRY(exec_nested_script),
	ENTRY(exec_descriptor), ENTRY(exec_at), ENTRY(exec_missing), ENTRY(exec_denied),
	ENTRY(succeed), ENTRY(fail), ENTRY(aborted), ENTRY(nested_pid_namespace), ENTRY(orphan),
	ENTRY(stopped), ENTRY(signal), ENTRY(orphaned_thread_exec), ENTRY(processors), ENTRY(refused),
	ENTRY(io_uring), ENTRY(compat_open), ENTRY(compat_stat64), ENTRY(compat_socketcall),
};
const size_t task_case_count = sizeof task_cases / sizeof *task_cases;
