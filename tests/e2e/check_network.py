#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Validates what `slim ports` emits for others against the structure that those demand.

    check_network.py sarif FILE     SARIF 2.1.0 as code scanning needs it
    check_network.py listening PORTS.JSON SS-OUTPUT
                                    the served ports are those of `ss -Hlntu`
"""
import json
import re
import sys

import jsonschema


def exact(required, optional=None):
    """An object with these members and no others."""
    return {"type": "object", "required": list(required), "additionalProperties": False,
            "properties": {**required, **(optional or {})}}


TEXT = exact({"text": {"type": "string", "minLength": 1}})
SARIF_LEVEL = {"enum": ["none", "note", "warning", "error"]}
LOCATION = exact({
    "physicalLocation": exact({"artifactLocation": exact(
        {"uri": {"type": "string", "pattern": "^[A-Za-z0-9._~/@%-]+$"}})}),
    "logicalLocations": {"type": "array", "minItems": 1, "items": exact(
        {"fullyQualifiedName": {"type": "string"}, "kind": {"type": "string"}})},
})
SARIF = exact({
    "$schema": {"type": "string"},
    "version": {"const": "2.1.0"},
    "runs": {"type": "array", "minItems": 1, "items": exact({
        "tool": exact({"driver": exact({
            "name": {"const": "slim"},
            "version": {"type": "string", "pattern": r"^\d+\.\d+\.\d+"},
            "rules": {"type": "array", "items": exact({
                "id": {"type": "string"}, "shortDescription": TEXT, "help": TEXT,
                "defaultConfiguration": exact({"level": SARIF_LEVEL})})},
        })}),
        "results": {"type": "array", "items": exact({
            "ruleId": {"type": "string"},
            "ruleIndex": {"type": "integer", "minimum": 0},
            "level": SARIF_LEVEL,
            "message": TEXT,
            "locations": {"type": "array", "minItems": 1, "maxItems": 1, "items": LOCATION},
            "partialFingerprints": {"type": "object", "minProperties": 1, "additionalProperties":
                                    {"type": "string", "pattern": "^[0-9a-f]{64}$"}},
        })},
    })},
})


def check_sarif(path):
    with open(path, encoding="utf-8") as file:
        document = json.load(file)
    jsonschema.validate(document, SARIF)
    for run in document["runs"]:
        rules = run["tool"]["driver"]["rules"]
        assert len({rule["id"] for rule in rules}) == len(rules), "a rule twice"
        seen = set()
        for result in run["results"]:
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"], "ruleIndex"
            fingerprint = json.dumps(result["partialFingerprints"])
            assert fingerprint not in seen, "a fingerprint twice"
            seen.add(fingerprint)


def check_listening(ports_path, ss_path):
    with open(ports_path, encoding="utf-8") as file:
        told = {(port["protocol"], port["address"], port["port"]) for port in json.load(file)
                if port["state"] != "exposed-unused"}
    there = set()
    with open(ss_path, encoding="utf-8") as file:
        for line in file:
            fields = line.split()
            # An interface or a zone may follow the address; "*" is both families.
            address, port = re.fullmatch(r"\[?([^\]%]*)(?:%[^\]:]*)?\]?:(\d+)", fields[4]).groups()
            there.add((fields[0], "::" if address == "*" else address, int(port)))
    assert there, "ss found nothing"
    assert told == there, f"slim tells {sorted(told)}, ss {sorted(there)}"


def main():
    command, arguments = sys.argv[1], sys.argv[2:]
    {"sarif": check_sarif, "listening": check_listening}[command](*arguments)


if __name__ == "__main__":
    main()
