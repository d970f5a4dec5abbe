#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes image layers and OCI archives from directories.

    mkimage.py layer TREE OUT.tar           a tree, or the upper directory of an overlay, as a layer
    mkimage.py image [...] OUT.tar LAYER..  layers and a config as an OCI archive
"""
import argparse
import hashlib
import io
import json
import os
import stat
import subprocess
import tarfile

MEDIA = {"none": "", "gzip": "+gzip", "zstd": "+zstd"}
COMPRESS = {"gzip": ["pigz", "-n", "-m", "-5", "-c"], "zstd": ["zstd", "-q", "-T2", "-3", "-c"]}
OVERLAY = "trusted.overlay."


def xattrs_of(path):
    """Extended attributes as pax records; overlayfs's own are not the image's."""
    found = {}
    for key in os.listxattr(path, follow_symlinks=False):
        if not key.startswith(OVERLAY):
            value = os.getxattr(path, key, follow_symlinks=False)
            found["SCHILY.xattr." + key] = value.decode("utf-8", "surrogateescape")
    return found


def is_opaque(path):
    try:
        return os.getxattr(path, OVERLAY + "opaque", follow_symlinks=False) == b"y"
    except OSError:
        return False


def pax_time(nanoseconds):
    """A time as pax has it: the fraction counts away from the epoch, so -0.5 s is "-0.5"."""
    whole, fraction = divmod(abs(nanoseconds), 10**9)
    return f"{'-' if nanoseconds < 0 else ''}{whole}.{fraction:09d}"


def member(name, status, kind):
    info = tarfile.TarInfo(name)
    info.type = kind
    info.mode = stat.S_IMODE(status.st_mode)
    info.uid, info.gid = status.st_uid, status.st_gid
    # Before the epoch, the octal field of the header cannot say it.
    info.mtime = max(0, status.st_mtime_ns // 10**9)
    if status.st_mtime_ns % 10**9 or status.st_mtime_ns < 0:
        info.pax_headers["mtime"] = pax_time(status.st_mtime_ns)
    return info


def extents(stream, size):
    """(offset, length) of what is no hole."""
    found, at = [], 0
    while at < size:
        try:
            at = os.lseek(stream.fileno(), at, os.SEEK_DATA)
        except OSError:  # only a hole is left
            break
        end = os.lseek(stream.fileno(), at, os.SEEK_HOLE)
        found.append((at, end - at))
        at = end
    return found


class Extents(io.RawIOBase):
    """The map and then the data of a sparse file: what the tar holds of it (GNU format 1.0)."""
    def __init__(self, stream, size):
        super().__init__()
        found = extents(stream, size)
        text = "".join(f"{number}\n" for pair in [(len(found),), *found] for number in pair).encode()
        self.head = text + bytes(-len(text) % tarfile.BLOCKSIZE)
        self.stream, self.found = stream, found
        self.size = len(self.head) + sum(length for _, length in found)
        self.parts = self.pieces()
        self.left = b""

    def pieces(self):
        yield self.head
        for offset, length in self.found:
            self.stream.seek(offset)
            while length:
                piece = self.stream.read(min(length, 1 << 20))
                length -= len(piece)
                yield piece

    def read(self, size=-1):
        while len(self.left) < size and (piece := next(self.parts, b"")):
            self.left += piece
        piece, self.left = self.left[:size], self.left[size:]
        return piece


class LayerWriter:
    def __init__(self, tree, out):
        self.tree = tree
        # Binary xattrs (capabilities, ACLs) are bytes in the header: surrogateescape keeps them.
        self.tar = tarfile.open(out, "w", format=tarfile.PAX_FORMAT, encoding="utf-8",
                                errors="surrogateescape")
        self.seen = {}

    def add(self, relative):
        path = os.path.join(self.tree, relative)
        status = os.lstat(path)
        kinds = {stat.S_IFDIR: tarfile.DIRTYPE, stat.S_IFREG: tarfile.REGTYPE,
                 stat.S_IFLNK: tarfile.SYMTYPE, stat.S_IFIFO: tarfile.FIFOTYPE,
                 stat.S_IFCHR: tarfile.CHRTYPE, stat.S_IFBLK: tarfile.BLKTYPE}
        kind = kinds.get(stat.S_IFMT(status.st_mode))
        if kind is None:  # a socket: no layer can hold one
            return
        if kind == tarfile.CHRTYPE and status.st_rdev == 0:
            parent, base = os.path.split(relative)
            self.tar.addfile(self.whiteout(os.path.join(parent, ".wh." + base), status))
            return
        info = member(relative, status, kind)
        info.pax_headers.update(xattrs_of(path))
        if kind == tarfile.DIRTYPE:
            self.tar.addfile(info)
            if is_opaque(path):
                self.tar.addfile(self.whiteout(os.path.join(relative, ".wh..wh..opq"), status))
            for name in sorted(os.listdir(path)):
                self.add(os.path.join(relative, name))
            return
        if kind == tarfile.SYMTYPE:
            info.linkname = os.readlink(path)
        elif kind in (tarfile.CHRTYPE, tarfile.BLKTYPE):
            info.devmajor, info.devminor = os.major(status.st_rdev), os.minor(status.st_rdev)
        elif kind == tarfile.REGTYPE:
            first = self.seen.setdefault((status.st_dev, status.st_ino), relative)
            if first != relative:
                info.type, info.linkname = tarfile.LNKTYPE, first
                # Some readers give the file the time of its last name.
                info.pax_headers = {key: value for key, value in info.pax_headers.items()
                                    if key == "mtime"}
            else:
                self.add_content(info, path, status)
                return
        self.tar.addfile(info)

    def add_content(self, info, path, status):
        info.size = status.st_size
        with open(path, "rb") as content:
            # Nearly all holes: as they are, or the layer would be as large as the file.
            if status.st_size > 100 * 512 * status.st_blocks + (1 << 20):
                info.pax_headers.update({
                    "GNU.sparse.major": "1", "GNU.sparse.minor": "0",
                    "GNU.sparse.name": info.name, "GNU.sparse.realsize": str(status.st_size)})
                content = Extents(content, status.st_size)
                info.size = content.size
            self.tar.addfile(info, content)

    @staticmethod
    def whiteout(name, status):
        info = member(name, status, tarfile.REGTYPE)
        info.mode, info.uid, info.gid, info.pax_headers = 0o600, 0, 0, {}
        return info

    def write(self):
        for name in sorted(os.listdir(self.tree)):
            self.add(name)
        self.tar.close()


def digest_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def compressed(layer, compression, cache):
    """The layer's blob; the base's is kept beside it, since every image has it."""
    if compression == "none":
        return layer
    blob = f"{layer}.{compression}"
    if not (os.path.dirname(layer) == cache and os.path.exists(blob)):
        with open(layer, "rb") as source, open(blob + ".part", "wb") as target:
            subprocess.run(COMPRESS[compression], stdin=source, stdout=target, check=True)
        os.rename(blob + ".part", blob)
    return blob


def write_image(arguments):
    created = "2024-01-01T00:00:00Z"
    with open(arguments.config, encoding="utf-8") as stream:
        settings = json.load(stream)
    layers, diff_ids, history = [], [], []
    for layer in arguments.layers:
        blob = compressed(layer, arguments.compression, arguments.blob_cache)
        layers.append((digest_of(blob), blob))
        diff_ids.append("sha256:" + digest_of(layer))
        step = os.path.basename(layer).rsplit(".", 2)[-2]
        history.append({"created": created, "created_by": f"scenario {arguments.name}: {step}"})
    history.append({"created": created, "created_by": "scenario config", "empty_layer": True})
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
    config = json.dumps({"created": created, "architecture": machine, "os": "linux",
                         "config": settings, "rootfs": {"type": "layers", "diff_ids": diff_ids},
                         "history": history}, sort_keys=True).encode()

    def descriptor(media, data):
        return {"mediaType": f"application/vnd.oci.image.{media}", "size": len(data),
                "digest": "sha256:" + hashlib.sha256(data).hexdigest()}

    manifest = json.dumps({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": descriptor("config.v1+json", config),
        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar"
                                 + MEDIA[arguments.compression],
                    "digest": "sha256:" + digest, "size": os.path.getsize(blob)}
                   for digest, blob in layers]}, sort_keys=True).encode()
    top = descriptor("manifest.v1+json", manifest)
    top["annotations"] = {"org.opencontainers.image.ref.name": "latest"}
    top["platform"] = {"architecture": machine, "os": "linux"}
    index = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
                        "manifests": [top]}, sort_keys=True).encode()
    with tarfile.open(arguments.out, "w", format=tarfile.PAX_FORMAT) as tar:
        def add(name, data):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        add("oci-layout", b'{"imageLayoutVersion":"1.0.0"}')
        add("index.json", index)
        for data in (config, manifest):
            add("blobs/sha256/" + hashlib.sha256(data).hexdigest(), data)
        for digest, blob in sorted(set(layers)):
            info = tarfile.TarInfo("blobs/sha256/" + digest)
            info.size = os.path.getsize(blob)
            with open(blob, "rb") as stream:
                tar.addfile(info, stream)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    layer = commands.add_parser("layer")
    layer.add_argument("tree")
    layer.add_argument("out")
    image = commands.add_parser("image")
    image.add_argument("--compression", choices=sorted(MEDIA), default="gzip")
    image.add_argument("--config", required=True)
    image.add_argument("--name", required=True)
    image.add_argument("--blob-cache", default="")
    image.add_argument("out")
    image.add_argument("layers", nargs="+")
    arguments = parser.parse_args()
    if arguments.command == "layer":
        LayerWriter(arguments.tree, arguments.out).write()
    else:
        write_image(arguments)


if __name__ == "__main__":
    main()
