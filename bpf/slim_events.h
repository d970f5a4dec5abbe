/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What the BPF programs and user space tell each other. Fixed-width integers and explicit padding
 * only: one side is compiled for the BPF machine, the other for the host.
 */
#ifndef SLIM_EVENTS_H
#define SLIM_EVENTS_H

#ifdef __cplusplus
#include <linux/types.h>
#endif

#define SLIM_PATH_MAX 4096 /* PATH_MAX with its NUL */
#define SLIM_STRINGS 4
#define SLIM_MAX_CALLS 1024 /* numbers from here on are told by an event each */
#define SLIM_PHASES 3

/* The tables' second index. */
enum slim_abi {
	SLIM_ABI_NATIVE = 0,
	SLIM_ABI_COMPAT = 1, /* i386 on x86-64, arm on arm64 */
	SLIM_ABI_X32 = 2,
	SLIM_ABIS = 3,
};

enum slim_call_kind {
	SLIM_CALL_NONE = 0,
	SLIM_CALL_OPEN,
	SLIM_CALL_OPEN_HOW,
	SLIM_CALL_LOOKUP,
	SLIM_CALL_ACCESS,
	SLIM_CALL_EXEC,
	SLIM_CALL_LIST,
	SLIM_CALL_MAP,
	SLIM_CALL_BIND,
	SLIM_CALL_CONNECT,
	SLIM_CALL_ACCEPT,
	SLIM_CALL_LISTEN,
	SLIM_CALL_SEND_TO,
	SLIM_CALL_SEND_MSG,
	SLIM_CALL_SEND_MMSG,
	SLIM_CALL_SOCKETCALL,
	SLIM_CALL_WRITE,
	SLIM_CALL_WRITE_VECTOR,
};

/* Bits of slim_call.bits. */
#define SLIM_BASE_AT_ENTRY 1 /* the call changes what its path is relative to */
#define SLIM_MEMORY_CALL 2   /* the kernel asks for CAP_SYS_ADMIN in passing (overcommit) */
#define SLIM_CLONE_CALL 4    /* flags in the first argument */
#define SLIM_CLONE3_CALL 8   /* flags where the first argument points */
#define SLIM_ARGUMENTS 16    /* values are told: `fd` of them, from argument `flags` on */
#define SLIM_ARGUMENTS_MAX 3

/* One entry of the table that path_calls.cpp fills: argument positions, -1 for none. */
struct slim_call {
	__u8 kind;
	__s8 path;
	__s8 directory;
	__s8 flags;
	__s8 fd;
	__s8 second_path;
	__s8 second_directory;
	__u8 bits;
};

enum slim_event_type {
	SLIM_EVENT_LOOKUP = 1, /* strings: base, as written; value: errno */
	SLIM_EVENT_FILE,       /* strings: path; access */
	SLIM_EVENT_EXEC,       /* strings: base, as written, file; of a script: working directory */
	SLIM_EVENT_SOCKET,     /* strings: executable, struct sockaddr; value: errno; socket fields */
	SLIM_EVENT_SYSCALL,    /* value: number beyond the table; access: abi; action: phase */
	SLIM_EVENT_ARGUMENTS,  /* strings: 32-bit values; value: number; access: abi */
	SLIM_EVENT_ASKED,      /* strings: executable, what it sent to port 53 in pieces; protocol */
	SLIM_EVENT_CONNECTED,  /* strings: executable, local and remote struct sockaddr; socket fields */
};

/* Bits of slim_event.flags. */
#define SLIM_ON_ROOTFS 1
#define SLIM_EPHEMERAL 2
#define SLIM_V6ONLY 4
#define SLIM_SCRIPT 8
#define SLIM_ADOPTED 16 /* was so when the tracer came */
#define SLIM_MAY_WRITE 32 /* a lookup of access(2), which said so */

/* Bits of slim_event.access; the same as slim::trace::Access. */
#define SLIM_LOOKED_UP 1
#define SLIM_READ 2
#define SLIM_WRITTEN 4
#define SLIM_CREATED 8
#define SLIM_EXECUTED 16
#define SLIM_MAPPED 32
#define SLIM_LISTED 64

enum slim_socket_action {
	SLIM_SOCKET_LISTEN = 0,
	SLIM_SOCKET_BIND = 1,
	SLIM_SOCKET_CONNECT = 2,
	SLIM_SOCKET_ACCEPT = 3,
};

/*
 * The strings follow at once, without separators. There is nothing in an event that differs
 * between two uses of the same thing: the kernel side drops an event if it has sent its bytes.
 */
struct slim_event {
	__u8 type;
	__u8 action;
	__u16 flags;
	__s32 value;
	__u32 access;
	__u16 length[SLIM_STRINGS];
	__u16 family; /* of the socket; its address may have another */
	__u16 socket_type;
	__u16 protocol;
	__u16 reserved;
	__u32 user; /* of a socket event: effective, in the first user namespace */
};

/* Every way in which something may have gone unrecorded. */
struct slim_losses {
	__u64 events_lost;        /* the ring was full */
	__u64 paths_truncated;    /* longer or deeper than the kernel side can follow */
	__u64 strings_unreadable; /* an argument that was not in memory */
	__u64 unresolved_paths;   /* a file of the image whose place in the tree is not known */
	__u64 tasks_lost;         /* no memory to follow a task */
	__u64 io_uring_paths;     /* opens and sockets that made no system call */
	__u64 names_lost;         /* what was sent to a name server could not be read */
};

#endif
