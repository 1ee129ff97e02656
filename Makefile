# What a person does with this repository. `make` alone lists it.

PYTHON ?= python3
# `make package PYTHON=3.10` names Function Compute's Python, not one of this machine.
ifneq ($(filter 3.10 3.12,$(PYTHON)),)
FC_PYTHON := $(PYTHON)
override PYTHON := python3
endif
FC_PYTHON := $(or $(FC_PYTHON),3.12)
VENV ?= .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help install demo ask test check lint types arrows format chaos fuzz bench package docs lock clean

help: ## list these commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

install: $(VENV)/.dev ## make .venv with everything that development needs

demo: $(VENV)/.local ## run the whole system on this machine; ARGS="--help" explains, ZIPS=1 runs the zips
	@$(BIN)/python -m local $(if $(ZIPS),--zips dist/python$(FC_PYTHON)) $(ARGS) || [ $$? -eq 130 ] # Ctrl-C is how it is ended

ask: $(VENV)/.local ## ask one question in the terminal: make ask Q="年假有几天？"
	@$(if $(Q),,$(error What shall be asked? make ask Q="年假有几天？"))$(BIN)/python -m local.ask $(ARGS) "$(Q)"

test: $(VENV)/.dev ## run the tests; ARGS="-k name" chooses
	@$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

check: lint types arrows test ## everything that must hold before a change lands

lint: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/.dev
	@$(BIN)/mypy

arrows: $(VENV)/.dev
	@$(BIN)/lint-imports --no-cache

format: $(VENV)/.dev ## put the code into shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

chaos: $(VENV)/.local ## break it at random and balance the books; CHAOS_N, CHAOS_SEED
	@$(BIN)/python -m local.chaos $(ARGS)

fuzz: $(VENV)/.dev ## throw malformed pushes at the callback for a while; ARGS="--help" explains
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "atheris>=2.3" || \
		echo "There is no atheris for this Python: inputs are made at random, without regard to coverage."
	@$(BIN)/python -m tests.fuzz $(ARGS)

package: $(VENV)/.local ## build the layer and the functions into dist/; PYTHON=3.12 or 3.10
	@$(BIN)/python -m infra.package --python $(FC_PYTHON) $(ARGS)

docs: $(VENV)/.dev ## write anew what is generated: the tables of settings, the card template, the picture of costs
	@$(BIN)/python -m infra.settings
	@$(BIN)/python -m infra.dingtalk.template
	@$(BIN)/python -m tests.bench.cost_plot

bench: $(VENV)/.dev ## measure; docs/benchmarks.md explains the numbers
	@$(BIN)/python -m tests.bench

lock: ## resolve the dependencies anew for every supported Python (needs uv)
	@uv pip compile $(LOCK) -o requirements/layer.txt
	@uv pip compile $(LOCK) --extra local -c requirements/layer.txt -o requirements/local.txt
	@uv pip compile $(LOCK) --extra local --group dev -c requirements/local.txt -o requirements/dev.txt

LOCK := --quiet --universal --python-version 3.10 --no-emit-index-url --no-emit-find-links --no-annotate \
	--custom-compile-command "make lock" pyproject.toml

clean: ## remove .venv, caches and the local system's data
	@rm -rf .venv* .local dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/.python:
	@command -v $(PYTHON) >/dev/null || { \
		echo "There is no $(PYTHON) on this machine. Install Python 3.10 or newer, or name one: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
		echo "$(PYTHON) is $$($(PYTHON) -V 2>&1). Python 3.10 or newer is needed; name one: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
		echo "Python could not make a virtual environment. On Debian and Ubuntu: apt install python3-venv"; rm -rf $(VENV); exit 1; }
	@touch $@

$(VENV)/.local: requirements/local.txt pyproject.toml | $(VENV)/.python
	@echo "Installing what the local system needs (once, about half a minute) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/local.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.local
	@echo "Installing what development needs (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/dev.txt
	@touch $@
