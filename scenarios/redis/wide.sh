#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Beyond the probe: all kinds of data, scripts, transactions, both ways of persistence, replication,
# and what an administrator asks. $SCENARIO_EXEC runs a command inside the container.
set -euo pipefail
# shellcheck source=scenarios/lib/check.sh
. "$(dirname "$0")/../lib/check.sh"
redis() { redis-cli -e "$@"; }

# settled FIELD VALUE: the server's INFO comes to say so.
settled() {
  timeout 30 bash -c 'until redis-cli INFO | tr -d "\r" | grep -qx "$1:$2"; do :; done' - "$1" "$2"
}

check 'a counter' says '^2$' bash -c 'redis-cli SET wide 1 >/dev/null; redis-cli INCR wide'
check 'a list' says '^[3-9]' redis RPUSH list a b c
check 'a hash' redis HSET hash field value other 2
check 'a sorted set' redis ZADD scores 1 one 2 two
check 'by score' says '^two$' redis ZRANGEBYSCORE scores 2 +inf
check 'a stream' redis XADD stream '*' field value
check 'places' says '^[0-9.]+$' bash -c \
  'redis-cli GEOADD places 13.4 52.5 Berlin 2.35 48.85 Paris >/dev/null; redis-cli GEODIST places Berlin Paris km'
check 'a cardinality' redis PFADD visitors a b c
check 'bits' says '^3$' redis BITCOUNT wide
check 'a key that expires' redis SET brief x PX 1
check 'a script' says '^2$' redis EVAL 'return redis.call("GET", KEYS[1])' 1 wide
check 'JSON in a script' says '^\{"a":1\}$' redis EVAL 'return cjson.encode({a = 1})' 0
check 'a function' redis FUNCTION LOAD REPLACE \
  $'#!lua name=lib\nredis.register_function("f", function() return 7 end)'
check 'called' says '^7$' redis FCALL f 0
check 'a transaction' says '^OK$' bash -c 'printf "MULTI\nSET t 1\nEXEC\n" | redis-cli'
check 'a message' redis PUBLISH channel message
check 'clients' says 'cmd=client' redis CLIENT LIST
check 'the server' says 'redis_version' redis INFO server
check 'memory' redis MEMORY DOCTOR
check 'latency' redis LATENCY DOCTOR
check 'the slow log' redis SLOWLOG GET 1
check 'a user' redis ACL SETUSER reader on '>secret' '~*' '+get'
check 'who may read' says '^2$' redis --no-auth-warning --user reader --pass secret GET wide
check 'and not write' refused redis --no-auth-warning --user reader --pass secret SET wide 3
check 'settings' redis CONFIG SET maxmemory 100mb maxmemory-policy allkeys-lru
check 'a snapshot' says '^OK$' redis SAVE
check 'one in the background' says 'Background saving started' redis BGSAVE
check 'its end' settled rdb_bgsave_in_progress 0
check 'and success' settled rdb_last_bgsave_status ok
check 'a log of changes' redis CONFIG SET appendonly yes
check 'its first writing' settled aof_rewrite_in_progress 0
check 'a change' redis SET logged 1
check 'the log written anew' redis BGREWRITEAOF
check 'which succeeds' settled aof_last_bgrewrite_status ok
check 'a replica' redis REPLICAOF 127.0.0.1 1
check 'of nobody' says '^OK$' redis REPLICAOF NO ONE
check 'all keys gone' redis FLUSHALL ASYNC
verdict
