#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# slim ports: what it tells of real servers is what ss sees in their network namespace; the emitted
# policies are accepted by those who read them; findings fail a gate.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
own_store
need jq ss nsenter nft curl
python3 -c 'import jsonschema, yaml' 2>/dev/null || skip "no python3-jsonschema and python3-yaml"

# audit NAME OPTION...: runs the scenario's probe and then asks ss what listens.
audit() {
  local scenario=$1
  shift
  cat >"$work/probe-$scenario" <<PROBE
#!/bin/sh
set -e
"$root/scenarios/$scenario/probe.sh"
nsenter -t "\$SLIM_CONTAINER_PID" -n ss -Hlntu >"$work/ss-$scenario"
PROBE
  chmod +x "$work/probe-$scenario"
  expect_status 0 "$SLIM" ports "$@" -o "$work/$scenario" "$(scenario_image "$scenario")" -- \
    "$work/probe-$scenario"
  python3 "$e2e/check_network.py" listening "$work/$scenario/ports.json" "$work/ss-$scenario"
}

for tracer in ebpf ptrace; do
  audit redis --tracer $tracer
  expect_contains "$work/stdout" '^6379/tcp +0\.0\.0\.0 +used +yes .*until stopped'
  audit nginx --tracer $tracer --json
  expect_one_document "$work/stdout"
  # The master opens the port, the workers serve it.
  expect_json "$work/stdout" '[.listening[] | .users == [0] and .served_by_users == [33]] | all'
  expect_json "$work/stdout" '[.findings[] | select(.rule == "root")] == []'
done
audit postgres -e POSTGRES_PASSWORD=secret --format sarif
python3 "$e2e/check_network.py" sarif "$work/stdout"
expect_json "$work/postgres/network.json" \
  '[.unix[] | select(.action == "listen") | .path] == ["/var/run/postgresql/.s.PGSQL.5432"]'

# Every format of every trace, by its own reader.
for scenario in redis nginx postgres; do
  trace=$work/$scenario/trace.json
  expect_status 0 "$SLIM" ports --format k8s --name "$scenario" "$trace"
  python3 "$e2e/check_kubernetes.py" "$work/stdout"
  expect_status 0 "$SLIM" ports --format nft --name "$scenario" "$trace"
  nft -c -f "$work/stdout"
  expect_status 0 "$SLIM" ports --format sarif "$trace"
  python3 "$e2e/check_network.py" sarif "$work/stdout"
  # Without a format: the contract's array, as slim run writes it.
  expect_status 0 "$SLIM" ports "$trace"
  cmp "$work/stdout" "$work/$scenario/ports.json"
  # Options may come after the traces.
  expect_status 0 "$SLIM" ports "$trace" --fail-on root,undeclared,all-interfaces --format docker
  expect_contains "$work/stdout" '^-p [0-9]+:[0-9]+$'
done

# An image with everything wrong: root serves, EXPOSE lies, and it calls outside.
tiny_tree "$work/tiny"
for applet in nc; do ln -s busybox "$work/tiny/bin/$applet"; done
jq '.Cmd = ["sh", "-c", "nc -w 1 192.0.2.1 443; nc -w 1 2001:db8::1 4443; exec httpd -f -p 8080 -h /www"]
    | .ExposedPorts = {"443/tcp": {}}' <(tiny_config) >"$work/tiny.json"
make_image "$work/bad.tar" "$work/tiny.json" "$work/tiny"
expect_status 8 "$SLIM" ports -o "$work/bad" --fail-on undeclared --fail-on root,ephemeral,unused,outbound \
  --format sarif "$work/bad.tar" -- curl -fsS localhost:8080/ -o /dev/null
