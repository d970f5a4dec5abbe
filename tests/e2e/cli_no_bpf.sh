#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Without the right to load BPF programs slim falls back to ptrace and says so; asked for eBPF it refuses.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
own_store
tiny_image
denied() { python3 "$e2e/deny_bpf.py" "$SLIM" run -o "$work/out" --json "$@"; }

expect_status 0 denied "$tiny" -- curl -fsS localhost:8080/ -o /dev/null
cp "$work/stdout" "$work/report.json"
expect_contains "$work/stderr" 'ptrace'
expect_json "$work/report.json" '.trace.backend == "ptrace" and .verify.passed == true'
expect_status 4 denied --tracer ebpf "$tiny" -- curl -fsS localhost:8080/
expect_contains "$work/stderr" 'CAP_BPF|permission|permitted'
expect_nothing_left
