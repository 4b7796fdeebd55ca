# make demo  — all set-up, then a spoken conversation through the whole pipeline
# make test  — all set-up, then all tests
# make check — lint, types and fast tests

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV ?= .venv
BIN := $(VENV)/bin
export ASSISTANT_MODELS ?= $(CURDIR)/.cache/models
export HF_HUB_OFFLINE := 1

.PHONY: demo test check models bench bench-ledger fhir npm contracts clean

demo: models
	$(BIN)/python -m assistant.demo --out out/demo

test: models npm
	$(BIN)/assistant models fetch vosk-ko
	$(BIN)/python -m pytest

check: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q -m "not slow" -n 2

models: $(VENV)/.installed
	$(BIN)/assistant models fetch --default

$(VENV)/.installed: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or set PYTHON=…"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

bench-ledger: $(VENV)/.installed
	$(BIN)/python -m benchmarks.ledger

# the Solidity compiler and the node that the contracts' tests run against
npm:
	@if command -v npm >/dev/null; then npm ci --silent --no-audit --no-fund --prefix ledger/contracts; \
	else echo "npm is missing: the tests of the contracts that need solc or anvil will be SKIPPED"; fi

# Solidity to ledger/contracts/build, which is committed
contracts: npm $(VENV)/.installed
	$(BIN)/python -m ledger.contracts.compile

# the FHIR server of sekmet-fhir pulls much: it gets an environment of its own
fhir: $(VENV)/.installed
	$(PYTHON) -m venv .cache/venv-fhir
	.cache/venv-fhir/bin/pip install --quiet sekmet-fhir==0.1.1
	SEKMET=$(CURDIR)/.cache/venv-fhir/bin/sekmet $(BIN)/python -m pytest tests/ledger_client/test_fhir.py

clean:
	rm -rf $(VENV) .cache out
