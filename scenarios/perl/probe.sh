#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# One request.
exec curl -fsS --max-time 20 localhost:8080/ -o /dev/null
