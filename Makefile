# Everything runs in .venv, which the first target that needs it makes.
BIN := .venv/bin
STAMP := .venv/.installed
SPARK_STAMP := .venv-spark/.installed
DASK_STAMP := .venv-dask/.installed

export MLFLOW_DISABLE_TELEMETRY := true
export BENTOML_DO_NOT_TRACK := True

.DEFAULT_GOAL := help
.PHONY: help install test test-spark test-dask demo lint type format lock docs clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z%-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(STAMP) ## Make .venv with the locked packages and this tree

$(STAMP): requirements.txt requirements-bootstrap.txt pyproject.toml scripts/bootstrap.sh
	@sh scripts/bootstrap.sh install
	@touch $@

test: lint type ## Check everything: format, lint, import arrows, types, tests
	$(BIN)/python -m pytest

$(SPARK_STAMP): requirements-spark.txt requirements-bootstrap.txt pyproject.toml scripts/bootstrap.sh
	@sh scripts/bootstrap.sh install-spark
	@touch $@

test-spark: $(SPARK_STAMP) ## Run the tests of Spark in an environment of their own (.venv-spark)
	.venv-spark/bin/python -m pytest tests/spark

$(DASK_STAMP): requirements-dask.txt requirements-bootstrap.txt pyproject.toml scripts/bootstrap.sh
	@sh scripts/bootstrap.sh install-dask
	@touch $@

test-dask: $(DASK_STAMP) ## Run the tests of Dask in an environment of their own (.venv-dask)
	.venv-dask/bin/python -m pytest tests/dask

demo: $(STAMP) ## Run the demonstration from raw tables to scores
	$(BIN)/foretell demo

lint: $(STAMP) ## Check format, lint rules and import arrows
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

type: $(STAMP) ## Check types
	$(BIN)/mypy

format: $(STAMP) ## Rewrite files in the house format, with the safe fixes
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

lock: ## Rewrite the locks (LOCK_FLAGS=--upgrade for the newest releases)
	@sh scripts/bootstrap.sh lock

docs: $(STAMP) ## Write docs/features.md from the definitions
	$(BIN)/python -m features.guide > docs/features.md

bench-%: $(STAMP) ## Run one benchmark: experiments/bench/NAME/run.py
	$(BIN)/python -m experiments.bench.$*.run

bench-large: $(DASK_STAMP)
	.venv-dask/bin/python -m experiments.bench.large.run

bench-spark: $(SPARK_STAMP)
	.venv-spark/bin/python -m experiments.bench.spark.run

clean: ## Remove caches, builds and demonstration output; keep the environments and mlruns
	rm -rf build dist demo *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . \( -path './.venv*' -o -path ./.git \) -prune -o -name __pycache__ -type d -exec rm -rf {} +
