# demo and test set up everything they need; .venv/bin comes first on PATH so that jsii finds the environment's Node.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION := 1
# byte code stays out of the tree, and is kept: compiling all modules and tests anew costs every run half a minute
export PYTHONPYCACHEPREFIX := $(CURDIR)/$(VENV)/pycache
unexport PYTHONDONTWRITEBYTECODE
.DEFAULT_GOAL := help

help:
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Tastemaker needs Python 3.11 or newer; run: make PYTHON=python3.12 …" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: pyproject.toml requirements.lock | $(VENV)/bin/python
	pip install --quiet --constraint requirements.lock --editable .
	@touch $@

$(VENV)/dev.stamp: pyproject.toml requirements.lock | $(VENV)/bin/python
	pip install --quiet --constraint requirements.lock --editable '.[dev]'
	@touch $@ $(VENV)/run.stamp

demo: $(VENV)/run.stamp ## install the package and run the MovieLens example end to end
	tastemaker demo --project examples/movielens

test: $(VENV)/dev.stamp ## install the development dependencies and run the whole test suite
	ruff format --check .
	ruff check .
	lint-imports --no-cache
	mypy --no-incremental
	pytest -n 2 --dist loadgroup

check: $(VENV)/dev.stamp ## what every commit passes, in little more than a minute
	ruff format --check .
	ruff check .
	lint-imports
	mypy
	pytest -n 2 --dist loadgroup -m 'not slow'

synth: $(VENV)/dev.stamp ## synthesise the stacks without credentials; npm ci brings the CDK command line that is used then
	@if [ -x node_modules/.bin/cdk ]; then node_modules/.bin/cdk synth --quiet; else python app.py; fi

bench: $(VENV)/dev.stamp ## the benchmarks of docs/benchmarks.md
	pytest tests/bench --benchmark-only --benchmark-columns=min,median,max,rounds -p no:xdist

weeks: $(VENV)/dev.stamp ## play five hundred weeks with mixed trouble offline, about five minutes
	TASTEMAKER_WEEKS=500 pytest tests/simulation -n 2

plans: $(VENV)/dev.stamp ## predict what ensure does to three hundred random projects and edits, about five minutes
	TASTEMAKER_PLANS=300 pytest tests/property/test_plan.py

wheel: $(VENV)/dev.stamp ## build the wheel
	pip wheel --quiet --no-deps --wheel-dir dist .

lock: $(VENV)/dev.stamp ## renew requirements.lock from pyproject.toml
	pip-compile --quiet --extra cdk --extra dev --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header --no-annotate --output-file requirements.lock pyproject.toml
	sed -i "/^tastemaker @/d" requirements.lock

.PHONY: help demo test check synth bench weeks plans wheel lock
