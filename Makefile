# make demo  — all set-up, then a spoken conversation through the whole pipeline
# make test  — all set-up, then all tests
# make check — lint, types and fast tests

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV ?= .venv
BIN := $(VENV)/bin
export ASSISTANT_MODELS ?= $(CURDIR)/.cache/models
export HF_HUB_OFFLINE := 1

.PHONY: demo test check models bench clean rasa rasa-diet rasa-environment bench-nlu

demo: models
	$(BIN)/python -m assistant.demo --out out/demo

test: models rasa-environment
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

# make rasa — Rasa's own environment (Python 3.10) and a model of nlu/ for it; rasa-diet: DIET's
PYTHON310 ?= $(shell for p in python3.10 $${PYENV_ROOT:-$$HOME/.pyenv}/versions/3.10.*/bin/python \
	$$(uv python find --no-python-downloads 3.10 2>/dev/null); do \
	"$$p" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 10))' 2>/dev/null && { echo "$$p"; break; }; done)
RASA := .venv-rasa
RASA_MODELS := $(ASSISTANT_MODELS)/rasa
RASA_SOURCES := $(wildcard nlu/*.yml nlu/data/*.yml nlu/*.py)

rasa: $(RASA_MODELS)/light.tar.gz
rasa-diet: $(RASA_MODELS)/diet.tar.gz

$(RASA_MODELS)/light.tar.gz: $(RASA)/.installed $(VENV)/.installed $(RASA_SOURCES)
	$(BIN)/python -m nlu.rasa_train --out $@

$(RASA_MODELS)/diet.tar.gz: $(RASA)/.installed $(VENV)/.installed $(RASA_SOURCES)
	$(BIN)/python -m nlu.rasa_train --diet --out $@

$(RASA)/.installed: constraints-rasa.txt
	@test -n "$(PYTHON310)" || { echo "Rasa needs Python 3.10, which was not found."; \
		echo "Get it: pyenv install 3.10, or uv python install 3.10; or set PYTHON310=…"; exit 1; }
	$(PYTHON310) -m venv --clear $(RASA)
	$(RASA)/bin/python -m pip install -qq --disable-pip-version-check --no-deps --requirement $<
	touch $@

rasa-environment:
	@if test -n "$(PYTHON310)"; then $(MAKE) --no-print-directory $(RASA)/.installed; else \
		echo "!!! NO PYTHON 3.10: the tests of a real Rasa server are skipped (see make rasa) !!!"; fi

bench-nlu: $(VENV)/.installed $(RASA)/.installed
	$(BIN)/python -m benchmarks.nlu
	$(BIN)/python -m benchmarks.nlu_rasa

clean:
	rm -rf $(VENV) .venv-rasa .cache out
