#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the sources to the project's rules: who may include whom, file length, line length, SPDX
line, no paths of a developer's machine. Prints one line a finding; exit status 1 if there is any.

    lint.py ROOT
"""
import pathlib
import re
import sys

# The architecture: a module may include its own headers and those of these modules.
MAY_INCLUDE = {
    "base": set(),
    "image": {"base"},
    "rootfs": {"base", "image"},
    "container": {"base", "image"},
    "trace": {"base"},
    "keepset": {"base", "image", "rootfs", "trace"},
    "policy": {"base", "trace"},
    "verify": {"base", "image", "rootfs", "container", "trace", "keepset", "policy"},
    "inspect": {"base", "image", "rootfs"},
    "report": {"base"},
}
MAY_INCLUDE["cli"] = set(MAY_INCLUDE)
# A library that one place alone knows.
ONLY_IN = [
    (re.compile(r"<archive(_entry)?\.h>"), ("src/image/",), "libarchive"),
    (re.compile(r"\.skel\.h[>\"]"), ("src/trace/ebpf/",), "the BPF skeleton"),
    (re.compile(r"<(libelf|gelf)\.h>"), ("src/keepset/", "src/policy/"), "libelf"),
]
MAX_LINES = 400
# House style is 100; what a formatter leaves a little longer is no reason to stop a build.
MAX_COLUMNS = 108
CODE = {".cpp", ".hpp", ".c", ".h"}
SCRIPTS = {".sh", ".py", ".cmake"}
FOLDERS = ["src", "include", "bpf", "tests", "scenarios", "deploy", "cmake", ".ci"]
MACHINE_PATH = re.compile(r"(?<![\w.])/(work|home|var/tmp|tmp)/[A-Za-z]")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"][^">]+[">])')


def sources(root):
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if not path.is_file() or path.is_symlink():
                continue
            if path.suffix in CODE | SCRIPTS or path.name in ("CMakeLists.txt", "run"):
                yield path
    yield root / "CMakeLists.txt"


def module_of(relative):
    """The module a file belongs to; None for tests and scripts."""
    parts = relative.parts
    if parts[0] == "src":
        return parts[1] if len(parts) > 2 else "cli"
    if parts[:2] == ("include", "slim"):
        return parts[2]
    return None


def included_module(target):
    parts = target.strip('<>"').split("/")
    if parts[0] == "slim":
        parts = parts[1:]
    return parts[0] if len(parts) > 1 and parts[0] in MAY_INCLUDE else None


def check_includes(relative, lines):
    module = module_of(relative)
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        target = match.group(1)
        for pattern, places, what in ONLY_IN:
            if pattern.search(target) and relative.parts[0] in ("src", "include") and not any(
                    relative.as_posix().startswith(place) for place in places):
                yield number, f"includes {target}: only {' and '.join(places)} may know {what}"
        if module is None:
            continue
        other = included_module(target)
        if other and other != module and other not in MAY_INCLUDE.get(module, set()):
            yield number, f"{module} may not include {target}"


def check_text(relative, lines):
    head = "\n".join(lines[:2])
    if "SPDX-License-Identifier:" not in head:
        yield 1, "no SPDX-License-Identifier in the first two lines"
    if len(lines) > MAX_LINES:
        yield len(lines), f"{len(lines)} lines, more than {MAX_LINES}: split it"
    for number, line in enumerate(lines, 1):
        if relative.suffix in CODE and len(line) > MAX_COLUMNS:
            yield number, f"{len(line)} columns, more than {MAX_COLUMNS}"
        if relative.parts[0] != "tests" and MACHINE_PATH.search(line):
            yield number, "a path of somebody's machine: " + line.strip()[:60]
        if line != line.rstrip():
            yield number, "white space at the end of the line"


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    findings = files = 0
    for path in sources(root):
        relative = path.relative_to(root)
        files += 1
        lines = path.read_text(encoding="utf-8", errors="surrogateescape").split("\n")
        if lines and lines[-1] == "":
            lines.pop()
        for check in (check_includes, check_text):
            for number, message in check(relative, lines):
                print(f"{relative}:{number}: {message}")
                findings += 1
    print(f"lint: {files} files, {findings} findings")
    return 1 if findings or files == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
