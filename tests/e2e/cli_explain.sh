#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# slim explain says why a path is in the image, down to what was observed.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
own_store
tiny_image
expect_status 0 "$SLIM" run -o "$work/out" "$tiny" -- curl -fsS localhost:8080/ -o /dev/null
expect_status 0 "$SLIM" explain -o "$work/out" /www/index.html
expect_contains "$work/stdout" 'observed|read'
expect_status 0 "$SLIM" explain -o "$work/out" /bin/busybox
expect_contains "$work/stdout" 'httpd|executed|symlink'
expect_status 0 "$SLIM" explain -o "$work/out" /usr/share/unused/numbers
expect_contains "$work/stdout" 'not'
cd "$work"
mkdir -p slim-out && cp -a out slim-out/tiny
expect_status 0 "$SLIM" explain --json /www/index.html
expect_one_document "$work/stdout"
