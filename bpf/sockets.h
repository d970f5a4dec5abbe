/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Sockets: local ends as the kernel has them after the call, remote ends as they were asked for. */
#ifndef SLIM_SOCKETS_H
#define SLIM_SOCKETS_H

#include "files.h"

#define UNIX_PATH_MAX 108
#define SOCKADDR_IN_SIZE 8   /* without sin_zero */
#define SOCKADDR_IN6_SIZE 28
#define ADDRESS_MAX 128 /* sizeof(struct sockaddr_storage) */
#define MESSAGES_MAX 1024 /* of one sendmmsg(2): UIO_MAXIOV */

static __always_inline struct sock *sock_of(struct task_struct *task, int fd)
{
	struct file *file = file_of(task, fd);
	struct socket *socket;

	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return NULL;
	socket = BPF_CORE_READ(file, private_data);
	return BPF_CORE_READ(socket, sk);
}

/* Starts a socket event; its first string is the executable. */
static __always_inline void begin_socket(struct scratch *s, struct task_struct *task,
					 struct sock *sock, __u8 action)
{
	struct file *program = BPF_CORE_READ(task, mm, exe_file);
	struct path *path = (void *)program + bpf_core_field_offset(struct file, f_path);
	int named = program && resolve_path(s, path);

	begin_event(s, SLIM_EVENT_SOCKET);
	if (named)
		add_walked(s);
	else
		add_string(s, s->path, 0);
	s->event.action = action;
	s->event.user = BPF_CORE_READ(task, cred, euid.val);
	s->event.family = BPF_CORE_READ(sock, __sk_common.skc_family);
	s->event.socket_type = BPF_CORE_READ(sock, sk_type);
	s->event.protocol = BPF_CORE_READ(sock, sk_protocol);
}

/* How long the AF_UNIX path in s->small is; abstract names begin with a NUL and are none. */
static __always_inline __u32 unix_path_length(struct scratch *s)
{
	long length = bpf_probe_read_kernel_str(s->name, UNIX_PATH_MAX + 1, s->small + 2);

	return length > 1 ? length - 1 : 0;
}

/* Reads an address of user memory into s->small, with zeros behind; its length, or 0. */
static __always_inline __u32 read_address(struct scratch *s, __u64 user, __u32 length)
{
	if (!user || length < 2)
		return 0;
	if (length > ADDRESS_MAX)
		length = ADDRESS_MAX;
	barrier_var(length); /* so that the verifier sees the bound in what is used */
	if (length > ADDRESS_MAX)
		return 0;
	__builtin_memset(s->small, 0, sizeof(s->small));
	if (bpf_probe_read_user(s->small, length, (void *)user))
		return 0;
	return length;
}

/* The path or name that an AF_UNIX socket is bound to, into s->small; its length, or 0. */
static __always_inline __u32 unix_address(struct scratch *s, struct sock *sock)
{
	struct unix_address *address;
	__u32 length;

	if (!sock || !bpf_core_type_exists(struct unix_sock))
		return 0;
	address = BPF_CORE_READ((struct unix_sock *)sock, addr);
	length = address ? BPF_CORE_READ(address, len) : 0;
	if (length <= 2 || length > UNIX_PATH_MAX + 2)
		return 0;
	__builtin_memset(s->small, 0, sizeof(s->small));
	bpf_probe_read_kernel(s->small, length,
			      (void *)address + bpf_core_field_offset(struct unix_address, name));
	return length;
}

/* The remote end that a socket is connected to, into s->small; its length, 0 if there is none. */
static __always_inline __u32 remote_address(struct scratch *s, struct sock *sock, __u16 family)
{
	__u16 port = BPF_CORE_READ(sock, __sk_common.skc_dport);

	if (family == AF_UNIX)
		return bpf_core_type_exists(struct unix_sock)
			       ? unix_address(s, BPF_CORE_READ((struct unix_sock *)sock, peer))
			       : 0;
	__builtin_memset(s->small, 0, sizeof(s->small));
	__builtin_memcpy(s->small, &family, 2);
	__builtin_memcpy(s->small + 2, &port, 2);
	if (!port)
		return 0;
	if (family == AF_INET) {
		bpf_core_read(s->small + 4, 4, &sock->__sk_common.skc_daddr);
		return SOCKADDR_IN_SIZE;
	}
	if (family == AF_INET6 && bpf_core_field_exists(struct sock_common, skc_v6_daddr)) {
		bpf_core_read(s->small + 8, 16, &sock->__sk_common.skc_v6_daddr);
		return SOCKADDR_IN6_SIZE;
	}
	return 0;
}

