#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A setting made at every start: the file is the run's, not the image's.
set -e
echo 'server_names_hash_bucket_size 64;' >/etc/nginx/conf.d/10-names.conf
