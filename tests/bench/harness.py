# SPDX-License-Identifier: Apache-2.0
"""What the parts of the benchmark share: running slim, medians, the table."""
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import time


class Bench:
    def __init__(self, root, slim, images, rounds, work):
        self.root, self.slim, self.images, self.rounds, self.work = root, slim, images, rounds, work
        self.store = work / "store"
        self.results = []

    def heading(self, text):
        print(f"\n{text}\n{'what':50} {'measured':>12} {'reference':>12} {'ratio':>7} {'target':>7}")

    def record(self, what, measured, reference, target=None, unit="s", at_most=True):
        """One line: the ratio measured / reference against the target (a largest ratio)."""
        ratio = measured / reference if reference else float("inf")
        met = None if target is None else (ratio <= target if at_most else ratio >= target)
        self.results.append({"what": what, "measured": measured, "reference": reference,
                             "unit": unit, "ratio": ratio, "target": target, "met": met})
        digits = 3 if unit == "s" else 2
        print(f"{what:50} {measured:>9.{digits}f} {unit:2} {reference:>9.{digits}f} {unit:2}"
              f" {ratio:7.2f} {'' if target is None else format(target, '.2f'):>7}"
              f" {'' if met is None else 'ok' if met else 'MISSED'}", flush=True)

    def image(self, name):
        archive = self.images / f"{name}.tar"
        if not archive.exists():
            subprocess.run([self.root / "scenarios/build.sh", name, self.images], check=True)
        return archive

    def scenario(self, name):
        return self.root / "scenarios" / name

    def options(self, name):
        file = self.scenario(name) / "options"
        return file.read_text().split() if file.exists() else []

    def probe(self, name):
        script = self.scenario(name) / "probe.sh"
        return ["--", str(script)] if script.exists() else []

    def call(self, *arguments, check=True, **settings):
        return subprocess.run([str(word) for word in arguments], check=check,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, **settings)

    def run_slim(self, *arguments, store=None, command="run"):
        """Seconds of wall time, and the report if there is one."""
        out = self.work / "out"
        shutil.rmtree(out, ignore_errors=True)
        environment = dict(os.environ, SLIM_CACHE_DIR=str(store or self.store))
        started = time.monotonic()
        self.call(self.slim, command, "-o", out, *arguments, env=environment)
        elapsed = time.monotonic() - started
        report = out / "report.json"
        return elapsed, json.loads(report.read_text()) if report.exists() else None

    def median(self, function):
        return statistics.median(function() for _ in range(self.rounds))

    def read_number(self, name):
        return float(pathlib.Path(self.work / name).read_text())
