# make demo: set everything up, run the nightly flow on samples/. make test: set everything up, run the tests.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Any Python 3.11 to 3.13; `make PYTHON=python3.12 demo` names one.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.set-up

# Output is UTF-8 whatever the locale, also in CI.
export PYTHONUTF8 := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup weights demo test clean

help:
	@echo "make setup  a .venv with everything in it (once; a few minutes)"
	@echo "make demo   run the nightly flow on samples/inbox, results in data/"
	@echo "make test   format, lint, types and tests"
	@echo "make clean  remove .venv and data/"

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; ok = (3, 11) <= sys.version_info[:2] <= (3, 13); sys.exit(None if ok else f"Python 3.11 to 3.13 is needed, {sys.version.split()[0]} found: make PYTHON=python3.12 setup")'
	@echo "Setting up .venv (about 2.5 GB, a few minutes) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --constraint constraints.txt --editable ".[dev]" > .venv/setup.log 2>&1 \
		|| { tail -n 40 .venv/setup.log; exit 1; }
	@touch $@

weights: setup
	@$(BIN)/nightcall weights fetch > .venv/weights.log || { cat .venv/weights.log; exit 1; }

demo: weights
	@$(BIN)/nightcall run samples/inbox

test: weights
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest

clean:
	rm -rf .venv data
