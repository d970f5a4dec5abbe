#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Without a probe, HTTP ports are crawled and a batch image is its own probe; readiness can be asked for.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
own_store
need jq
tiny_image
tiny_tree "$work/site"
echo '<a href="/page.html">page</a> <a href="http://example.invalid/">out</a>' >"$work/site/www/index.html"
echo '<p>linked</p>' >"$work/site/www/page.html"
make_image "$work/site.tar" "$work/tiny.json" "$work/site"
expect_status 0 "$SLIM" run -o "$work/out" "$work/site.tar"
expect_status 0 "$SLIM" explain -o "$work/out" /www/page.html
expect_contains "$work/stdout" 'observed|read'

# What the original answered the slim image has to answer, too, although a 404 is no failure by itself.
expect_error 7 '' "$SLIM" run -o "$work/out" --repair 0 --drop /www/page.html "$work/site.tar"
expect_json "$work/out/report.json" '.verify.details[0].failure |
  test("page.html answered 200 on the original and answers 404 now")'
# The start goes on when the first port is there; the crawl begins when it is over.
slow='httpd -p 8080 -h /www; i=0; while [ $i -lt 1000000 ]; do i=$((i+1)); done
cat /usr/share/unused/numbers >/dev/null; exec httpd -f -p 8081 -h /www'
for tracer in ebpf ptrace; do
  expect_status 0 "$SLIM" run --tracer $tracer -o "$work/out" "$tiny" sh -c "$slow"
  expect_json "$work/out/ports.json" 'any(.port == 8081 and .state != "unprobed")'
  expect_status 0 "$SLIM" explain -o "$work/out" /usr/share/unused/numbers
done

# So has a container that goes on running to go on, although the probe passes by itself. The probe
# waits for what comes of it, the second port or the end.
cat >"$work/dying.sh" <<'PROBE'
#!/bin/bash
kill -USR1 "$SLIM_CONTAINER_PID"
until curl -fs localhost:8081/ -o /dev/null || ! readlink "/proc/$SLIM_CONTAINER_PID/exe" >/dev/null; do
  :
done
PROBE
chmod +x "$work/dying.sh"
serve='trap "cat /usr/share/unused/numbers >/dev/null || exit 9; httpd -p 8081 -h /www" USR1
httpd -p 8080 -h /www; while :; do sleep 60 & wait $!; done'
expect_error 7 'exit status 9 before the probe was over, and ran on' "$SLIM" run -o "$work/out" \
  --repair 0 --drop /usr/share/unused/numbers "$tiny" sh -c "$serve" -- "$work/dying.sh"
expect_status 0 "$SLIM" run -o "$work/out" "$tiny" sh -c "$serve" -- "$work/dying.sh"
# A server that ends by itself after its one answer does not die of it, whoever sees its end first. Its
# image has a stop signal that does not end it sooner.
jq '.StopSignal = "SIGTERM"' "$work/tiny.json" >"$work/term.json"
make_image "$work/term.tar" "$work/term.json" "$work/tiny"
cat >"$work/ask.sh" <<'PROBE'
#!/bin/bash
exec 3<>/dev/tcp/localhost/8080
read -r line <&3
[ "$line" = '<h1>tiny</h1>' ]
PROBE
chmod +x "$work/ask.sh"
for tracer in ebpf ptrace; do
  expect_status 0 "$SLIM" run --tracer $tracer -o "$work/out" "$work/term.tar" \
    sh -c 'busybox nc -l -p 8080 </www/index.html; exit 3' -- "$work/ask.sh"
done
# The slim image declares all that was served, and is ready with the port that the original declares all
# the same, not with another that comes first.
expect_status 0 "$SLIM" run -o "$work/out" "$tiny" \
  sh -c 'httpd -p 8081 -h /www; sleep 0.3; httpd -p 8080 -h /www; while :; do sleep 60 & wait $!; done' \
  -- bash -c '[[ " $SLIM_PORTS " == *8080* ]] && curl -fsS localhost:8081/ -o /dev/null'
# A probe that is refused is tried again when another port opens, however late: here once it has used up
# its other tries. Without such a port it fails in the end, and is told why.
cat >"$work/early.sh" <<'PROBE'
#!/bin/bash
curl -fsS localhost:8081/ -o /dev/null && exit
echo tried >>"$1"
[ "$(wc -l <"$1")" -ne 4 ] || kill -USR1 "$SLIM_CONTAINER_PID"
exit 1
PROBE
chmod +x "$work/early.sh"
for tracer in ebpf ptrace; do
  expect_status 0 "$SLIM" run --tracer $tracer --no-verify -o "$work/out" "$tiny" sh -c "$serve" -- \
    "$work/early.sh" "$work/tries"
  expect_equal "$(wc -l <"$work/tries")" 4 'tries before the port was there'
  rm "$work/tries"
done
expect_error 5 'status 7 .*refused or reset; the container listened on port 8080\) on the original' \
  "$SLIM" run -o "$work/out" --timeout 3 "$tiny" -- curl -fsS localhost:8081/
expect_contains "$work/stderr" 'tried again when a port opens'
# What a probe leaves running ends with it, in whatever session, and also what that has started. It
# tells its children through a pipe, so that they are there when it ends, and nothing else of it.
cat >"$work/daemons.sh" <<'PROBE'
#!/bin/bash
curl -fsS localhost:8080/ -o /dev/null || exit
exec 3< <(exec env -i setsid bash -c 'setsid sleep infinity & echo $$ $!; exec setsid sleep infinity')
read -r daemons <&3
echo "$daemons" >>"$1"
exit "$2"
PROBE
chmod +x "$work/daemons.sh"
# expect_daemons_ended RUNS
expect_daemons_ended() {
  local pid
  expect_equal "$(wc -l <"$work/daemons")" "$1" 'probes that left daemons'
  for pid in $(cat "$work/daemons"); do expect_no_file "/proc/$pid"; done
  rm "$work/daemons"
}
for tracer in ebpf ptrace; do
  expect_status 0 "$SLIM" run --no-verify --tracer $tracer -o "$work/out" "$tiny" -- \
    "$work/daemons.sh" "$work/daemons" 0
  expect_daemons_ended 1
done
expect_status 5 "$SLIM" trace -o "$work/out" "$tiny" -- "$work/daemons.sh" "$work/daemons" 1
expect_daemons_ended 4  # a probe that fails at once is tried again
# A command inside that does not end is ended.
expect_error 5 'did not end in time' \
  "$SLIM" run -o "$work/out" --timeout 2 --exec 'sleep 1000' "$work/site.tar"

probe=(-- curl -fsS localhost:8080/ -o /dev/null)
expect_status 0 "$SLIM" run -o "$work/out" --ready port:8080 "$tiny" "${probe[@]}"
expect_status 0 "$SLIM" run -o "$work/out" --ready http://localhost:8080/ "$tiny" "${probe[@]}"
expect_status 0 "$SLIM" run -o "$work/out" --ready log:ready "$tiny" \
  sh -c 'echo now ready; exec httpd -f -p 8080 -h /www' -- \
  curl -fsS --retry 9 --retry-connrefused 127.0.0.1:8080/ -o /dev/null
expect_status 0 "$SLIM" run -o "$work/out" --ready exit "$tiny" cat /etc/passwd
expect_equal "$(jq 'length' "$work/out/ports.json")" 1 "ports of a batch run (only the unused one)"
expect_nothing_left
