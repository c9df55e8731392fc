# make demo     look at Mamori with a sample inbox; needs git, make, Python 3.11+ and python3-venv, nothing else
# make test     everything that must hold: style, types, import contracts, rules, all tests
SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# .ci/run sets this to --require-live: there, a live test that cannot run is a failure.
LIVE ?=

.PHONY: demo install develop packages test lint types contracts check-data tests screenshots lock messages clean

demo: install
	$(BIN)/mamori demo

install: $(VENV)/.installed

$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@

develop: $(VENV)/.developed

$(VENV)/.developed: requirements-dev.lock $(VENV)/.installed
	$(PIP) --require-hashes -r requirements-dev.lock
	touch $@

packages:
	.ci/packages

test: packages develop lint types contracts check-data tests

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types:
	mkdir -p build/types && cp docs/examples/mamori.minimal.toml build/types/mamori.toml
	MAMORI_CONFIG=build/types/mamori.toml $(BIN)/mypy

contracts:
	$(BIN)/lint-imports

check-data:
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	$(BIN)/mamori rules lint
	$(BIN)/mamori rules test

PURE := worker/domain/*,worker/parsing/*,worker/detectors/*,worker/rulepacks/*,worker/rendering/*
STATE_TESTS := tests/directory tests/inbox tests/cases tests/notices tests/desk

tests:
	$(BIN)/coverage erase
	$(BIN)/python -m pytest --numprocesses auto $(LIVE) --cov --cov-report=
	$(BIN)/python -m pytest $(LIVE) --database postgresql $(STATE_TESTS)
	$(BIN)/coverage report --include '$(PURE)' --precision 2 --fail-under 99.9

# Reading against the standard library, a first poll against mbsync; needs dovecot-imapd and isync. See docs/speed.md.
bench: develop
	$(BIN)/python -m tests.bench.reading
	$(BIN)/python -m tests.bench.polling

# After changing words that people read: then fill the empty ones of worker/locale/ja/LC_MESSAGES/django.po, and again.
messages:
	mkdir -p build
	$(BIN)/pybabel -q extract -F worker/locale/babel.cfg -k gettext_lazy -k ngettext_lazy:1,2 --add-location=file \
		--sort-output --omit-header -o build/desk.pot .
	$(BIN)/pybabel -q update -D django -i build/desk.pot -d worker/locale -w 120 --no-fuzzy-matching --ignore-obsolete
	$(BIN)/pybabel -q compile -D django -d worker/locale

screenshots:
	rm -rf screenshots && mkdir screenshots
	MAMORI_SCREENSHOTS=$(CURDIR)/screenshots $(BIN)/python -m pytest -q tests/browser -k every_page

lock:
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet \
		--extra build --output-file requirements.lock pyproject.toml
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet \
		--extra dev --constraints requirements.lock --output-file requirements-dev.lock pyproject.toml

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .coverage .hypothesis build dist
