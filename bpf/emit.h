/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Building an event and sending it unless the same one was sent before. */
#ifndef SLIM_EMIT_H
#define SLIM_EMIT_H

#include "state.h"

#define WORDS 4 /* hashed at a time */
#define CHUNK (8 * WORDS)
#define CHUNKS_MAX ((sizeof(struct slim_event) + PAYLOAD_MAX) / CHUNK)

static __always_inline void begin_event(struct scratch *s, __u8 type)
{
	__builtin_memset(&s->event, 0, sizeof(s->event));
	s->event.type = type;
	s->event.flags = s->flags;
	s->used = 0;
	s->string = 0;
}

/* Adds a string of kernel memory; `length` without a NUL. */
static __always_inline void add_string(struct scratch *s, const void *from, __u32 length)
{
	__u32 at = s->used;
	__u32 index = s->string;

	if (at > PAYLOAD_MAX - 2 * SLIM_PATH_MAX || index >= SLIM_STRINGS)
		return;
	if (length > SLIM_PATH_MAX)
		length = SLIM_PATH_MAX;
	barrier_var(at);
	if (at > PAYLOAD_MAX - 2 * SLIM_PATH_MAX)
		return;
	if (length && bpf_probe_read_kernel(&s->payload[at], length, from))
		length = 0;
	s->event.length[index] = length;
	s->string = index + 1;
	s->used = at + length;
}

static __always_inline void add_walked(struct scratch *s)
{
	__u32 start = s->start & (SLIM_PATH_MAX - 1);

	if (s->start >= SLIM_PATH_MAX) { /* nothing was put in front of the root */
		s->path[0] = '/';
		add_string(s, s->path, 1);
		return;
	}
	add_string(s, &s->path[start], SLIM_PATH_MAX - start);
}

struct hash_context {
	struct scratch *s;
	__u64 low;
	__u64 high;
	__u32 chunks;
};

static long hash_chunk(__u32 index, struct hash_context *hash)
{
	const __u64 *words = (const __u64 *)hash->s;
	__u64 low = hash->low, high = hash->high;
	int i;

	if (index >= hash->chunks || index >= CHUNKS_MAX)
		return 1;
	words += index * WORDS;
	for (i = 0; i < WORDS; i++) {
		low = (low ^ words[i]) * 0x9e3779b97f4a7c15ULL;
		low ^= low >> 32;
		high = (high + words[i]) * 0xd6e8feb86659fd93ULL;
		high ^= high >> 29;
	}
	hash->low = low;
	hash->high = high;
	return 0;
}

/*
 * The key covers every byte of the event, so "seen" can only mean "this very event was sent".
 * The seeds are random: a program cannot choose names that collide.
 */
static __always_inline void hash_event(struct scratch *s, struct seen_key *key)
{
	struct hash_context hash = { .s = s, .low = hash_seed[0], .high = hash_seed[1] };
	__u32 used = s->used, i;

	if (used > PAYLOAD_MAX - CHUNK)
		used = PAYLOAD_MAX - CHUNK;
	barrier_var(used);
	if (used > PAYLOAD_MAX - CHUNK)
		return;
	/* Zeros up to the end of the chunk, so that old bytes of the buffer do not count. */
	__builtin_memset(&s->payload[used], 0, CHUNK);
	hash.chunks = (sizeof(struct slim_event) + used + CHUNK - 1) / CHUNK;
	if (have_loop) {
		bpf_loop(CHUNKS_MAX, hash_chunk, &hash, 0);
	} else {
		for (i = 0; i < CHUNKS_MAX; i++)
			if (hash_chunk(i, &hash))
				break;
	}
	key->low = hash.low;
	key->high = hash.high;
}

/* Sends the event in `s`. A global function, so that the verifier looks at it only once. */
__attribute__((noinline)) int emit(struct scratch *s, __u64 wake)
{
	struct seen_key key = {};
	__u8 one = 1;
	__u64 flags;
	__u32 size;

	if (!s)
		return 0;
	hash_event(s, &key);
	if (bpf_map_lookup_elem(&seen, &key))
		return 0;
	size = s->used;
	if (size > PAYLOAD_MAX - CHUNK)
		size = PAYLOAD_MAX - CHUNK;
	size += sizeof(struct slim_event);
	flags = wake || bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) >= wakeup_bytes
			? BPF_RB_FORCE_WAKEUP
			: BPF_RB_NO_WAKEUP;
	if (bpf_ringbuf_output(&events, s, size, flags)) {
		count(&losses.events_lost);
		return 0;
	}
	bpf_map_update_elem(&seen, &key, &one, BPF_ANY);
	return 0;
}

#endif