/* The local end of a socket as the kernel has it, into s->small; its length. */
static __always_inline __u32 local_address(struct scratch *s, struct sock *sock, __u16 family)
{
	__u16 port = __builtin_bswap16(BPF_CORE_READ(sock, __sk_common.skc_num));
	__u32 length;

	__builtin_memset(s->small, 0, sizeof(s->small));
	__builtin_memcpy(s->small, &family, 2);
	if (family == AF_INET) {
		__u32 address = BPF_CORE_READ(sock, __sk_common.skc_rcv_saddr);

		__builtin_memcpy(s->small + 2, &port, 2);
		__builtin_memcpy(s->small + 4, &address, 4);
		return SOCKADDR_IN_SIZE;
	}
	if (family == AF_INET6 && bpf_core_field_exists(struct sock_common, skc_v6_rcv_saddr)) {
		__builtin_memcpy(s->small + 2, &port, 2);
		bpf_core_read(s->small + 8, 16, &sock->__sk_common.skc_v6_rcv_saddr);
		return SOCKADDR_IN6_SIZE;
	}
	length = family == AF_UNIX ? unix_address(s, sock) : 0;
	return length ? length : 2;
}

static __always_inline void emit_local(struct scratch *s, struct task_struct *task,
				       struct sock *sock, __u8 action, __u64 user, __u32 user_length)
{
	__u32 length;
	__u16 family;

	begin_socket(s, task, sock, action);
	family = s->event.family;
	if (action != SLIM_SOCKET_ACCEPT && (family == AF_INET || family == AF_INET6)) {
		if (!(BPF_CORE_READ_BITFIELD_PROBED(sock, sk_userlocks) & SOCK_BINDPORT_LOCK))
			s->event.flags |= SLIM_EPHEMERAL;
		if (family == AF_INET6 &&
		    BPF_CORE_READ_BITFIELD_PROBED(&sock->__sk_common, skc_ipv6only))
			s->event.flags |= SLIM_V6ONLY;
	}
	length = 0;
	if (action == SLIM_SOCKET_BIND && family != AF_INET && family != AF_INET6 &&
	    family != AF_UNIX)
		length = read_address(s, user, user_length);
	if (!length)
		length = local_address(s, sock, family);
	add_string(s, s->small, length);
	emit(s, 1);
}

/* The remote end that a connect or a send names. An AF_UNIX path is also a lookup. */
static __always_inline void emit_remote(struct scratch *s, struct task_struct *task, int fd,
					__u64 user, __u32 length, int error)
{
	struct sock *sock = sock_of(task, fd);
	__u16 family = 0;

	if (!sock || !user || error == EFAULT || error == EINVAL || length < 2)
		return;
	length = read_address(s, user, length);
	if (!length) {
		count(&losses.strings_unreadable);
		return;
	}
	__builtin_memcpy(&family, s->small, 2);
	if (family == AF_UNIX)
		emit_lookup(s, task, s->small + 2, unix_path_length(s), AT_FDCWD, false,
			    error);
	else if (family == AF_INET && length > SOCKADDR_IN_SIZE)
		length = SOCKADDR_IN_SIZE;
	else if (family == AF_INET6 && length > SOCKADDR_IN6_SIZE)
		length = SOCKADDR_IN6_SIZE;
	begin_socket(s, task, sock, SLIM_SOCKET_CONNECT);
	s->event.value = error;
	add_string(s, s->small, length);
	emit(s, 1);
}

