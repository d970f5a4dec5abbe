/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What is sent to name servers. User space takes the questions out of it. */
#ifndef SLIM_NAMES_H
#define SLIM_NAMES_H

#define DNS_PORT 53
#define DNS_PIECE 512 /* bytes of each: header, name and length need 275 */
#define DNS_PIECES (SLIM_STRINGS - 1)

static __always_inline __u64 descriptor_bit(int fd)
{
	return 1ULL << (fd & 63);
}

static __always_inline bool may_ask(struct task_state *t)
{
	return dns_descriptors & descriptor_bit(t->args[0]);
}

/* Whether a struct sockaddr of user memory has that port. */
static __always_inline bool names_dns_port(__u64 user)
{
	__u16 head[2] = {};

	if (bpf_probe_read_user(head, sizeof(head), (void *)user))
		return false;
	return (head[0] == AF_INET || head[0] == AF_INET6) &&
	       head[1] == __builtin_bswap16(DNS_PORT);
}

static __always_inline void note_name_server(int fd, __u64 address, __u32 length)
{
	if (address && length >= 4 && names_dns_port(address))
		__sync_fetch_and_or(&dns_descriptors, descriptor_bit(fd));
}

/* Adds a string of user memory; false when it cannot be read. */
static __always_inline bool add_piece(struct scratch *s, __u64 user, __u64 length)
{
	__u32 at = s->used;
	__u32 index = s->string, size = length > DNS_PIECE ? DNS_PIECE : length;

	if (at > PAYLOAD_MAX - 2 * SLIM_PATH_MAX || index >= SLIM_STRINGS)
		return false;
	barrier_var(at);
	if (at > PAYLOAD_MAX - 2 * SLIM_PATH_MAX)
		return false;
	barrier_var(size);
	if (size > DNS_PIECE)
		return false;
	if (size && bpf_probe_read_user(&s->payload[at], size, (void *)user))
		return false;
	s->event.length[index] = size;
	s->string = index + 1;
	s->used = at + size;
	return true;
}

static __always_inline bool add_vector(struct scratch *s, struct task_state *t, __u64 vector,
				       __u64 pieces)
{
	__u64 i;

	for (i = 0; i < DNS_PIECES && i < pieces; i++) {
		__u64 part[2] = {};
		__u32 compat[2] = {};

		if (t->abi == SLIM_ABI_NATIVE) {
			if (bpf_probe_read_user(part, sizeof(part),
						(void *)(vector + i * sizeof(part))))
				return false;
		} else {
			if (bpf_probe_read_user(compat, sizeof(compat),
						(void *)(vector + i * sizeof(compat))))
				return false;
			part[0] = compat[0];
			part[1] = compat[1];
		}
		if (!add_piece(s, part[0], part[1]))
			return false;
	}
	return true;
}

struct sent {
	__u64 address; /* where to; 0: where the socket is connected */
	__u64 from;    /* the bytes, or with `is_vector` their iovecs */
	__u64 size;    /* how many of either */
	__u32 is_vector;
	int error; /* of the call */
};

/* What was sent on the descriptor in the call's first argument, if it went to a name server. */
static __noinline int tell_names(struct scratch *s, struct sent *sent)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *t = recorded(task);
	struct sock *sock;
	__u16 family;
	__u32 first;
	bool readable;

	if (!s || !t || (!sent->address && !may_ask(t)) || sent->error == EFAULT)
		return 0;
	if (sent->address && !names_dns_port(sent->address))
		return 0;
	sock = sock_of(task, t->args[0]);
	if (!sock)
		return 0;
	family = BPF_CORE_READ(sock, __sk_common.skc_family);
	if (family != AF_INET && family != AF_INET6)
		return 0;
	if (!sent->address &&
	    BPF_CORE_READ(sock, __sk_common.skc_dport) != __builtin_bswap16(DNS_PORT))
		return 0;
	begin_socket(s, task, sock, SLIM_SOCKET_CONNECT);
	s->event.type = SLIM_EVENT_ASKED;
	first = s->used;
	readable = sent->is_vector ? add_vector(s, t, sent->from, sent->size)
				   : add_piece(s, sent->from, sent->size);
	if (!readable) {
		count(&losses.names_lost);
		return 0;
	}
	/* The number of the query, so that the same question is the same event. */
	if (s->event.protocol == IPPROTO_UDP && s->event.length[1] >= 2 && first < SLIM_PATH_MAX) {
		s->payload[first] = 0;
		s->payload[first + 1] = 0;
	}
	emit(s, 0);
	return 0;
}

#endif
