#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures scenarios and writes their rows into the table of scenarios/README.md.

    table.py [--starts N] [--jobs N] [--readme FILE] [NAME...]  measure these scenarios (default: all)
    table.py --check [--readme FILE]                            only tell whether each has a row

Rows of scenarios that are not named stay as they are, so that one can be measured again alone. The
file is replaced after each scenario, as a whole; what was measured before an interruption stays.
Needs what measure.sh needs: root, a Docker engine, the slim program ($SLIM).
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
BEGIN = "<!-- table.py: from here to the end mark everything is generated -->"
END = "<!-- table.py: end -->"
ENGINES = ["docker", "podman", "crun", "runc"]
HEADER = [
    "scenario", "source MB", "observed MB", "file MB (factor)", "package MB (factor)",
    "file/observed", "verified in round", "calls allowed", "calls for runc, nnp", "capabilities", "writable", "ports",
    "fails at file", "fails at package", "attacks denied"] + [f"{engine}, nnp" for engine in ENGINES]
ROW = re.compile(r"^\| ([a-z0-9_-]+) \|")


def scenarios():
    return sorted(recipe.parent.name for recipe in HERE.glob("*/recipe.sh"))


def megabytes(count):
    return f"{count / 1e6:.1f}"


def listed(names):
    """A cell for a list that may be empty, or that this version of report.json does not have."""
    if names is None:
        return "?"
    return " ".join(names) if names else "none"


def slimmed(measured, closure):
    size = measured["slim"][closure]
    return f"{megabytes(size)} ({measured['source'] / size:.1f}x)"


def failing(count_of):
    """A cell for [failing, checks] of the wide probes."""
    failed, checks = count_of
    if not checks:
        return "no wide probe"
    return "?" if failed is None else f"{failed} of {checks}"


def denied(attacks):
    """A cell for the hostile companion: what is not denied is named."""
    through = attacks["let_through"]
    count = f"{attacks['tried'] - len(through)} of {attacks['tried']}"
    return f"{count} ({', '.join(through)})" if through else count


def started(measured, engine):
    """Starts without and with no-new-privileges."""
    if not measured["starts"]:
        return "not tried"
    counts = [measured["started"].get(engine + mode, 0) for mode in ("", "_nnp")]
    return ", ".join(f"{count}/{measured['starts']}" for count in counts)


def row(measured):
    names = measured["capabilities"]
    short = names and [name.removeprefix("CAP_") for name in names]
    cells = [
        measured["name"], megabytes(measured["source"]), megabytes(measured["slim"]["observed"]),
        slimmed(measured, "file"), slimmed(measured, "package"),
        f"{measured['slim']['file'] / measured['slim']['observed']:.2f}",
        str(measured["rounds"]),
        f"{measured['syscalls']['allowed']} of {measured['syscalls']['of']}",
        f"{measured['syscalls']['runc']}, {measured['syscalls']['runc_nnp']}",
        listed(short), listed(measured["writable"]), listed(measured["ports"]),
        failing(measured["wide"]["file"]), failing(measured["wide"]["package"]), denied(measured["attacks"])]
    cells += [started(measured, engine) for engine in ENGINES]
    return "| " + " | ".join(cells) + " |"


def medians(rows):
    """A line with the medians of the counts of calls; rows are older if they lack a column."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in rows]
    complete = [dict(zip(HEADER, row)) for row in cells if len(row) == len(HEADER)]
    if not complete:
        return ""
    allowed = [int(row["calls allowed"].split()[0]) for row in complete]
    runc = [[int(count) for count in row["calls for runc, nnp"].split(",")] for row in complete]
    middle = [f"{statistics.median(counts):g}" for counts in [allowed, *zip(*runc)]]
    return (f"Median of {len(complete)} scenarios: {middle[0]} calls allowed; {middle[1]} for runc, "
            f"{middle[2]} with no-new-privileges.")


def split(readme):
    """The file's prose before and after the table, and the table's rows by scenario."""
    text = readme.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        sys.exit(f"table.py: {readme} does not have the two marks of the table, once each")
    before, rest = text.split(BEGIN)
    table, after = rest.split(END)
    rows = {match.group(1): line for line in table.splitlines()
            if (match := ROW.match(line)) and match.group(1) != HEADER[0]}
    return before, rows, after


def write(readme, before, rows, after):
    """Replaces the file by one that is complete; rows of scenarios that are gone are dropped."""
    lines = ["| " + " | ".join(HEADER) + " |", "|" + "---|" * len(HEADER)]
    lines += [rows[name] for name in scenarios() if name in rows]
    lines += ["", medians(lines[2:])]
    text = before + BEGIN + "\n\n" + "\n".join(lines) + "\n\n" + END + after
    with tempfile.NamedTemporaryFile("w", dir=readme.parent, encoding="utf-8",
                                     delete=False) as stream:
        stream.write(text)
    os.chmod(stream.name, 0o644)
    os.replace(stream.name, readme)


def measure(name, starts):
    result = subprocess.run([HERE / "measure.sh", name, str(starts)], stdout=subprocess.PIPE,
                            stdin=subprocess.DEVNULL, check=False)
    return json.loads(result.stdout) if result.returncode == 0 else None


def check(readme):
    have = set(split(readme)[1])
    missing = [name for name in scenarios() if name not in have]
    for name in missing:
        print(f"{readme}: no row for the scenario {name}; make it: scenarios/table.py {name}")
    for name in sorted(have - set(scenarios())):
        print(f"{readme}: a row for {name}, which is no scenario")
    return 1 if missing or have - set(scenarios()) else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--starts", type=int, default=20, help="starts on each engine (20; 0: none)")
    parser.add_argument("--jobs", type=int, default=2, help="scenarios measured at a time (2)")
    parser.add_argument("--readme", type=pathlib.Path, default=HERE / "README.md")
    parser.add_argument("--check", action="store_true", help="only compare rows and scenarios")
    arguments = parser.parse_args()
    if arguments.check:
        return check(arguments.readme)
    unknown = set(arguments.names) - set(scenarios())
    if unknown:
        sys.exit(f"table.py: no scenario named {', '.join(sorted(unknown))}")
    split(arguments.readme)
    names = arguments.names or scenarios()
    failed = []
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        running = {pool.submit(measure, name, arguments.starts): name for name in names}
        for number, done in enumerate(concurrent.futures.as_completed(running), 1):
            name, measured = running[done], done.result()
            print(f"== {name} ({number} of {len(names)})", file=sys.stderr, flush=True)
            if measured is None:
                failed.append(name)
                continue
            # Read again: another run may have measured other scenarios in the meantime.
            before, rows, after = split(arguments.readme)
            rows[name] = row(measured)
            write(arguments.readme, before, rows, after)
    if failed:
        print(f"table.py: could not measure {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
