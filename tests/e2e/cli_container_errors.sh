#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What goes wrong with the container or its probe, and what slim says then.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
own_store
need jq
tiny_image
run() { "$SLIM" run -o "$work/out" "$@"; }

# A probe that fails: 5, and the container's own words.
tiny_config | jq '.Cmd = ["sh", "-c", "echo words of the container; exec httpd -f -p 8080 -h /www"]' \
  >"$work/talking.json"
make_image "$work/talking.tar" "$work/talking.json" "$work/tiny"
expect_status 5 run "$work/talking.tar" -- curl -fsS localhost:8080/nothing-here
expect_contains "$work/stderr" 'words of the container'
expect_no_file "$work/out/image.tar"

# An exec probe that fails.
expect_status 5 run --exec 'cat /nothing' "$tiny"

# A container that ends at once with an error.
expect_status 5 run "$tiny" sh -c 'echo last words; exit 9' -- true
expect_contains "$work/stderr" 'last words'
expect_contains "$work/stderr" '9'

# A stop signal that comes before the container heeds it is sent again.
tiny_config | jq '.Cmd = ["sh", "-c", "trap \"trap \\\"touch /tmp/ended; exit 0\\\" TERM\" TERM
httpd -p 8080 -h /www; while :; do sleep 60 & wait; done"] | .StopSignal = "SIGTERM"' >"$work/late.json"
make_image "$work/late.tar" "$work/late.json" "$work/tiny"
expect_status 0 run --no-verify "$work/late.tar" -- curl -fsS localhost:8080/ -o /dev/null
! grep -q 'was killed' "$work/stderr" || fail "killed, not stopped"
expect_json "$work/out/trace.json" 'tostring | contains("/tmp/ended")'

# Without a handler the first process cannot be stopped: nobody waits for it as long as Docker would.
tiny_config | jq '.StopSignal = "SIGTERM"' >"$work/deaf.json"
make_image "$work/deaf.tar" "$work/deaf.json" "$work/tiny"
expect_status 0 run --no-verify "$work/deaf.tar" -- curl -fsS localhost:8080/ -o /dev/null
expect_contains "$work/stderr" 'takes no notice of SIGTERM, .* --init'

# A command that is not in the image: the runtime's message, 4.
expect_error 4 'no-such-command' run "$tiny" no-such-command -- true
expect_error 4 '^slim: runc [a-z]* failed: unable to start' run --runtime runc "$tiny" no-such-command -- true

# Nothing ever listens: the time-out says what was seen.
expect_status 4 run --timeout 2 --ready port:9999 "$tiny" -- true
expect_contains "$work/stderr" '8080'

# No runtime at all: 4, with the names that were looked for. It would be found outside of PATH too,
# so it is hidden.
cat >"$work/without-runtimes" <<'HIDE'
for name in runc crun; do
  for directory in /usr/bin /usr/sbin /usr/local/bin /usr/local/sbin /bin /sbin; do
    [ ! -x $directory/$name ] || mount --bind /dev/null $directory/$name
  done
done
exec "$@"
HIDE
expect_error 4 'runc' unshare --mount bash "$work/without-runtimes" \
  "$SLIM" run -o "$work/out" "$tiny" -- true
expect_error 4 'no-such-runtime' run --runtime "$work/no-such-runtime" "$tiny" -- true
expect_nothing_left
