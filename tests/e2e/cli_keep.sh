#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --keep, --drop, --keep-from and --exec decide what stays.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
own_store
tiny_image
# files OUT: the files of the slim image.
files() {
  python3 - "$e2e" "$1/image.tar" <<'PYTHON'
import sys
sys.path.insert(0, sys.argv[1])
from images import OciArchive
print("\n".join(sorted(OciArchive(sys.argv[2]).tree())))
PYTHON
}
run() { expect_status 0 "$SLIM" run -o "$work/out" "$@" "$tiny" -- curl -fsS localhost:8080/ -o /dev/null; }

run
files "$work/out" >"$work/plain"
expect_contains "$work/plain" '^www/index.html$'
expect_contains "$work/plain" '^bin/busybox$'
if grep -q numbers "$work/plain"; then fail "kept what nobody used"; fi

run --keep '/usr/share/unused/*'
files "$work/out" >"$work/kept"
expect_contains "$work/kept" '^usr/share/unused/numbers$'

echo /usr/share/unused/numbers >"$work/list"
run --keep-from "$work/list"
files "$work/out" | cmp - "$work/kept" || fail "--keep-from keeps something else than --keep"

run --exec 'cat /etc/passwd' --exec 'ls -l /usr/share/unused'
files "$work/out" >"$work/execs"
expect_contains "$work/execs" '^bin/cat$'
expect_contains "$work/execs" '^etc/passwd$'

# What is dropped although it is needed makes the proof fail, and nothing is handed out.
expect_error 7 '^slim: .*failed verification: .*in vain for /www/index.html' \
  "$SLIM" run -q -o "$work/out" --drop /www/index.html "$tiny" -- \
  curl -fsS localhost:8080/ -o /dev/null
expect_no_file "$work/out/image.tar"
expect_json "$work/out/report.json" '.verify.passed == false'
# One more round, for the calls that answering 404 takes; to add the path again would be in vain.
expect_json "$work/out/report.json" '.verify.rounds <= 2'
expect_json "$work/out/report.json" '.verify.details[0].missing == ["/www/index.html"]'
expect_contains "$work/out/report.json" 'www/index.html'
# The container's own words are shown, as they are, and told in the report; also when it is quiet.
expect_error 7 '^slim: .*failed verification' "$SLIM" run -q -o "$work/out" --repair 0 \
  --drop /etc/passwd --no-healthcheck "$tiny" \
  sh -c 'echo one; echo two; read -r line </etc/passwd || exit 4; exec httpd -f -p 8080 -h /www' -- \
  curl -fsS localhost:8080/ -o /dev/null
expect_contains "$work/stderr" '^two$'
expect_json "$work/out/report.json" '.verify.details[0].log + .verify.details[0].failure | test("one\ntwo")'

# What the proof finds missing is added. The first proof finds another word than the traced run did.
mkdir "$work/told"
echo index.html >"$work/told/which"
cat >"$work/change.sh" <<PROBE
#!/bin/sh
[ ! -e "$work/changed" ] || exit 0
echo ../usr/share/unused/numbers >"$work/told/which"
touch "$work/changed"
PROBE
chmod +x "$work/change.sh"
expect_status 0 "$SLIM" run -o "$work/out" -v "$work/told:/told" "$tiny" \
  sh -c 'read -r which </told/which; read -r line </www/$which' -- "$work/change.sh"
expect_json "$work/out/report.json" '.verify.rounds == 2 and .verify.passed and
  .verify.added == ["/usr/share/unused/numbers"]'
expect_status 0 "$SLIM" explain -o "$work/out" /usr/share/unused/numbers
expect_contains "$work/stdout" 'repair: /usr/share/unused/numbers'
expect_nothing_left
