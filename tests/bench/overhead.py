# SPDX-License-Identifier: Apache-2.0
"""What tracing costs the traced program: untraced, eBPF, ptrace, strace -f.

The same container runs each time, driven by slim: `slim verify` runs it untraced, `slim trace` with
a tracer, and for strace the probe attaches it to the untraced container. Only the work itself is
timed, by the client (redis) or inside the container (Python).
"""
import os
import shutil
import statistics

TARGETS = {"redis SET": {"ebpf": 1.10, "ptrace": 2.0}, "redis GET": {"ebpf": 1.10, "ptrace": 2.0},
           "import flask": {"ebpf": 1.25, "ptrace": 2.0}}

# The driver in the container: at a connection it does the work, and answers with its seconds.
IMPORT_FLASK = """
import socket, subprocess, time
server = socket.create_server(('', 5000))
command = ['python3', '-c', 'import flask']
subprocess.run(command, check=True)
while True:
    client, _ = server.accept()
    started = time.monotonic()
    for _ in range(10):
        subprocess.run(command, check=True)
    client.sendall(b'%f' % (time.monotonic() - started))
    client.close()
"""

STRACE = """
strace -f -qq -o /dev/null -p "$SLIM_CONTAINER_PID" & strace=$!
until grep -q '^TracerPid:.*[1-9]' /proc/$SLIM_CONTAINER_PID/status; do sleep 0.02; done
"""

REDIS_PROBE = """#!/bin/bash
set -e
{strace}
redis-benchmark -t set,get -n {requests} -c 20 --csv -q >"{work}/redis.csv"
{end}
"""

FLASK_PROBE = """#!/bin/bash
set -e
{strace}
exec 3<>/dev/tcp/127.0.0.1/5000
timeout 120 cat <&3 >"{work}/seconds"
{end}
"""


def write_probe(bench, text, with_strace, **values):
    probe = bench.work / "probe.sh"
    probe.write_text(text.format(strace=STRACE if with_strace else "", work=bench.work,
                                 end="kill $strace; wait $strace || true" if with_strace else "",
                                 **values))
    probe.chmod(0o755)
    return probe


def drive(bench, how, arguments, probe):
    """One run of a container, `how`: untraced, strace, ebpf or ptrace."""
    environment = dict(os.environ, SLIM_CACHE_DIR=str(bench.store))
    if how in ("untraced", "strace"):
        command = ["verify", "--timeout", "120"]
    else:
        shutil.rmtree(bench.work / "out", ignore_errors=True)
        command = ["trace", "-o", bench.work / "out", "--tracer", how, "--timeout", "120"]
    bench.call(bench.slim, *command, *arguments, "--", probe, env=environment)


def redis_seconds(bench, how):
    """Seconds a request, for SET and GET: the reciprocals of the rates."""
    requests = 4000 if how == "strace" else 40000
    probe = write_probe(bench, REDIS_PROBE, how == "strace", requests=requests)
    drive(bench, how, [f"oci-archive:{bench.image('redis')}"], probe)
    rates = {}
    for line in (bench.work / "redis.csv").read_text().splitlines():
        name, rate = [word.strip('"') for word in line.split(",")[:2]]
        if name in ("SET", "GET"):
            rates[f"redis {name}"] = 1e6 / float(rate)
    return rates


def flask_seconds(bench, how):
    probe = write_probe(bench, FLASK_PROBE, how == "strace")
    drive(bench, how, ["--entrypoint", "python3", f"oci-archive:{bench.image('flask')}", "-c",
                       IMPORT_FLASK], probe)
    return {"import flask": bench.read_number("seconds") / 10 * 1e3}


def measure(bench):
    # Interleaved and in short turns, so that a busy moment of the machine hits all of them: which of
    # two processes gets which core makes more of a difference for redis than a tracer does.
    for workload, unit, turns in ((redis_seconds, "us", 6), (flask_seconds, "ms", 1)):
        seen = {}
        for number in range(bench.rounds * turns):
            for how in ("untraced", "ebpf", "ptrace", "strace"):
                if how == "strace" and number > 0:
                    continue
                for what, value in workload(bench, how).items():
                    seen.setdefault(what, {}).setdefault(how, []).append(value)
        for what, hows in seen.items():
            untraced = statistics.median(hows["untraced"])
            for how in ("ebpf", "ptrace", "strace"):
                bench.record(f"{what}: {how} / untraced", statistics.median(hows[how]), untraced,
                             TARGETS[what].get(how), unit)
