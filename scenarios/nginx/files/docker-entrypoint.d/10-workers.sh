#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Two workers, however many processors the machine has.
set -e
sed -i 's/^worker_processes .*/worker_processes 2;/' /etc/nginx/nginx.conf
