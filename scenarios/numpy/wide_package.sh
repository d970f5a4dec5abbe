#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What only whole packages can promise: modules of the standard library that nothing imported.
set -euo pipefail
# shellcheck source=scenarios/lib/check.sh
. "$(dirname "$0")/../lib/check.sh"
job() { check "$1" $SCENARIO_RUN -c "$2"; }

job 'SQL' 'import sqlite3, pandas as pd
c = sqlite3.connect(":memory:")
pd.DataFrame({"a": [1, 2]}).to_sql("t", c, index=False)
assert pd.read_sql("SELECT sum(a) AS s FROM t", c)["s"][0] == 3'
job 'an error with its traceback' 'import traceback, pandas as pd
try:
    pd.DataFrame({"a": [1]})["b"]
except KeyError:
    assert "KeyError" in traceback.format_exc()'
verdict
