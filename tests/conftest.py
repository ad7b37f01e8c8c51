"""Settings that hold for every test."""

import os
from importlib.util import find_spec

from hypothesis import settings

# Before any test imports the libraries: they read these once.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")

# In CI the same examples every time; elsewhere new ones, and no deadline on a shared machine.
settings.register_profile("ci", derandomize=True, deadline=None, database=None, print_blob=True)
settings.register_profile("local", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "local")

# Spark has an environment of its own, .venv-spark, where `make test-spark` runs these; asked for
# by name where pyspark is missing, they are no tests at all, which fails.
collect_ignore = [] if find_spec("pyspark") else ["spark"]

# Dask likewise, .venv-dask and `make test-dask`.
if not find_spec("distributed"):
    collect_ignore.append("dask")
