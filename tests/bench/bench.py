#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures slim against its targets and prints ratios: see README.md beside this file.

    bench.py [--slim PROGRAM] [--images DIRECTORY] [--rounds N] [--json FILE] [PART...]

Parts: sizes, run, overhead, unpack, engine. All of them by default. Needs root.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import overhead
import parts
from harness import Bench

PARTS = {"sizes": parts.sizes, "run": parts.run, "overhead": overhead.measure,
         "unpack": parts.unpack, "engine": parts.engine}


def main():
    root = pathlib.Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slim", default=str(root / "build/release/slim"))
    parser.add_argument("--images", default=str(root / "build/bench-images"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", help="also write the results there")
    parser.add_argument("parts", nargs="*", metavar="PART")
    arguments = parser.parse_args()
    unknown = set(arguments.parts) - set(PARTS)
    if unknown or os.geteuid() != 0 or not shutil.which(arguments.slim):
        parser.error(f"no part named {', '.join(unknown)}" if unknown else
                     "needs root" if os.geteuid() else f"no program {arguments.slim}")
    with tempfile.TemporaryDirectory(prefix="slim-bench.") as work:
        bench = Bench(root, arguments.slim, pathlib.Path(arguments.images), arguments.rounds,
                      pathlib.Path(work))
        for name in arguments.parts or PARTS:
            bench.heading(name)
            PARTS[name](bench)
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(bench.results, indent=2) + "\n")
    missed = [result["what"] for result in bench.results if result["met"] is False]
    print(f"\n{len(bench.results)} figures, {len(missed)} miss their target")
    return 1 if missed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(f"bench.py: {' '.join(map(str, error.cmd))} ended with {error.returncode}:\n"
                 + (error.stderr or b"").decode(errors="replace")[-2000:])
