#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The names that a container asks of a name server are in the audit, with both tracers: exactly those
# that a server in its network namespace was asked for.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
own_store
need jq python3
tiny_tree "$work/site"
ln -s busybox "$work/site/bin/nslookup"
mkdir "$work/site/www/cgi-bin"
cat >"$work/site/www/cgi-bin/look" <<'CGI'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\n'
nslookup backend.example.test 127.0.0.1 2>&1
nslookup Other.Example.test 127.0.0.1 2>&1
exit 0
CGI
chmod +x "$work/site/www/cgi-bin/look"
tiny_config >"$work/site.json"
make_image "$work/site.tar" "$work/site.json" "$work/site"

# The probe is the name server, too: it is bound before it makes the container ask, and writes down
# what it was asked, read from the packets independently of slim.
cat >"$work/server.py" <<'END'
import socket, sys, threading, urllib.request
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))
asked = set()
def serve():
    while True:
        query, sender = server.recvfrom(2048)
        at, labels = 12, []
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += 1 + query[at]
        asked.add(".".join(labels).lower())
        # Answer: no such name.
        server.sendto(query[:2] + b"\x81\x83" + query[4:6] + bytes(6) + query[12:at + 5], sender)
threading.Thread(target=serve, daemon=True).start()
urllib.request.urlopen("http://localhost:8080/cgi-bin/look").read()
with open(sys.argv[1], "w") as log:
    log.write("".join(name + "\n" for name in sorted(asked)))
END

for tracer in ebpf ptrace; do
  expect_status 0 "$SLIM" ports --tracer $tracer -o "$work/out" "$work/site.tar" -- \
    python3 "$work/server.py" "$work/asked"
  expect_contains "$work/stdout" 'backend.example.test'
  expect_contains "$work/asked" '^other.example.test$'
  jq -r '.names[].name' "$work/out/network.json" | sort >"$work/seen"
  cmp "$work/asked" "$work/seen" ||
    fail "$tracer: the server was asked for $(tr '\n' ' ' <"$work/asked") and slim saw $(tr '\n' ' ' <"$work/seen")"
  expect_json "$work/out/network.json" 'all(.names[]; .processes == ["/bin/busybox"])'
  expect_json "$work/out/trace.json" '.names | has("backend.example.test")'
done
expect_nothing_left
