# The first call of any target makes .venv by itself; nothing else is needed than Python 3.11 or newer and a network.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lint slow recording clean

demo: .venv/.ready
	@$(BIN)/homeperf demo

test: lint
	$(BIN)/pytest -m "not slow"

lint: .venv/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

slow: .venv/.ready
	$(BIN)/pytest -m slow

.venv/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt "pip>=25.1"
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --group dev --editable .
	@touch $@

recording: .venv/.ready
	$(BIN)/python -m tests.recording

clean:
	rm -rf .venv dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
