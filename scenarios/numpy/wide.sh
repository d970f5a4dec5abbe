#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Other jobs of the same libraries: what was imported only when first used. $SCENARIO_RUN starts a
# container of the image with other arguments than the image's own.
set -euo pipefail
# shellcheck source=scenarios/lib/check.sh
. "$(dirname "$0")/../lib/check.sh"

# job NAME PROGRAM: the Python program runs to its end in a container of its own.
job() { check "$1" $SCENARIO_RUN -c "$2"; }

job 'linear algebra' 'import numpy as np
a = np.array([[2.0, 1.0], [1.0, 3.0]])
assert np.allclose(np.linalg.inv(a) @ a, np.eye(2)) and np.linalg.svd(a)[1][0] > 1'
job 'Fourier transform and random numbers' 'import numpy as np
x = np.random.default_rng(7).normal(size=256)
assert np.allclose(np.fft.ifft(np.fft.fft(x)).real, x)'
job 'polynomials, masked arrays, records' 'import numpy as np
assert np.polynomial.Chebyshev.fit([0, 1, 2], [1, 2, 3], 1)(1).round(6) == 2
assert np.ma.array([1, 2, 3], mask=[0, 1, 0]).sum() == 4
assert np.rec.array([(1, 2.5)], dtype=[("a", int), ("b", float)]).b[0] == 2.5'
job 'saving and loading arrays' 'import io, numpy as np
stream = io.BytesIO()
np.savez_compressed(stream, a=np.arange(5)); stream.seek(0)
assert np.load(stream)["a"].sum() == 10'
job 'numpy.testing' 'import numpy.testing as t
t.assert_array_equal([1, 2], [1, 2])'
job 'time zones' 'import pandas as pd
hours = pd.date_range("2024-03-30", periods=72, freq="H", tz="Europe/Berlin")
assert len(pd.Series(range(72), index=hours).tz_convert("America/New_York").resample("D").sum()) == 4'
job 'rolling windows and quantiles' 'import pandas as pd
s = pd.Series(range(10))
assert s.rolling(3).mean().iloc[-1] == 8 and s.ewm(span=3).mean().iloc[-1] > 8 and s.quantile(.5) == 4.5'
job 'merge, pivot, categories' 'import pandas as pd
a = pd.DataFrame({"k": ["x", "y", "x"], "v": [1, 2, 3]})
b = pd.DataFrame({"k": ["x", "y"], "w": [10, 20]})
m = a.merge(b, on="k"); m["k"] = m["k"].astype("category")
assert m.pivot_table(index="k", values="w", aggfunc="sum", observed=False).loc["x", "w"] == 20'
job 'JSON, CSV, HTML and LaTeX-free text out' 'import io, pandas as pd
f = pd.DataFrame({"a": [1, 2]})
assert pd.read_json(io.StringIO(f.to_json())).equals(f)
assert "<td>1</td>" in f.to_html() and "a" in f.to_string() and f.to_csv().startswith(",a")'
job 'reading fixed widths and pickles' 'import io, pandas as pd
f = pd.read_fwf(io.StringIO("a  b\n1  2\n"))
buffer = io.BytesIO(); f.to_pickle(buffer); buffer.seek(0)
assert pd.read_pickle(buffer).equals(f)'
verdict
