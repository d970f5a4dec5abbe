#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures which system calls an OCI runtime itself makes under a container's seccomp filter, and
which of them it cannot do without: what src/policy/runtime_floor.cpp holds as data.

    floor.py [--slim PROGRAM] [--runtime crun,runc] [--trials N] [--json FILE]

A program that only ends is run by each runtime, with and without noNewPrivileges, as root and as a
user with supplementary groups. Its process is watched with strace from the call that installs the
filter to the execve of the program. Then, with a profile of only what was seen, one call after the
other is taken away: it stays away if the container started in every trial. Needs root, gcc, strace.

Go's scheduler makes some calls at times only. They are always allowed, and so is what was seen in some
trials but not in all: none of it is tried to be left out, as no number of trials would prove that it
may. It is said to be `sometimes`, whether it was seen or not.
"""
import argparse
import itertools
import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = """
void _start(void) { __asm__ volatile("syscall" : : "a"(60), "D"(0)); __builtin_unreachable(); }
"""
LINE = re.compile(r"^(\d+) +(?:<\.\.\. )?(\w+)(?:\(| resumed)")
THREAD = re.compile(r"^(\d+) +(?:<\.\.\. )?clone3?(?:\(| resumed).*= (\d+)")
FILTER = re.compile(r"PR_SET_SECCOMP, SECCOMP_MODE_FILTER|SECCOMP_SET_MODE_FILTER, [^,]*, \{")
# By which Go's scheduler gets memory, makes and stops threads and waits; a refusal ends the process.
GO = {"clone", "epoll_pwait", "futex", "mmap", "mprotect", "rt_sigprocmask", "rt_sigreturn", "sigaltstack"}
USER_FILES = {"etc/passwd": "root:x:0:0::/:/\nuser:x:1000:1000::/:/\n",
              "etc/group": "root:x:0:\nuser:x:1000:\nmore:x:1001:user\n"}


def make_image(work):
    tree = work / "tree"
    (tree / "etc").mkdir(parents=True)
    for name, text in USER_FILES.items():
        (tree / name).write_text(text)
    source = work / "end.c"
    source.write_text(PROGRAM)
    subprocess.run(["gcc", "-static", "-nostdlib", "-ffreestanding", "-o", tree / "end", source],
                   check=True)
    config = work / "config.json"
    config.write_text(json.dumps({"Cmd": ["/end"]}))
    tool = ROOT / "scenarios/lib/mkimage.py"
    subprocess.run([sys.executable, tool, "layer", tree, work / "layer.tar"], check=True)
    subprocess.run([sys.executable, tool, "image", "--compression", "none", "--config", config, "--name", "end",
                    work / "end.tar", work / "layer.tar"], check=True)
    return work / "end.tar"


class Setting:
    """One runtime with one set of options."""

    def __init__(self, slim, image, work, runtime, locked, user):
        self.work = work
        self.at_times = GO if pathlib.Path(runtime).name == "runc" else set()
        self.name = f"{runtime} {'with' if locked else 'without'} noNewPrivileges as {user}"
        self.command = [slim, "verify", "--quiet", "--ready", "exit", "--runtime", runtime,
                        "--user", user, "--network", "none"]
        if locked:
            self.command += ["--security-opt", "no-new-privileges"]
        self.image = image

    def start(self, allowed, trace=None):
        profile = self.work / "profile.json"
        rules = [{"names": sorted(allowed), "action": "SCMP_ACT_ALLOW"}] if allowed else []
        action = "SCMP_ACT_ERRNO" if allowed else "SCMP_ACT_ALLOW"
        if not allowed:  # a filter that changes nothing, so that one is installed
            rules = [{"names": ["acct"], "action": "SCMP_ACT_ERRNO"}]
        profile.write_text(json.dumps({"defaultAction": action, "syscalls": rules,
                                       "architectures": ["SCMP_ARCH_X86_64"]}))
        before = ["strace", "-f", "-o", trace] if trace else []
        done = subprocess.run([*before, *self.command, "--seccomp", profile, self.image],
                              stdin=subprocess.DEVNULL, capture_output=True)
        return done.returncode == 0

    def seen_once(self):
        log = self.work / "strace.log"
        if not self.start(None, log):
            sys.exit(f"floor.py: {self.name}: the container does not start even without a profile")
        return under_filter(log.read_text(errors="replace").splitlines())

    def starts_always(self, allowed, trials):
        return all(self.start(allowed) for _ in range(trials))


def under_filter(lines):
    """The calls of the process that becomes /end, between its filter and its execve."""
    end = next(i for i, line in enumerate(lines) if 'execve("/end"' in line)
    process = lines[end].split()[0]
    begin = max(i for i, line in enumerate(lines[:end])
                if line.startswith(process + " ") and FILTER.search(line))
    threads = {process}
    for line in lines[:end]:
        made = THREAD.match(line)
        if made and made[1] in threads and ("CLONE_THREAD" in line or "resumed" in line):
            threads.add(made[2])
    calls = set()
    for line in lines[begin + 1:end + 1]:
        call = LINE.match(line)
        if call and call[1] in threads:
            calls.add(call[2])
    return calls - {"exit_group"}


def measure(setting, trials):
    runs = [setting.seen_once() for _ in range(trials)]
    seen = set.union(*runs) | setting.at_times
    always = set.intersection(*runs) - setting.at_times
    allowed = seen | {"execve", "exit", "exit_group"}
    if not setting.starts_always(allowed, trials):
        sys.exit(f"floor.py: {setting.name}: does not start with what strace saw: {sorted(seen)}")
    spare = set()
    for call in sorted(always):
        if setting.starts_always(allowed - spare - {call}, trials):
            spare.add(call)
    if not setting.starts_always(allowed - spare, 4 * trials):
        sys.exit(f"floor.py: {setting.name}: what is left does not start every time")
    return {"needed": sorted(always - spare), "spare": sorted(spare),
            "sometimes": sorted(seen - always)}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slim", default=ROOT / "build/release/slim", type=pathlib.Path)
    parser.add_argument("--runtime", default="crun,runc")
    parser.add_argument("--trials", type=int, default=5)
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()
    results = {}
    with tempfile.TemporaryDirectory() as directory:
        work = pathlib.Path(directory)
        image = make_image(work)
        for runtime, locked, user in itertools.product(arguments.runtime.split(","), (True, False),
                                                       ("root", "user")):
            setting = Setting(arguments.slim, image, work, runtime, locked, user)
            result = results[setting.name] = measure(setting, arguments.trials)
            print(f"{setting.name}:", flush=True)
            for kind, calls in result.items():
                print(f"  {kind:9} {len(calls):3}  {' '.join(calls)}", flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
