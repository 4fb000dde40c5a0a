# `make demo` and `make test` do everything on a machine that has only Python (3.11 or newer) and make.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
STAMP = $(VENV)/.installed

.PHONY: install demo test check clean

install: $(STAMP)

$(STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"brainreel needs Python 3.11 or newer, {sys.executable} is {sys.version.split()[0]}; say make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --editable '.[dev]'
	touch $(STAMP)

demo: install
	$(BIN)/brainreel demo -o brainreel-demo.mp4

test: install
	$(BIN)/python -m pytest

check: install
	BRAINREEL_VENV=$(VENV) ./check

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .import_linter_cache
