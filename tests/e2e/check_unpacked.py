#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares two images as another program has unpacked them, field by field, as the kernel tells it.

    check_unpacked.py SOURCE-TREE SLIM-TREE SLIM.tar

Every path of the slim image's layer must be in both trees, with the same type, owner, mode, time,
extended attributes, device, link target, bytes, and the same names sharing an inode. Of package
databases, which are cut on purpose, the content is not compared.
"""
import hashlib
import os
import stat
import sys

from images import DATABASE, OciArchive


PIECE = 1 << 20


def content_of(path):
    """What holes say is said by the size: only pieces that are not all zero count, with their place."""
    digest = hashlib.sha256()
    with open(path, "rb", buffering=0) as stream:
        size = os.fstat(stream.fileno()).st_size
        at = 0
        while at < size:
            try:
                at = os.lseek(stream.fileno(), at, os.SEEK_DATA) // PIECE * PIECE
            except OSError:  # only a hole is left
                break
            piece = os.pread(stream.fileno(), PIECE, at)
            if piece.strip(b"\0"):
                digest.update(b"%d " % at + piece)
            at += PIECE
    return digest.hexdigest()


def facts_of(path, database):
    status = os.lstat(path)
    kind = stat.S_IFMT(status.st_mode)
    facts = {"type": kind, "mode": oct(stat.S_IMODE(status.st_mode)), "uid": status.st_uid,
             "gid": status.st_gid, "mtime": status.st_mtime_ns,
             "xattrs": {name: os.getxattr(path, name, follow_symlinks=False).hex()
                        for name in os.listxattr(path, follow_symlinks=False)
                        if not name.startswith("trusted.overlay.")}}
    if kind == stat.S_IFREG and not database:
        facts.update(size=status.st_size, content=content_of(path))
    elif kind == stat.S_IFLNK:
        facts["target"] = os.readlink(path)
    elif kind in (stat.S_IFCHR, stat.S_IFBLK):
        facts["device"] = (os.major(status.st_rdev), os.minor(status.st_rdev))
    return facts, (status.st_dev, status.st_ino)


def main():
    source, slim = sys.argv[1:3]
    paths = OciArchive(sys.argv[3]).names()
    problems, inodes = [], {}
    for path in sorted(paths):
        try:
            database = DATABASE.fullmatch(path) is not None
            want, source_inode = facts_of(os.path.join(source, path), database)
            have, slim_inode = facts_of(os.path.join(slim, path), database)
        except OSError as error:
            problems.append(f"{path}: {error.strerror}: {error.filename}")
            continue
        problems += [f"{path}: {fact} is {have.get(fact)}, was {value}"
                     for fact, value in want.items() if have.get(fact) != value]
        if want["type"] == stat.S_IFREG:
            inodes.setdefault(("source", source_inode), set()).add(path)
            inodes.setdefault(("slim", slim_inode), set()).add(path)
    groups = [{frozenset(names) for (side, _), names in inodes.items() if side == which}
              for which in ("source", "slim")]
    problems += [f"{sorted(names)}: not the same hard links" for names in groups[0] ^ groups[1]]
    for text in problems[:40]:
        print(text.encode("utf-8", "backslashreplace").decode())
    print(f"{len(paths)} paths compared, {len(problems)} differences")
    return 1 if problems or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