struct message_head {
	__u64 name;
	__u32 length;
	__u32 padding;
	__u64 vector;
	__u64 pieces;
};
struct compat_message_head {
	__u32 name;
	__u32 length;
	__u32 vector;
	__u32 pieces;
};
#define MESSAGE_SIZE 64 /* of a struct mmsghdr */
#define COMPAT_MESSAGE_SIZE 32

/* The head of a struct msghdr: where the address is and how long, and what is sent. */
static __always_inline int message_head(struct task_state *t, __u64 user, struct message_head *head)
{
	struct compat_message_head compat = {};

	if (t->abi == SLIM_ABI_NATIVE)
		return bpf_probe_read_user(head, sizeof(*head), (void *)user);
	if (bpf_probe_read_user(&compat, sizeof(compat), (void *)user))
		return -1;
	head->name = compat.name;
	head->length = compat.length;
	head->vector = compat.vector;
	head->pieces = compat.pieces;
	return 0;
}

#include "names.h"

/* One message of a sendmsg or sendmmsg. */
__attribute__((noinline)) int send_call(struct scratch *s, __u64 message, long result)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *t = recorded(task);
	struct message_head head = {};
	struct sent sent = { .is_vector = true };
	int error = result < 0 ? -result : 0;

	if (!s || !t)
		return 0;
	if (message_head(t, message, &head)) {
		if (result != -EFAULT)
			count(&losses.strings_unreadable);
		return 0;
	}
	if (head.name)
		emit_remote(s, task, t->args[0], head.name, head.length, error);
	sent.address = head.name;
	sent.from = head.vector;
	sent.size = head.pieces;
	sent.error = error;
	tell_names(s, &sent);
	return 0;
}

/* A bind to a path looks it up, whether it can be made or not. */
static __always_inline void lookup_bound_name(struct scratch *s, struct task_struct *task,
					      struct sock *sock, __u64 user, __u32 length,
					      int error)
{
	if (BPF_CORE_READ(sock, __sk_common.skc_family) != AF_UNIX)
		return;
	length = read_address(s, user, length);
	if (length)
		emit_lookup(s, task, s->small + 2, unix_path_length(s), AT_FDCWD, false,
			    error);
}

__attribute__((noinline)) int socket_call(struct scratch *s, __u8 kind, long result)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *t = recorded(task);
	int error = result < 0 ? -result : 0;
	struct sent sent = {};
	struct sock *sock;
	__u64 address;
	__u32 length;
	int fd;

	if (!s || !t || error == EBADF || error == ENOTSOCK)
		return 0;
	if (kind == SLIM_CALL_CONNECT || kind == SLIM_CALL_SEND_TO) {
		address = kind == SLIM_CALL_CONNECT ? t->args[1] : t->args[4];
		length = kind == SLIM_CALL_CONNECT ? t->args[2] : t->args[5];
		emit_remote(s, task, t->args[0], address, length, error);
		if (kind == SLIM_CALL_CONNECT) {
			note_name_server(t->args[0], address, length);
			return 0;
		}
		sent.address = address;
	}
	if (kind == SLIM_CALL_SEND_TO || kind == SLIM_CALL_WRITE ||
	    kind == SLIM_CALL_WRITE_VECTOR) {
		sent.from = t->args[1];
		sent.size = t->args[2];
		sent.is_vector = kind == SLIM_CALL_WRITE_VECTOR;
		sent.error = error;
		tell_names(s, &sent);
		return 0;
	}
	fd = kind == SLIM_CALL_ACCEPT ? result : (int)t->args[0];
	sock = sock_of(task, fd);
	if (!sock)
		return 0;
	if (kind == SLIM_CALL_BIND)
		lookup_bound_name(s, task, sock, t->args[1], t->args[2], error);
	if (error)
		return 0;
	emit_local(s, task, sock,
		   kind == SLIM_CALL_BIND     ? SLIM_SOCKET_BIND
		   : kind == SLIM_CALL_LISTEN ? SLIM_SOCKET_LISTEN
					      : SLIM_SOCKET_ACCEPT,
		   t->args[1], t->args[2]);
	return 0;
}

#endif
