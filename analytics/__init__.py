"""The judgement: what things cost, why, how many places to block. Imports `data`, never `pages`."""

import os

# Matrices here are small: one thread fits the benchmark in a third of the processor time that a team of threads takes. Set before numpy starts.
for _library in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_library, "1")
