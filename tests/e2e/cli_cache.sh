#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The layer store: filled once, listed, freed, and not while it is in use.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
own_store
need jq
tiny_image
expect_status 0 "$SLIM" run -o "$work/out" "$tiny" -- curl -fsS localhost:8080/ -o /dev/null
layer=$(tar -xOf "$tiny" "blobs/sha256/$(tar -xOf "$tiny" index.json | jq -r '.manifests[0].digest[7:]')" |
        jq -r '.layers[0].digest')
expect_status 0 "$SLIM" cache ls --json
expect_json "$work/stdout" "[.[].diff_id] == [\"$layer\"]"
expect_json "$work/stdout" '.[0].bytes > 1000000 and .[0].files > 2'
expect_status 0 "$SLIM" cache ls
expect_contains "$work/stdout" "${layer:0:15}"

# Held by a run: prune leaves it.
mkfifo "$work/hold"
cat >"$work/probe.sh" <<'PROBE'
#!/bin/bash
curl -fsS localhost:8080/ -o /dev/null && touch "$1/probing" && read -r _ <"$1/hold"
PROBE
chmod +x "$work/probe.sh"
"$SLIM" run --no-verify -o "$work/out2" "$tiny" -- "$work/probe.sh" "$work" >"$work/log" 2>&1 </dev/null &
run=$!
timeout 60 bash -c "until [ -e '$work/probing' ]; do kill -0 $run || exit 1; done" || fail "never probed"
expect_status 0 "$SLIM" cache prune
expect_status 0 "$SLIM" cache ls --json
expect_json "$work/stdout" 'length == 1 and .[0].in_use == true'
echo go >"$work/hold"
wait $run || fail "the run was disturbed: $(tail -5 "$work/log")"

expect_status 0 "$SLIM" cache prune --older-than 1d
expect_status 0 "$SLIM" cache ls --json
expect_json "$work/stdout" 'length == 1'
expect_status 0 "$SLIM" cache prune
expect_status 0 "$SLIM" cache ls --json
expect_json "$work/stdout" 'length == 0'
expect_equal "$(find "$work/store" -type f -size +100k | wc -l)" 0 "large files left"
