# SPDX-License-Identifier: Apache-2.0
"""Sizes against the best peer's, a whole run against `docker run`, unpacking against tar."""
import re
import shutil
import subprocess
import tarfile
import time

# Mint (SlimToolkit), measured with the same images and probes: MB of its result.
PEER = {"nginx": 10.34, "redis": 18.11, "flask": 31.7, "postgres": 119.4, "static": 8.43}
# The same kind of image, but not the same image, so that there is nothing to be held to.
PEER_ALIKE = {"go": 8.43, "node": 98.6, "java": 174.3, "php": 81.3, "ruby": 16.6}
# Phases that are the container's own time, whatever slim does.
CONTAINER_PHASE = re.compile("waiting|probing|stopping")


def sizes(bench):
    """Each slim image against its source (only flask has a target) and against the peer's."""
    for name, peer in {**PEER, **PEER_ALIKE}.items():
        _, report = bench.run_slim(*bench.options(name), f"oci-archive:{bench.image(name)}",
                                   *bench.probe(name))
        slim, source = report["slim"]["bytes"] / 1e6, report["source"]["bytes"] / 1e6
        bench.record(f"{name}: slim / source", slim, source,
                     1 / 24 if name == "flask" else None, "MB")
        bench.record(f"{name}: slim / Mint", slim, peer, 1.0 if name in PEER else None, "MB")


def docker_run(bench, name):
    """docker run, the probe as soon as the port answers, docker stop, docker rm."""
    port = {"nginx": 80}[name]
    started = time.monotonic()
    container = bench.call("docker", "run", "-d", f"slim-bench/{name}").stdout.decode().strip()
    try:
        pid = bench.call("docker", "inspect", "-f", "{{.State.Pid}}", container).stdout.decode().strip()
        answers = f"until (exec 3<>/dev/tcp/127.0.0.1/{port}) 2>/dev/null; do :; done"
        bench.call("timeout", "30", "nsenter", "-t", pid, "-n", "bash", "-c", answers)
        bench.call("nsenter", "-t", pid, "-n", bench.scenario(name) / "probe.sh")
        bench.call("docker", "stop", container)
    finally:
        bench.call("docker", "rm", "-f", container)
    return time.monotonic() - started


def run(bench):
    """A whole warm slim run, verification included, against one plain docker run."""
    if bench.call("docker", "info", check=False).returncode != 0:
        print("skipped: no Docker engine runs here")
        return
    archive = bench.image("nginx")
    bench.call("skopeo", "copy", f"oci-archive:{archive}", "docker-daemon:slim-bench/nginx:latest")
    try:
        docker_run(bench, "nginx")
        bench.run_slim(f"oci-archive:{archive}", *bench.probe("nginx"))
        plain = bench.median(lambda: docker_run(bench, "nginx"))
        for tracer in ("ebpf", "ptrace"):
            whole = bench.median(lambda: bench.run_slim(
                "--tracer", tracer, f"oci-archive:{archive}", *bench.probe("nginx"))[0])
            bench.record(f"nginx: slim run, warm, {tracer} / docker run", whole, plain,
                         4.0 if tracer == "ebpf" else None)
    finally:
        bench.call("docker", "rmi", "-f", "slim-bench/nginx:latest")


def untar(bench, archive, target):
    """tar -x of the image's layers one after the other, as they come (compressed)."""
    blobs = bench.work / "blobs"
    if not blobs.exists():
        with tarfile.open(archive) as tar:
            tar.extractall(blobs)
    layers = [path for path in (blobs / "blobs/sha256").iterdir() if path.stat().st_size > 65536]
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    started = time.monotonic()
    for layer in layers:
        subprocess.run(["tar", "-x", "-z", "-C", target, "-f", layer], check=True,
                       stderr=subprocess.DEVNULL)
    return time.monotonic() - started


def own_time(elapsed, report):
    """Wall time without the container's own run and probe."""
    return elapsed - sum(seconds for phase, seconds in report["timings"].items()
                         if CONTAINER_PHASE.search(phase))


def unpack(bench):
    """Everything but the container's own time, first and second time, against tar -x."""
    archive = bench.image("flask")
    arguments = [f"oci-archive:{archive}", *bench.probe("flask")]
    store, tree = bench.work / "unpack-store", bench.work / "tree"
    untar(bench, archive, tree)
    reference = bench.median(lambda: untar(bench, archive, tree))
    shutil.rmtree(tree)

    def cold():
        shutil.rmtree(store, ignore_errors=True)
        return own_time(*bench.run_slim(*arguments, store=store))

    bench.record("flask: slim, empty store / tar -x", bench.median(cold), reference, 1.5)
    warm = bench.median(lambda: own_time(*bench.run_slim(*arguments, store=store)))
    bench.record("flask: slim, warm store / tar -x", warm, reference, 0.3)


def engine(bench):
    """From a local Docker engine no layer is copied: bytes in the store against the image's."""
    driver = bench.call("docker", "info", "-f", "{{.Driver}}", check=False).stdout.decode().strip()
    if driver != "overlay2":
        print("skipped: no Docker engine with overlay2 runs here")
        return
    bench.call("skopeo", "copy", f"oci-archive:{bench.image('nginx')}",
               "docker-daemon:slim-bench/engine:latest")
    store = bench.work / "engine-store"
    try:
        elapsed, report = bench.run_slim("docker-daemon:slim-bench/engine:latest",
                                         *bench.probe("nginx"), store=store)
        held = sum(path.stat().st_size for path in store.rglob("*")
                   if path.is_file() and not path.is_symlink())
        bench.record("nginx from Docker: bytes in the store / image", held / 1e6,
                     report["source"]["bytes"] / 1e6, 0.05, "MB")
    finally:
        bench.call("docker", "rmi", "-f", "slim-bench/engine:latest")
