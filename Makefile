# make demo  — all set-up, then a spoken conversation through the whole pipeline
# make test  — all set-up, then all tests; property tests draw the same examples each time
# make check — lint, types and fast tests; property tests draw new examples each time

SHELL := /bin/bash

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV ?= .venv
BIN := $(VENV)/bin
export ASSISTANT_MODELS ?= $(CURDIR)/.cache/models
export HF_HUB_OFFLINE := 1

.PHONY: demo test test-speechbrain check lint types fast-tests models debian cluster voice rasa rasa-diet \
	rasa-environment npm contracts fhir bench bench-speaker bench-nlu bench-ledger bench-latency clean

demo: models
	$(BIN)/python -m assistant.demo --out out/demo

test: models debian rasa-environment npm
	$(BIN)/assistant models fetch vosk-ko
	$(BIN)/python -m pytest -q -n 2 --hypothesis-profile=ci
	$(MAKE) test-speechbrain

# side by side, the output of each in one piece
check: $(VENV)/.installed
	@$(MAKE) --no-print-directory --jobs=3 --output-sync=target lint types fast-tests

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types:
	$(BIN)/mypy

fast-tests:
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
	$(VENV_SB)/bin/assistant models fetch speechbrain-ecapa
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

# Debian packages that tests drive: a browser, a broker, database servers, the clearer voice. What is
# missing is installed where make runs as root; else the tests that need it are skipped, and say so.
CLUSTER := patroni etcd-server postgresql
DEBIAN := chromium mosquitto festival festvox-ru $(CLUSTER)
debian:
	@missing=$$(dpkg-query -W -f='$${Package} $${db:Status-Status}\n' $(DEBIAN) 2>/dev/null | \
		awk '$$2 == "installed" {print $$1}' | sort | comm -13 - <(printf '%s\n' $(DEBIAN) | sort)); \
	test -z "$$missing" && exit 0; \
	{ test "$$(id -u)" = 0 && apt-get update -qq && \
		RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; } \
	|| echo "Missing, and what needs it will be SKIPPED. Run as root: apt-get install" $$missing

# the ledger's database on three nodes of this machine, until Ctrl-C
cluster: $(VENV)/.installed
	@$(MAKE) --no-print-directory debian DEBIAN="$(CLUSTER)"
	@$(BIN)/python -m ledger.cluster

# Festival with its recorded Russian voice, clearer than eSpeak NG: the assistant takes it by itself,
# and learns at its next start how it sounds, so that it can never ask
voice: $(VENV)/.installed
	@if command -v festival >/dev/null && test -d /usr/share/festival/voices/russian; then \
		echo "Festival and its Russian voice are installed."; \
	elif test "$$(id -u)" = 0; then \
		apt-get update -q && apt-get install -y -q --no-install-recommends festival festvox-ru; \
	else \
		echo "Run as root: apt-get install festival festvox-ru"; exit 1; \
	fi
	@mkdir -p out
	$(BIN)/assistant say --voice festival --out out/voice.wav 'Давление 130/80, пульс 72.'

# make bench — every benchmark; each compares with its last saved run
bench: bench-nlu bench-speaker bench-ledger bench-latency

bench-nlu: $(VENV)/.installed $(RASA)/.installed
	$(BIN)/python -m benchmarks.nlu
	$(BIN)/python -m benchmarks.nlu_rasa

# both speaker engines on a small corpus of human voices made from Debian packages (apt-get)
bench-speaker: $(VENV_SB)/.installed out/voices/subsets.json
	$(VENV_SB)/bin/assistant models fetch speechbrain-ecapa
	$(VENV_SB)/bin/python -m benchmarks.speaker out/voices

out/voices/subsets.json: $(VENV_SB)/.installed benchmarks/voice_corpus.py
	$(VENV_SB)/bin/python -m benchmarks.voice_corpus out/voices

bench-latency: models
	$(BIN)/python -m benchmarks.latency

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
	rm -rf $(VENV) $(VENV_SB) $(RASA) .cache out
