# SPDX-License-Identifier: Apache-2.0
"""A second, independent reader of OCI archives for checking what slim wrote: Python's tarfile and
hashlib, nothing of slim's own."""
import hashlib
import io
import json
import re
import stat
import subprocess
import tarfile
from dataclasses import dataclass, field

TYPES = {tarfile.REGTYPE: "file", tarfile.AREGTYPE: "file", tarfile.GNUTYPE_SPARSE: "file",
         tarfile.DIRTYPE: "directory", tarfile.SYMTYPE: "symlink", tarfile.LNKTYPE: "hardlink",
         tarfile.FIFOTYPE: "fifo", tarfile.CHRTYPE: "char", tarfile.BLKTYPE: "block"}

# Package databases, which a slim image has cut to what is left.
DATABASE = re.compile(r"var/lib/dpkg/(status|diversions|(info|status\.d)/[^/]+\.(list|md5sums))"
                      r"|(usr/)?lib/apk/db/installed")


@dataclass
class Entry:
    kind: str
    mode: int
    uid: int
    gid: int
    mtime: str
    size: int = 0
    digest: str = ""
    target: str = ""
    device: tuple = (0, 0)
    xattrs: dict = field(default_factory=dict)
    inode: tuple = ()
    content: bytes = None  # of package databases

    def facts(self):
        """Everything that a kept file must share with the original."""
        return {"kind": self.kind, "mode": oct(self.mode), "uid": self.uid, "gid": self.gid,
                "mtime": self.mtime, "size": self.size, "digest": self.digest,
                "target": self.target, "device": self.device, "xattrs": self.xattrs}


def normal(name):
    parts = [part for part in name.split("/") if part not in ("", ".")]
    return "/".join(parts)


def nanoseconds(info):
    """The time to the nanosecond, as text: a float would lose digits."""
    text = info.pax_headers.get("mtime", str(info.mtime))
    whole, _, fraction = text.lstrip("-").partition(".")
    return f"{'-' * text.startswith('-')}{int(whole)}.{(fraction + '0' * 9)[:9]}"


def xattrs_of(info):
    prefix = "SCHILY.xattr."
    return {key[len(prefix):]: value.encode("utf-8", "surrogateescape").hex()
            for key, value in info.pax_headers.items() if key.startswith(prefix)}


class OciArchive:
    def __init__(self, path):
        self.tar = tarfile.open(path)
        index = json.loads(self.read("index.json"))
        self.manifest = json.loads(self.blob(index["manifests"][0]["digest"]))
        self.config = json.loads(self.blob(self.manifest["config"]["digest"]))

    def read(self, name):
        return self.tar.extractfile(name).read()

    def blob(self, digest):
        data = self.read("blobs/sha256/" + digest.split(":")[1])
        if "sha256:" + hashlib.sha256(data).hexdigest() != digest:
            raise ValueError(f"blob {digest} has other content")
        return data

    def layers(self):
        for descriptor, diff_id in zip(self.manifest["layers"], self.config["rootfs"]["diff_ids"],
                                       strict=True):
            data = self.blob(descriptor["digest"])
            if descriptor["size"] != len(data):
                raise ValueError(f"layer {descriptor['digest']}: wrong size")
            if descriptor["mediaType"].endswith("+gzip"):
                data = subprocess.run(["gzip", "-dc"], input=data, stdout=subprocess.PIPE,
                                      check=True).stdout
            elif descriptor["mediaType"].endswith("+zstd"):
                data = subprocess.run(["zstd", "-dcq"], input=data, stdout=subprocess.PIPE,
                                      check=True).stdout
            # What is not compressed has been compared already.
            if descriptor["digest"] != diff_id and \
                    "sha256:" + hashlib.sha256(data).hexdigest() != diff_id:
                raise ValueError(f"layer {descriptor['digest']}: not its diff_id")
            yield data

    def names(self):
        """The paths of the layers' entries, without a look at what they are."""
        found = set()
        for data in self.layers():
            with open_layer(data) as tar:
                found.update(normal(info.name) for info in tar)
        return found - {""}

    def tree(self):
        """path -> Entry of the merged layers."""
        merged = {}
        self.layer_bytes = 0
        for number, data in enumerate(self.layers()):
            self.layer_bytes += apply_layer(merged, data, number)
        return merged


def open_layer(data):
    return tarfile.open(fileobj=io.BytesIO(data), encoding="utf-8", errors="surrogateescape")


def remove_below(merged, path):
    prefix = path + "/"
    for name in [name for name in merged if name.startswith(prefix)]:
        del merged[name]


def apply_layer(merged, data, number):
    """The bytes of the layer's files, hidden by a later layer or not: what `docker images` adds up."""
    with open_layer(data) as tar:
        members = [(normal(info.name), info) for info in tar]
        for name, _ in members:  # whiteouts hide what lower layers have, whatever their place
            parent, _, base = name.rpartition("/")
            if base == ".wh..wh..opq":
                remove_below(merged, parent)
            elif base.startswith(".wh."):
                hidden = normal(parent + "/" + base[4:])
                merged.pop(hidden, None)
                remove_below(merged, hidden)
        own = {}
        for name, info in members:
            if name.rpartition("/")[2].startswith(".wh."):
                continue
            entry = entry_of(tar, info, name, number, own)
            if entry.kind != "directory" and name in merged and merged[name].kind == "directory":
                remove_below(merged, name)
            merged[name] = own[name] = entry
        return bytes_of(own)


def entry_of(tar, info, name, number, own):
    kind = TYPES[info.type]
    if kind == "hardlink":
        return own[normal(info.linkname)]
    entry = Entry(kind, stat.S_IMODE(info.mode), info.uid, info.gid, nanoseconds(info),
                  xattrs=xattrs_of(info), inode=(number, name))
    if kind == "file":
        entry.size = info.size
        digest = hashlib.sha256()
        stream = tar.extractfile(info)
        if DATABASE.fullmatch(name):
            entry.content = stream.read()
            stream.seek(0)
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
        entry.digest = digest.hexdigest()
    elif kind == "symlink":
        entry.target = info.linkname
    elif kind in ("char", "block"):
        entry.device = (info.devmajor, info.devminor)
    return entry


def bytes_of(tree):
    """Uncompressed bytes of the files, each inode once."""
    return sum({entry.inode: entry.size for entry in tree.values()}.values())
