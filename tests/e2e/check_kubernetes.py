#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Validates what slim writes for Kubernetes as an API server would: fields, types and limits by the
schema of its kind (tests/data/schemas/kubernetes.json), and what no schema can say.

    check_kubernetes.py FILE...     YAML; a NetworkPolicy has to select the pods of every Deployment
"""
import ipaddress
import json
import pathlib
import sys

import jsonschema
import yaml

SCHEMA = pathlib.Path(__file__).resolve().parents[1] / "data/schemas/kubernetes.json"


def read(path):
    with open(path, encoding="utf-8") as file:
        documents = list(yaml.safe_load_all(file))
    assert len(documents) == 1, f"{path}: not one document but {len(documents)}"
    return documents[0]


def check_schema(path, document):
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    kind = document.get("kind")
    assert kind in schema["definitions"], f"{path}: no schema for the kind {kind}"
    validator = jsonschema.Draft7Validator({**schema, "$ref": f"#/definitions/{kind}"})
    faults = [f"{'/'.join(map(str, fault.absolute_path))}: {fault.message}"
              for fault in validator.iter_errors(document)]
    assert not faults, f"{path}: " + "; ".join(faults)


def unique(values):
    return len(set(values)) == len(values)


def check_deployment(document):
    spec = document["spec"]
    labels = spec["template"]["metadata"]["labels"]
    assert spec["selector"]["matchLabels"].items() <= labels.items(), "selects other pods"
    pod = spec["template"]["spec"]
    volumes = [volume["name"] for volume in pod.get("volumes", [])]
    assert unique(volumes), "a volume twice"
    for container in pod["containers"]:
        mounts = container.get("volumeMounts", [])
        assert {mount["name"] for mount in mounts} == set(volumes), "volumes and mounts differ"
        assert unique([mount["mountPath"] for mount in mounts]), "two mounts at one path"
    user = pod.get("securityContext", {}).get("runAsUser")
    assert not pod.get("securityContext", {}).get("runAsNonRoot") or user != 0, "root as non-root"


def check_policy(document):
    for rule in document["spec"].get("egress", []):
        for peer in rule.get("to", []):
            if "ipBlock" in peer:
                ipaddress.ip_network(peer["ipBlock"]["cidr"], strict=True)


def main():
    documents = []
    for path in sys.argv[1:]:
        document = read(path)
        check_schema(path, document)
        {"Deployment": check_deployment, "NetworkPolicy": check_policy}.get(
            document["kind"], lambda _: None)(document)
        documents.append(document)
    pods = [document["spec"]["template"]["metadata"]["labels"] for document in documents
            if document["kind"] == "Deployment"]
    for document in documents:
        if document["kind"] == "NetworkPolicy":
            wanted = document["spec"]["podSelector"]["matchLabels"].items()
            assert all(wanted <= labels.items() for labels in pods), "selects other pods"


if __name__ == "__main__":
    main()
