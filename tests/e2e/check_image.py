#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks a slim image against its source and a scenario's expectations, path by path.

    check_image.py SOURCE.tar SLIM.tar [EXPECT.json [REPORT.json]]

Every path of the slim image must be in the source with the same bytes, owner, mode, times, xattrs,
device numbers and link target; names that shared an inode must go on sharing it; the config must
be the source's but for the ports. A package database may be cut: it then has nothing that the
source's does not have.
"""
import json
import sys

from images import OciArchive, bytes_of

problems = []


def problem(text):
    problems.append(text)


def pieces(path, content):
    """What a package database consists of: stanzas, or lines."""
    return set(content.split(b"\n\n" if path.endswith("/status") else b"\n"))


def is_cut(path, entry, original):
    if entry.content is None or original.content is None:
        return False
    return pieces(path, entry.content) <= pieces(path, original.content) | {b""}


def check_paths(source, slim):
    for path, entry in sorted(slim.items()):
        original = source.get(path)
        if original is None:
            # A layer may leave out a directory that only holds others, as the root.
            if not (entry.kind == "directory" and (not path or any(
                    name.startswith(path + "/") for name in source))):
                problem(f"{path}: in the slim image, not in the source")
            continue
        have, want = entry.facts(), original.facts()
        if have["digest"] != want["digest"] and is_cut(path, entry, original):
            for fact in ("size", "digest"):
                del want[fact]
        for fact, value in want.items():
            if have[fact] != value:
                problem(f"{path}: {fact} is {have[fact]}, was {value}")
        parent = path.rpartition("/")[0]
        if parent and parent not in slim:
            problem(f"{path}: its directory has no entry")


def check_links(source, slim):
    """Hard links among the kept names are the source's."""
    groups = {}
    for path in slim:
        if path in source and source[path].kind == "file":
            groups.setdefault(source[path].inode, []).append(path)
    for names in groups.values():
        if len({slim[name].inode for name in names}) != 1:
            problem(f"hard links became separate files: {', '.join(sorted(names))}")
    inodes = {}
    for path, entry in slim.items():
        if entry.kind == "file" and path in source:
            inodes.setdefault(entry.inode, set()).add(source[path].inode)
    for inode, origins in inodes.items():
        if len(origins) > 1:
            problem(f"{inode[1]}: separate files became hard links")


def check_config(source, slim):
    for key in set(source.config["config"]) | set(slim.config["config"]):
        if key in ("ExposedPorts", "Labels"):
            continue
        have, want = slim.config["config"].get(key), source.config["config"].get(key)
        if have != want:
            problem(f"config {key} is {have}, was {want}")
    labels = slim.config["config"].get("Labels") or {}
    for name, value in (source.config["config"].get("Labels") or {}).items():
        if labels.get(name) != value:
            problem(f"label {name} is {labels.get(name)}, was {value}")
    for key in ("architecture", "os"):
        if slim.config.get(key) != source.config.get(key):
            problem(f"config {key} is {slim.config.get(key)}, was {source.config.get(key)}")


def check_expectations(expect, source_archive, slim, slim_archive):
    total, original = bytes_of(slim), source_archive.layer_bytes
    if total > expect.get("max_bytes", total):
        problem(f"{total} bytes, more than {expect['max_bytes']}")
    if total > expect.get("max_ratio", 1) * original:
        problem(f"{total} of {original} bytes are {total / original:.4f} of the source, "
                f"more than {expect['max_ratio']}")
    files = sum(entry.kind == "file" for entry in slim.values())
    if files > expect.get("max_files", files):
        problem(f"{files} files, more than {expect['max_files']}")
    for path in expect.get("kept", []):
        if path not in slim:
            problem(f"{path}: should have been kept")
    for path in expect.get("removed", []):
        if path in slim:
            problem(f"{path}: should have been removed")
    exposed = sorted((slim_archive.config["config"].get("ExposedPorts") or {}))
    wanted = sorted(f"{port['port']}/{port['protocol']}" for port in expect.get("ports", [])
                    if port["state"] == "used")
    if exposed != wanted:
        problem(f"ExposedPorts are {exposed}, should be {wanted}")


def check_report(report, source_archive, slim):
    if report["source"]["bytes"] != source_archive.layer_bytes:
        problem(f"report says the source has {report['source']['bytes']} bytes, "
                f"it has {source_archive.layer_bytes}")
    if report["slim"]["bytes"] != bytes_of(slim):
        problem(f"report says {report['slim']['bytes']} bytes, the image has {bytes_of(slim)}")
    kept = sum(entry.kind == "file" for entry in slim.values())
    if report["files"]["kept"] < kept:
        problem(f"report says {report['files']['kept']} kept, the image has {kept} files")


def main():
    source_archive, slim_archive = OciArchive(sys.argv[1]), OciArchive(sys.argv[2])
    source, slim = source_archive.tree(), slim_archive.tree()
    check_paths(source, slim)
    check_links(source, slim)
    check_config(source_archive, slim_archive)
    if len(sys.argv) > 3:
        with open(sys.argv[3], encoding="utf-8") as stream:
            check_expectations(json.load(stream), source_archive, slim, slim_archive)
    if len(sys.argv) > 4:
        with open(sys.argv[4], encoding="utf-8") as stream:
            check_report(json.load(stream), source_archive, slim)
    for text in problems[:40]:
        print(text.encode("utf-8", "backslashreplace").decode())
    total, original = bytes_of(slim), source_archive.layer_bytes
    print(f"{len(slim)} paths of {len(source)}, {total / 1e6:.2f} of {original / 1e6:.1f} MB "
          f"(1/{original / max(total, 1):.1f}), {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
