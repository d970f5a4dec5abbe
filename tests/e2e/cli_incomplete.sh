#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A trace that has gaps makes no image, unless asked to; what was seen is written, with its verdict.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
own_store
need jq cc
tiny_image
cat >"$work/ring.c" <<'C'
// Opens a file by an io_uring, without a system call for it.
#include <fcntl.h>
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
static void *map(int ring, size_t size, off_t what) {
  return mmap(0, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, what);
}
int main(void) {
  struct io_uring_params p = {0};
  int ring = syscall(SYS_io_uring_setup, 1, &p);
  if (ring < 0) return 77;
  char *queue = map(ring, p.sq_off.array + p.sq_entries * sizeof(unsigned), IORING_OFF_SQ_RING);
  struct io_uring_sqe *entry = map(ring, p.sq_entries * sizeof *entry, IORING_OFF_SQES);
  entry->opcode = IORING_OP_OPENAT;
  entry->fd = AT_FDCWD;
  entry->addr = (unsigned long)"/www/index.html";
  *(unsigned *)(queue + p.sq_off.array) = 0;
  __atomic_store_n((unsigned *)(queue + p.sq_off.tail), 1, __ATOMIC_RELEASE);
  return syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, 0, 0) == 1 ? 0 : 1;
}
C
cc -O1 -static -o "$work/tiny/bin/ring" "$work/ring.c" 2>"$work/cc.log" || skip "cannot build: $(tail -1 "$work/cc.log")"
make_image "$work/ring.tar" "$work/tiny.json" "$work/tiny"
image=(--security-opt seccomp=unconfined "$work/ring.tar" ring)
"$SLIM" trace -q --allow-incomplete -o "$work/tried" "${image[@]}" 2>"$work/log" </dev/null ||
  ! grep -q 'exit status 77' "$work/log" || skip "no io_uring here"

for tracer in ebpf ptrace; do
  for command in run trace; do
    expect_error 6 'io_uring.*--allow-incomplete' "$SLIM" $command --tracer $tracer -o "$work/out" "${image[@]}"
    expect_no_file "$work/out/image.tar"
    expect_json "$work/out/trace.json" '.complete == false and (.incomplete[0] | test("io_uring"))'
    expect_json "$work/out/trace.json" '[.execs[] | tostring] | any(contains("/bin/ring"))'
  done
done
expect_error 6 'io_uring' "$SLIM" profile "$work/out/trace.json"
# Asked to go on it does, and says in the report what the image is made from.
expect_status 0 "$SLIM" build --allow-incomplete --keep /www/index.html -o "$work/built" \
  --trace "$work/out/trace.json" "${image[@]}"
expect_json "$work/built/report.json" '.trace.complete == false and .verify.passed'
expect_nothing_left
