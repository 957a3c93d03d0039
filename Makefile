# make demo   the main job on the bundled example        make test   what CI runs
# Both need nothing but Python 3.11+ and set up .venv on first use; the second run is quick.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCK := requirements/lock.txt
LOCK_DEV := requirements/lock-dev.txt

.PHONY: help demo test lint lock bench messages clean
.DEFAULT_GOAL := help

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

demo: $(VENV)/.base  ## write the bundled example to demo/ and run the whole way on it
	$(BIN)/crmq demo -o demo

test: lint  ## style, types, layers, then all tests
	$(BIN)/python -m pytest -n 2

lint: $(VENV)/.dev  ## style, types and layer contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "crmq needs Python 3.11 or newer; say make PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.base: $(VENV)/bin/python $(LOCK) pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCK)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python $(LOCK_DEV) pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCK_DEV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@ $(VENV)/.base

lock:  ## resolve the locked versions anew (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml -o $(LOCK)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --extra dev pyproject.toml -o $(LOCK_DEV)

messages: $(VENV)/.dev  ## collect the sentences for translation and compile the catalogues
	$(BIN)/pybabel -q extract -k _ -k ngettext:1,2 --no-location --sort-output --project crmq --version "" -o crmq/locales/crmq.pot crmq
	$(BIN)/pybabel -q update -D crmq -i crmq/locales/crmq.pot -d crmq/locales --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	$(BIN)/pybabel -q compile -D crmq -d crmq/locales

bench: $(VENV)/.base  ## the benchmarks; see benchmarks/README.md
	@cat benchmarks/README.md

clean:  ## remove what these targets made
	rm -rf $(VENV) demo .pytest_cache .mypy_cache .ruff_cache .hypothesis
