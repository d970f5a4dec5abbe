#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every document that slim makes of a bare trace, read by the program it is for, or held against the
# schema of what that accepts. Traces are recorded ones; nothing is run.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need jq python3
python3 -c 'import jsonschema, yaml' 2>/dev/null || skip "no python3-jsonschema and python3-yaml"

kubernetes() { python3 "$e2e/check_kubernetes.py" "$@" || fail "not for Kubernetes: $*"; }

valid() {
  python3 -c 'import json, sys, jsonschema
jsonschema.validate(*(json.load(open(name)) for name in sys.argv[1:]))' \
    "$1" "$root/tests/data/schemas/$2.json"
}

# made FORMAT COMMAND...: what slim prints goes to $made/FORMAT.
made() {
  expect_status 0 "${@:2}"
  cp "$work/stdout" "$made/$1"
}

for trace in "$root"/tests/data/traces/*.json; do
  made=$work/$(basename "$trace" .json)
  mkdir "$made"
  for format in docker oci podman crio; do
    made $format "$SLIM" profile --format $format "$trace"
    valid "$made/$format" oci_seccomp || fail "$format: not what the runtime specification says"
  done
  for format in k8s spo run compose apparmor table; do
    made $format "$SLIM" profile --format $format "$trace"
  done
  for format in k8s nft docker sarif; do
    made ports-$format "$SLIM" ports --format $format "$trace"
  done
  kubernetes "$made/k8s" "$made/spo" "$made/ports-k8s"
  sh -n "$made/run" || fail "run: not a shell script"
  python3 "$e2e/check_network.py" sarif "$made/ports-sarif"
  expect_contains "$made/table" '^[0-9]+ calls allowed, of which [0-9]+ only for the runtime'
  if command -v docker-compose >/dev/null; then
    mkdir "$made/compose.d"
    cp "$made/compose" "$made/compose.d/compose.yaml"
    cp "$made/docker" "$made/compose.d/seccomp.json"
    # In its directory: the first Compose looks for seccomp.json where it is run.
    env -C "$made/compose.d" docker-compose -f compose.yaml config >"$work/compose" 2>&1 ||
      fail "docker-compose: $(tail -5 "$work/compose")"
  fi
  if command -v apparmor_parser >/dev/null; then
    apparmor_parser --skip-kernel-load --skip-cache "$made/apparmor" >"$work/apparmor" 2>&1 ||
      fail "apparmor_parser: $(tail -5 "$work/apparmor")"
  fi
  if command -v nft >/dev/null && [ "$(id -u)" = 0 ]; then
    nft -c -f "$made/ports-nft" || fail "nft does not read the ruleset"
  fi
done

# The image is called as it was for the trace, or as --image says; older traces do not tell.
trace=$root/tests/data/traces/nginx.json
image_of() { python3 -c 'import sys, yaml
print(yaml.safe_load(sys.stdin)["spec"]["template"]["spec"]["containers"][0]["image"])'; }
expect_equal "$("$SLIM" profile --format k8s "$trace" | image_of)" app "the image"
jq '.image_name = "registry.example:5000/web/Shop_1:1.2"' "$trace" >"$work/named.json"
"$SLIM" profile --format k8s "$work/named.json" >"$work/named"
expect_equal "$(image_of <"$work/named")" registry.example:5000/web/Shop_1:1.2 "the image"
expect_contains "$work/named" '^  name: shop-1$'
expect_contains "$work/named" '^# .*--image'
"$SLIM" ports --format k8s "$work/named.json" >"$work/policy"
kubernetes "$work/named" "$work/policy"
"$SLIM" profile --format k8s --image other:2 --name web "$work/named.json" >"$work/named"
expect_equal "$(image_of <"$work/named")" other:2 "the image"
expect_contains "$work/named" '^  name: web$'
# A name that a trace made up stays a word.
jq '.image_name = "x; reboot $(reboot)"' "$trace" >"$work/evil.json"
"$SLIM" profile --format run "$work/evil.json" | grep -qF "'x; reboot \$(reboot)'" ||
  fail "the name of an image becomes a command"

# The check finds what is wrong.
sed 's/readOnlyRootFilesystem/readonlyRootFilesystem/' "$work/nginx/k8s" >"$work/wrong"
if python3 "$e2e/check_kubernetes.py" "$work/wrong" 2>/dev/null; then fail "a wrong field passes"; fi
sed 's/errnoRet: 38/errnoRet: "38"/' "$work/nginx/spo" >"$work/wrong"
if python3 "$e2e/check_kubernetes.py" "$work/wrong" 2>/dev/null; then fail "a wrong type passes"; fi
