# make demo  — all set-up, then a spoken conversation through the whole pipeline
# make test  — all set-up, then all tests
# make check — lint, types and fast tests

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV ?= .venv
BIN := $(VENV)/bin
export ASSISTANT_MODELS ?= $(CURDIR)/.cache/models
export HF_HUB_OFFLINE := 1

.PHONY: demo test test-speechbrain check models chromium bench bench-speaker bench-latency clean

demo: models
	$(BIN)/python -m assistant.demo --out out/demo

test: models chromium
	$(BIN)/assistant models fetch vosk-ko
	$(BIN)/python -m pytest
	$(MAKE) test-speechbrain

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

# torch stays out of $(VENV): the optional engine's tests run in an environment of their own
VENV_SB ?= .venv-speechbrain

test-speechbrain: $(VENV_SB)/.installed
	$(VENV_SB)/bin/python -m pytest -q tests/speaker/test_speechbrain_engine.py

$(VENV_SB)/.installed: pyproject.toml constraints-speechbrain.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or set PYTHON=…"; exit 1; }
	$(PYTHON) -m venv $(VENV_SB)
	$(VENV_SB)/bin/python -m pip install --quiet --disable-pip-version-check \
		--constraint constraints-speechbrain.txt torch
	$(VENV_SB)/bin/python -m pip install --quiet --disable-pip-version-check \
		--constraint constraints-speechbrain.txt --editable '.[speechbrain]' pytest hypothesis matplotlib
	find $(VENV_SB)/lib -path '*torchaudio/lib/*.so' -delete
	$(VENV_SB)/bin/python -c 'import speechbrain.lobes.models.ECAPA_TDNN'
	touch $@

# make bench — every benchmark; each compares with its last saved run
bench: bench-speaker bench-latency

# both speaker engines on a small corpus of human voices made from Debian packages (apt-get)
bench-speaker: $(VENV_SB)/.installed out/voices/subsets.json
	$(VENV_SB)/bin/python -m benchmarks.speaker out/voices

out/voices/subsets.json: $(VENV_SB)/.installed benchmarks/voice_corpus.py
	$(VENV_SB)/bin/python -m benchmarks.voice_corpus out/voices
# The page's tests drive a real browser; without one they are skipped, and say so.
chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || { \
		test "$$(id -u)" = 0 && apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	} || echo "No Chromium: the tests of the page will be skipped. Run: apt-get install chromium"

bench-latency: models
	$(BIN)/python -m benchmarks.latency


clean:
	rm -rf $(VENV) $(VENV_SB) .cache out
