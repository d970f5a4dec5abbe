#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Two runs never share an output directory; the second ends with 2 and the first is not disturbed.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
own_store
tiny_image
mkfifo "$work/hold"
cat >"$work/probe.sh" <<'PROBE'
#!/bin/bash
# Tells that it runs, then waits to be let go.
curl -fsS localhost:8080/ -o /dev/null
touch "$1/probing"
read -r _ <"$1/hold"
PROBE
chmod +x "$work/probe.sh"
"$SLIM" run --no-verify -o "$work/out" "$tiny" -- "$work/probe.sh" "$work" \
  >"$work/first" 2>&1 </dev/null &
first=$!
timeout 60 bash -c "until [ -e '$work/probing' ]; do kill -0 $first || exit 1; done" ||
  fail "the first run never probed: $(tail -5 "$work/first")"
expect_error 2 'in use' "$SLIM" run -o "$work/out" "$tiny" -- true
echo go >"$work/hold"
wait $first || fail "the first run was disturbed: $(tail -5 "$work/first")"
expect_file "$work/out/image.tar"
expect_nothing_left
