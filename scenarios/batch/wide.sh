#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Other jobs of the same modules, and jobs that fail. $SCENARIO_RUN starts a container of the image.
set -euo pipefail
# shellcheck source=scenarios/lib/check.sh
. "$(dirname "$0")/../lib/check.sh"

# job NAME PROGRAM: the Python program runs to its end in a container of its own.
job() { check "$1" $SCENARIO_RUN python3 -c "$2"; }
# ends STATUS COMMAND...: the command ends with this status.
ends() {
  local expected=$1 status=0
  shift
  "$@" || status=$?
  [ "$status" = "$expected" ]
}

job 'CSV out and in again' 'import csv, io
out = io.StringIO()
writer = csv.DictWriter(out, ["a", "b"], dialect="excel-tab", quoting=csv.QUOTE_ALL)
writer.writeheader(); writer.writerow({"a": 1, "b": "x\ty"})
assert list(csv.DictReader(io.StringIO(out.getvalue()), dialect="excel-tab")) == [{"a": "1", "b": "x\ty"}]'
job 'the dialect of a CSV' 'import csv
assert csv.Sniffer().sniff("a;b;c\n1;2;3\n4;5;6\n").delimiter == ";"
assert csv.Sniffer().has_header("name;age\nann;3\nbob;4\n")'
job 'JSON out and in again' 'import json
value = {"a": [1, 2.5, None, True], "b": {"c": "\u20ac \U0001f600"}}
assert json.loads(json.dumps(value, indent=2, sort_keys=True)) == value
assert json.loads(json.dumps(value, ensure_ascii=False).encode("utf-16")) == value'
job 'JSON that is none' 'import json
try: json.loads("{\"a\": nonsense}")
except json.JSONDecodeError as error: assert error.pos == 6
else: raise SystemExit(1)'
job 'other digests' 'import hashlib
for name in sorted(hashlib.algorithms_guaranteed):
    if not name.startswith("shake"): assert hashlib.new(name, b"x").hexdigest()
assert hashlib.shake_128(b"x").hexdigest(8) and hashlib.blake2b(b"x", key=b"k", digest_size=8).digest()'
job 'digests of passwords' 'import hashlib
assert len(hashlib.pbkdf2_hmac("sha256", b"x", b"salt", 1000)) == 32
assert len(hashlib.scrypt(b"x", salt=b"salt", n=2, r=8, p=1)) == 64'
job 'the digest of a file' 'import hashlib
with open("orders.csv", "rb") as file:
    assert len(hashlib.file_digest(file, "sha256").hexdigest()) == 64'
job 'a result in a file' 'import json, os
os.chdir("/tmp")
with open("result.json", "w", encoding="utf-8") as file: json.dump({"total": 42}, file)
assert json.load(open("result.json", "rb")) == {"total": 42}'
check 'a program from standard input' says '^42$' \
  bash -c "echo 'print(6 * 7)' | ${SCENARIO_RUN/ run / run -i } python3 -"
check 'text that is not ASCII' says '^é €$' $SCENARIO_RUN python3 -c 'print("\u00e9 \u20ac")'
check 'a job that ends with a status' ends 3 $SCENARIO_RUN python3 -c 'raise SystemExit(3)'
check 'a job without its input' bash -c \
  "$SCENARIO_RUN python3 -c 'open(\"none.csv\")' 2>&1 | grep -q \"FileNotFoundError: .*none.csv\""
verdict
