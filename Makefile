# Every target works in a fresh clone, for any user; what it needs it sets up under .venv and build/.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
DEMO := build/demo
PROJECT := pyproject.toml trackio/version.py

# The first Python that is new enough and can make a venv. Choose another with `make PYTHON=python3.13 ...`.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python3.10; do \
	"$$p" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && echo "$$p" && break; done)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.demo ## train a small real model 12 times and build its report (about a minute)
	@rm -rf $(DEMO)
	@TRACKIO_DIR=$(DEMO)/home $(BIN)/python examples/digits.py
	@TRACKIO_DIR=$(DEMO)/home $(BIN)/trackio report --project digits --output $(DEMO)/site
	@echo "The report, ready to open:"
	@echo "$(CURDIR)/$(DEMO)/site/index.html"

test: $(VENV)/.dev chromium compiler nginx ## every test but those of the clients and of a GPU, in a real browser too
	$(BIN)/python -m pytest -n 2 --dist loadfile

test-clients: $(VENV)/.dev ## the released clients (transformers, ZenML, ...), each in a cached environment; ENV="hf trackers" for some
	$(BIN)/python tests/clients/environments.py $(ENV)

test-gpu: $(VENV)/.dev ## load a real NVIDIA GPU for a minute, and hold what a run records against its counter
	$(BIN)/python -m pytest -q -s tests/gpu

lint: $(VENV)/.dev ## ruff, mypy --strict, and the layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/house/test_layers.py

bench: $(VENV)/.dev chromium ## measure every claim beside its peers (45 minutes); writes benchmarks/RESULTS.md
	$(BIN)/python benchmarks/bench.py

runtime: ## rebuild site/dist from site/src, byte for byte (needs node)
	cd site && npm ci --no-audit --no-fund && npm run build

clean: ## remove what the other targets made
	rm -rf $(VENV) build benchmarks/.venvs site/node_modules

# Two stamps: the demo needs no test tools. Both are made again when the project's metadata changes.
$(VENV)/.demo: $(PROJECT)
	$(call install,demo)

$(VENV)/.dev: $(PROJECT)
	$(call install,demo$(comma)dev$(comma)test$(comma)bench)
	@touch $(VENV)/.demo

comma := ,
define install
	@if [ -z "$(PYTHON)" ]; then \
		echo "No Python 3.10 or newer with venv was found. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; fi
	@[ -x $(BIN)/python ] || { echo "Making $(VENV) with $(PYTHON)"; "$(PYTHON)" -m venv $(VENV); }
	@echo "Installing trackio[$(1)] into $(VENV)"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable ".[$(1)]"
	@touch $@
endef

# Tests of the site run in a real browser. CHROMIUM names one that is not found by itself.
MISSING := The tests need Chromium. Install the package 'chromium' (Debian: apt-get install chromium), or set CHROMIUM to the path of a browser of that kind.
chromium:
	@for name in "$${CHROMIUM:-chromium}" chromium-browser google-chrome google-chrome-stable chrome; do \
		if command -v "$$name" >/dev/null; then exit 0; fi; done; \
	if [ "$$(id -u)" = 0 ]; then sudo=""; elif sudo -n true 2>/dev/null; then sudo="sudo -n"; else sudo=no; fi; \
	if [ "$$sudo" = no ] || ! command -v apt-get >/dev/null; then echo "$(MISSING)" >&2; exit 1; fi; \
	echo "Installing Chromium"; export DEBIAN_FRONTEND=noninteractive; \
	$$sudo apt-get update -qq; \
	$$sudo apt-get install -y -qq --no-install-recommends chromium librsvg2-bin fonts-dejavu-core >/dev/null

# A small C library stands in for NVIDIA's driver. CC names a compiler that is not called cc.
compiler:
	@command -v "$(firstword $(CC))" >/dev/null || { echo "The tests need a C compiler, and there is none named $(CC). \
	Install one (Debian: apt-get install gcc libc6-dev), or set CC to its name." >&2; exit 1; }

# The configuration of docs/server.md is tried in a real nginx, with a certificate made by openssl.
NO_NGINX := The tests need nginx and openssl. Install the packages 'nginx-light' and 'openssl' (Debian: apt-get install nginx-light openssl).
nginx:
	@export PATH="$$PATH:/usr/sbin:/usr/local/sbin"; \
	if command -v nginx >/dev/null && command -v openssl >/dev/null; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ]; then sudo=""; elif sudo -n true 2>/dev/null; then sudo="sudo -n"; else sudo=no; fi; \
	if [ "$$sudo" = no ] || ! command -v apt-get >/dev/null; then echo "$(NO_NGINX)" >&2; exit 1; fi; \
	echo "Installing nginx"; export DEBIAN_FRONTEND=noninteractive; \
	$$sudo apt-get update -qq; \
	$$sudo apt-get install -y -qq --no-install-recommends nginx-light openssl >/dev/null

.PHONY: help demo test test-clients test-gpu lint bench runtime clean chromium compiler nginx
