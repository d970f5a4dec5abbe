#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --minimize finds what the probe does not need, keeps what was asked for, proves what is left, goes on
# where it was interrupted, and leaves an image alone whose probe cannot be relied on.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
own_store
need jq curl
tiny_image
tiny_tree "$work/site"
# httpd reads its configuration if there is one; that there is none is as well for it.
echo '.foo:text/foo' >"$work/site/etc/httpd.conf"
make_image "$work/site.tar" "$work/tiny.json" "$work/site"
probe=(curl -fsS localhost:8080/ -o /dev/null)
run=("$SLIM" run -o "$work/out" --keep /usr/share/unused/numbers)

# Without the option nothing of the kind happens.
expect_status 0 "${run[@]}" "$work/site.tar" -- "${probe[@]}"
expect_json "$work/out/report.json" '.minimize == null and .verify.passed'
expect_json "$work/out/keepset.json" 'has("/etc/httpd.conf")'
expect_no_file "$work/out/minimize.json"
calls=$(jq .syscalls.count "$work/out/report.json")

expect_status 0 "${run[@]}" --minimize "$work/site.tar" -- "${probe[@]}"
report=$work/out/report.json
expect_json "$report" '.verify.passed and .minimize.complete and .minimize.held'
expect_json "$report" '.minimize.resumed == false and .minimize.runs > 4'
expect_json "$report" '.minimize.files.required < .minimize.files.before'
expect_json "$report" ".minimize.syscalls.before == $calls and .syscalls.count < $calls"
expect_json "$report" '.minimize.syscalls.required == .syscalls.count'
expect_contains "$work/stdout" 'minimized +[0-9]+ of [0-9]+ files'
tar -xOf "$work/out/image.tar" "$(tar -xOf "$work/out/image.tar" manifest.json |
  jq -r '.[0].Layers[0]')" | tar -t >"$work/paths"
expect_contains "$work/paths" '^bin/busybox$'
expect_contains "$work/paths" '^www/index.html$'
expect_contains "$work/paths" '^usr/share/unused/numbers$'
if grep -q '^etc/httpd.conf$' "$work/paths"; then fail "a file that nobody needs is left"; fi
expect_status 0 "$SLIM" explain -o "$work/out" /etc/httpd.conf /www/index.html
expect_contains "$work/stdout" '/etc/httpd.conf: taken out by --minimize'
expect_contains "$work/stdout" '^  required$'
# What is left works by itself, under its profile.
expect_status 0 "$SLIM" verify --seccomp "$work/out/seccomp.json" "$work/out/image.tar" -- "${probe[@]}"

# Ended in a trial, whatever the way, it leaves what it knows, and goes on from that. Interrupted, it
# leaves nothing else; after a kill -9 the next run cleans up.
cat >"$work/probe.sh" <<END
#!/bin/bash
echo run >>"$work/runs"
if [ "\$(wc -l <"$work/runs")" = 8 ]; then
  echo there >"$work/probing"
  read -r _ <"$work/hold"
fi
exec ${probe[*]}
END
chmod +x "$work/probe.sh"
mkfifo "$work/probing" "$work/hold"
exec 7<>"$work/probing"
for signal in KILL INT; do
  rm -f "$work/out/minimize.json" "$work/runs"
  # A shell without job control starts background commands with SIGINT ignored: undo that.
  env --default-signal=INT "${run[@]}" --minimize=files "$work/site.tar" -- "$work/probe.sh" \
    >"$work/interrupted" 2>&1 &
  slim=$!
  wait_until_probing "$work/interrupted"
  kill -$signal $slim
  status=0
  wait $slim || status=$?
  if [ $signal = INT ]; then
    expect_equal $status 130 "exit status"
    expect_nothing_left
  fi
  expect_no_file "$work/out/image.tar"
  expect_one_document "$work/out/minimize.json"
  expect_json "$work/out/minimize.json" '.files | length > 0'
  expect_status 0 "${run[@]}" --minimize=files "$work/site.tar" -- "$work/probe.sh"
  expect_json "$report" '.minimize.complete and .minimize.resumed'
  if jq -e 'has("/etc/httpd.conf") and (.["/etc/httpd.conf"][0].rule != "minimized")' \
    "$work/out/keepset.json" >/dev/null; then fail "the resumed search kept what nobody needs"; fi
  expect_nothing_left
done

# Of another image: begun anew.
expect_status 0 "$SLIM" run -o "$work/out" --minimize=files "$tiny" -- "$work/probe.sh"
expect_contains "$work/stderr" 'of another image or probe'
expect_json "$report" '.minimize.resumed == false and .minimize.syscalls.removed == []'

# Time that has run out leaves what was proven by then.
rm "$work/out/minimize.json"
printf '#!/bin/bash\nexec curl -fsS localhost:8080/ -o /dev/null --retry 0\n' >"$work/slow.sh"
sed -i '2i read -r -t 0.6 _ <>"'"$work/hold"'" || true' "$work/slow.sh"
chmod +x "$work/slow.sh"
expect_status 0 "${run[@]}" --minimize --minimize-time 1 "$work/site.tar" -- "$work/slow.sh"
expect_json "$report" '.verify.passed and .minimize.complete == false'
expect_contains "$work/stdout" 'time ran out|as it was before'

# A probe that fails with every other container, but for the first ones, decides nothing.
cat >"$work/flaky.sh" <<END
#!/bin/bash
echo "\$SLIM_CONTAINER_ID" >>"$work/flaky"
number=\$(sort -u "$work/flaky" | wc -l)
[ \$number -lt 4 ] || [ \$((number % 2)) = 1 ] || exit 1
exec ${probe[*]}
END
chmod +x "$work/flaky.sh"
rm "$work/out/minimize.json"
expect_status 0 "${run[@]}" --minimize "$work/site.tar" -- "$work/flaky.sh"
expect_contains "$work/stderr" 'the probe fails at times on the slim image as it is'
expect_json "$report" '.verify.passed and .minimize.complete == false'
expect_json "$work/out/keepset.json" 'has("/etc/httpd.conf") and .["/etc/httpd.conf"][0].rule != "minimized"'
expect_nothing_left

# Without a probe, what is crawled decides; with neither there is nothing to decide by.
expect_status 0 "$SLIM" run -o "$work/crawl" --minimize=files "$work/site.tar"
expect_json "$work/crawl/report.json" '.minimize.complete'
expect_json "$work/crawl/keepset.json" '.["/www/index.html"] | map(.rule) | index("required")'
expect_status 0 "$SLIM" run -o "$work/idle" --minimize --ready delay:1 "$tiny" sleep 1000
expect_contains "$work/stderr" 'nothing exercises the container'
