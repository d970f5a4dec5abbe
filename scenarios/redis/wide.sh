#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Beyond the probe: persistence, another data type, a script, pub/sub's channel list.
set -euo pipefail
[ "$(redis-cli SET wide 1)" = OK ]
[ "$(redis-cli INCR wide)" = 2 ]
[ "$(redis-cli SAVE)" = OK ]
redis-cli INFO server | grep -q redis_version
[ "$(redis-cli RPUSH list a b c)" -ge 3 ]
[ "$(redis-cli EVAL 'return redis.call("GET", KEYS[1])' 1 wide)" = 2 ]
redis-cli BGSAVE | grep -q 'Background saving started'
[ "$(redis-cli GET wide)" = 2 ]
