#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# slim lint tells what is wrong with an image and a Dockerfile, and can fail a build for it.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# expect_rules LEVEL-AND-RULE...: what --json has on stdout, in order.
expect_rules() {
  expect_one_document "$work/stdout"
  expect_equal "$(jq -r '.findings[] | .level + " " + .rule' "$work/stdout" | sort -u)" \
    "$(printf '%s\n' "$@" | sort -u)" rules
}

# 1. An image.
tiny_tree "$work/base"
mkdir -p "$work/base/var/lib/apt/lists" "$work/base/root"
echo lists >"$work/base/var/lib/apt/lists/example.org_dists_Packages"
printf 'machine x login y password z\n' >"$work/base/root/.netrc"
chmod 4755 "$work/base/bin/busybox"
chmod 777 "$work/base/www"
mkdir -p "$work/top/root" && : >"$work/top/root/.wh..netrc"
tiny_config | jq '.Entrypoint = ["/no/such"] | .Env += ["DB_PASSWORD=sesame"]' >"$work/config.json"
make_image "$work/bad.tar" "$work/config.json" "$work/base" "$work/top"
expect_status 0 "$SLIM" lint --json "$work/bad.tar"
expect_rules 'error command-not-found' 'error secret-in-config' 'error secret-in-file' \
  'warning package-cache-left' 'warning user-root' 'warning world-writable' 'note no-healthcheck' \
  'note setuid'
expect_json "$work/stdout" '.findings[] | select(.rule == "setuid").path == "/bin/busybox"'
if grep -q sesame "$work/stdout"; then fail "a secret is printed"; fi
expect_status 8 "$SLIM" lint --fail-on error "$work/bad.tar"
expect_contains "$work/stdout" '^error secret-in-file  /root/.netrc'
expect_status 0 "$SLIM" lint --fail-on error \
  --ignore secret-in-file,secret-in-config,command-not-found "$work/bad.tar"
tiny_image
expect_status 0 "$SLIM" lint --fail-on error "$tiny"
expect_status 8 "$SLIM" lint --fail-on warning "$tiny"

# 2. A Dockerfile, by path and from standard input.
printf '%s\n' 'FROM debian' 'RUN apt-get update' 'CMD server' >"$work/Dockerfile"
expect_status 8 "$SLIM" lint --json --fail-on note "$work/Dockerfile"
expect_rules 'warning from-untagged' 'warning apt-lists-left' 'warning shell-form'
expect_equal "$(jq -c '[.findings[].line]' "$work/stdout")" '[1,2,3]' lines
"$SLIM" lint --format json - <"$work/Dockerfile" >"$work/stdin.json"
expect_equal "$(jq -c .findings "$work/stdin.json")" "$(jq -c .findings "$work/stdout")"
expect_status 0 "$SLIM" lint --format sarif "$work/Dockerfile"
expect_json "$work/stdout" '.version == "2.1.0" and (.runs | length) == 1'
expect_json "$work/stdout" '.runs[0] as $run | $run.results | length == 3 and all(
  .ruleId == $run.tool.driver.rules[.ruleIndex].id and (.message.text | length) > 0 and
  .locations[0].physicalLocation.region.startLine > 0 and
  (.partialFingerprints["slimFinding/v1"] | test("^[0-9a-f]{64}$")))'

# 3. Bad input.
echo 'This is a text.' >"$work/text"
expect_error 3 'text:1: unknown instruction' "$SLIM" lint "$work/text"
expect_error 3 'no-such' "$SLIM" lint "oci-archive:$work/no-such.tar"
expect_error 2 'no rule' "$SLIM" lint --ignore nonsense "$tiny"
expect_error 2 'fail-on' "$SLIM" lint --fail-on fatal "$tiny"