expect_contains "$work/stderr" 'findings of undeclared, unused, root, outbound$'
python3 "$e2e/check_network.py" sarif "$work/stdout"
expect_json "$work/stdout" '[.runs[0].results[] | .ruleId] == ["undeclared", "unused", "root", "outbound", "outbound"]'
trace=$work/bad/trace.json
expect_status 0 "$SLIM" ports --fail-on ephemeral,all-interfaces "$trace"
expect_status 8 "$SLIM" ports --fail-on outbound --format k8s "$trace"
python3 "$e2e/check_kubernetes.py" "$work/stdout"
expect_contains "$work/stdout" 'cidr: "192.0.2.1/32"'
expect_contains "$work/stdout" 'cidr: "2001:db8::1/128"'
expect_status 0 "$SLIM" ports --format nft "$trace"
nft -c -f "$work/stdout"
cp "$work/stdout" "$work/bad.nft"
# EXPOSE can be said by hand, and then the port is declared.
expect_status 0 "$SLIM" ports --expose 8080 --fail-on undeclared "$trace"
expect_error 2 'known are undeclared, unused' "$SLIM" ports --fail-on everything "$trace"
# A trace that does not know what a gate asks fails it, rather than passing it.
jq 'del(.exposed) | del(.sockets[].users)' "$trace" >"$work/old.json"
expect_status 0 "$SLIM" ports "$work/old.json"
expect_json "$work/stdout" '.[0].port == 8080 and .[0].state == "used"'
expect_error 2 'does not say what the image EXPOSEs' "$SLIM" ports --fail-on unused "$work/old.json"
expect_error 2 'does not say who opened' "$SLIM" ports --fail-on root "$work/old.json"
jq '.losses = {events_lost: 3} | .incomplete = ["events were lost"]' "$trace" >"$work/lossy.json"
expect_error 6 'incomplete' "$SLIM" ports --fail-on ephemeral "$work/lossy.json"
expect_status 0 "$SLIM" ports --fail-on ephemeral --allow-incomplete "$work/lossy.json"

# A port that is another one in each run, by two traces.
for port in 40001 40002; do
  expect_status 0 "$SLIM" ports -o "$work/run-$port" "$work/bad.tar" httpd -f -p $port -h /www -- \
    curl -fsS localhost:$port/ -o /dev/null
done
expect_status 8 "$SLIM" ports --fail-on ephemeral "$work/run-40001/trace.json" "$work/run-40002/trace.json"
expect_json "$work/stdout" '[.[] | select(.state == "ephemeral") | .port] == [40001, 40002]'
expect_error 2 'takes no PROBE' "$SLIM" ports "$trace" -- true

# The ruleset does what it says, between two network namespaces.
server=slim-e2e-server-$$ client=slim-e2e-client-$$
for netns in $server $client; do
  ip netns add $netns
  at_end ip netns del $netns
done
ip -n $server link add veth0 type veth peer name veth0 netns $client
ip -n $server addr add 192.0.2.10/24 dev veth0
ip -n $client addr add 192.0.2.1/24 dev veth0
for netns in $server $client; do
  ip -n $netns link set lo up
  ip -n $netns link set veth0 up
done
serve() {  # serve NETNS PORT: returns once it listens
  ip netns exec "$1" busybox httpd -f -p "$2" -h "$work/tiny/www" &
  at_end kill $!
  timeout 20 sh -c "until ip netns exec $1 ss -Hlnt 'sport = :$2' | grep -q .; do :; done"
}
serve $server 8080
serve $server 8081
serve $client 443
serve $client 444
reaches() { ip netns exec "$1" curl -fsS -m 2 "$2" -o /dev/null 2>/dev/null; }
for url in 192.0.2.10:8080 192.0.2.10:8081; do reaches $client $url || fail "$url is not there"; done
for url in 192.0.2.1:443 192.0.2.1:444; do reaches $server $url || fail "$url is not there"; done
ip netns exec $server nft -f "$work/bad.nft"
ip netns exec $server nft -f "$work/bad.nft"  # again: replaces, not adds
reaches $client 192.0.2.10:8080 || fail "the served port is closed"
reaches $server 192.0.2.1:443 || fail "the observed destination is closed"
if reaches $client 192.0.2.10:8081; then fail "a port that was not observed is open"; fi
if reaches $server 192.0.2.1:444; then fail "a destination that was not observed is open"; fi
expect_nothing_left
