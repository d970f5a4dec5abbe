#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a command in which bpf(BPF_MAP_CREATE) is refused with EPERM, as on a machine that keeps BPF
to itself: deny_bpf.py COMMAND... Only maps are refused, for the runtime's device filter (control
groups v2) is a program without maps and has to go on working."""
import ctypes
import os
import platform
import struct
import sys

BPF_SYSCALL = {"x86_64": 321, "aarch64": 280}[platform.machine()]
EPERM = 1
LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
NUMBER, FIRST_ARGUMENT = 0, 16  # offsets in struct seccomp_data
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
MAP_CREATE = 0

program = [
    (LOAD, 0, 0, NUMBER),
    (JUMP_EQUAL, 0, 3, BPF_SYSCALL),
    (LOAD, 0, 0, FIRST_ARGUMENT),
    (JUMP_EQUAL, 0, 1, MAP_CREATE),
    (RETURN, 0, 0, ERRNO | EPERM),
    (RETURN, 0, 0, ALLOW),
]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))
header = struct.pack("HxxxxxxP", len(program), ctypes.addressof(code))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.c_char_p(header), 0, 0) != 0:
    sys.exit("deny_bpf.py: " + os.strerror(ctypes.get_errno()))
os.execvp(sys.argv[1], sys.argv[1:])
