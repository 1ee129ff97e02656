# What a person does with this repository. `make` alone lists it.

PYTHON ?= python3
# `make package PYTHON=3.10` names Function Compute's Python, not one of this machine.
ifneq ($(filter 3.10 3.12,$(PYTHON)),)
DEPLOY_PYTHON := $(PYTHON)
override PYTHON := python3
endif
DEPLOY_PYTHON := $(or $(DEPLOY_PYTHON),3.12)
VENV ?= .venv
BIN := $(VENV)/bin
# Half of what `make test` does is waiting for other processes: four workers keep two cores busy.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) \* 2)

# What takes a third of all the time that tests take, and seldom fails alone: other programs' own tools, and simulation and chaos for each rule undone.
THOROUGH := tests/infra/terraform tests/infra/serverless_devs tests/infra/test_package_zips.py tests/simulation/test_mutations.py tests/scenario/faults/test_chaos_mutations.py

# Some images forbid it; then each worker of the tests and each program that they start compiles all it imports.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help install demo live setup ask unit test thorough browser zips test-random check lint workflows secrets types arrows format chaos simulate fuzz transcript picture bench bench-peer package release sbom checksums release-notes docs site axe console-pictures serverless lock clean

help: ## list these commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 15

install: $(VENV)/.dev ## make .venv with everything that development needs

demo: $(VENV)/.local ## run the whole system on this machine; ARGS="--help" explains, ZIPS=1 runs the zips
	@$(BIN)/python -m devserver $(if $(ZIPS),--zips dist/python$(DEPLOY_PYTHON)) $(ARGS) || [ $$? -eq 130 ] # Ctrl-C is how it is ended

live: $(VENV)/.local ## your own bot in the real DingTalk, the rest on this machine: DINGTALK_CLIENT_ID, DINGTALK_CLIENT_SECRET
	@$(BIN)/python -m devserver --dingtalk $(ARGS) || [ $$? -eq 130 ] # as above

setup: $(VENV)/.local ## set a deployment up, or look at one: asks, writes the files, makes roles, tables and logs
	@$(BIN)/python -m rag_on_dingtalk setup $(ARGS)

ask: $(VENV)/.local ## ask one question in the terminal: make ask Q="年假有几天？"
	@$(if $(Q),,$(error What shall be asked? make ask Q="年假有几天？"))$(BIN)/python -m devserver.ask $(ARGS) "$(Q)"

unit: $(VENV)/.dev ## run the tests that start no process and use no wire
	@$(BIN)/python -m pytest -n auto --dist worksteal --hypothesis-profile quick tests/unit $(ARGS)

test: $(VENV)/.dev ## run the tests but the thorough ones; ARGS="-k name" chooses
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(THOROUGH:%=--ignore=%) $(ARGS)

thorough: $(VENV)/.dev ## run the tests that take longest: both roads of deployment, the built zips, simulation and chaos with each rule undone
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(THOROUGH) $(ARGS)

browser: $(VENV)/.dev ## run the tests of the pages in Chromium
	@$(BIN)/python -m pytest tests/browser $(ARGS)

zips: $(VENV)/.dev ## build the zips of both Pythons and run the functions from them
	@$(BIN)/python -m pytest tests/infra/test_package_zips.py $(ARGS)

test-random: $(VENV)/.dev ## look for a test that fails now and then: random order, RUNS=5 times, HOGS=2 beside it; SEED
	@$(BIN)/python -m tests.random_order $(ARGS)

check: lint types arrows test thorough ## everything that must hold before a change lands

lint: workflows secrets $(VENV)/.dev ## ruff, the workflows, and no secret in a file
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

workflows: $(VENV)/.dev ## are GitHub's files of the right form, and the workflows safe?
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows $(wildcard .github/workflows/*.yml infra/examples/github-actions/*.yml)
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-issue-forms $(filter-out %/config.yml,$(wildcard .github/ISSUE_TEMPLATE/*.yml))
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	@$(BIN)/zizmor --offline --quiet --persona pedantic .github $(wildcard infra/examples/github-actions/*.yml)

secrets: $(VENV)/.dev ## does no file hold a key, a token or a password?
	@$(BIN)/python -m infra.secret_scan

types: $(VENV)/.dev
	@$(BIN)/mypy

arrows: $(VENV)/.dev
	@$(BIN)/lint-imports --no-cache

format: $(VENV)/.dev ## put the code into shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

chaos: $(VENV)/.local ## break it at random and balance the books; CHAOS_N, CHAOS_SEED
	@$(BIN)/python -m devserver.chaos $(ARGS)

simulate: $(VENV)/.local ## the same in one process, virtual time, thousands of small schedules; SIM_N, SIM_SEED
	@$(BIN)/python -m devserver.simulation $(ARGS)

fuzz: $(VENV)/.dev ## throw malformed pushes at the callback for a while; ARGS="--help" explains
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "atheris>=2.3" || \
		echo "There is no atheris for this Python: inputs are made at random, without regard to coverage."
	@$(BIN)/python -m tests.fuzz $(ARGS)

package: $(VENV)/.local ## build the layer and the functions into dist/; PYTHON=3.12 or 3.10
	@$(BIN)/python -m infra.package --python $(DEPLOY_PYTHON) $(ARGS)

site: $(VENV)/.site ## build the documentation site into dist/site, in both languages, and check its links
	@$(BIN)/python -m infra.site

release: $(VENV)/.dev ## make dist/release: zips of both Pythons, bills of materials, checksums, notes; TAG=v1.2.3 must fit
	@$(BIN)/python -m infra.release check --tag "$(TAG)"
	@$(BIN)/python -m infra.package --python 3.10 --bots bots.example.yaml --output dist/built
	@$(BIN)/python -m infra.package --python 3.12 --bots bots.example.yaml --output dist/built
	@$(BIN)/python -m infra.release gather dist/built dist/release --tag "$(TAG)"

release-notes: $(VENV)/.dev ## print the part of CHANGELOG.md that TAG=v1.2.3, or this version, is released with
	@$(BIN)/python -m infra.release notes --tag "$(TAG)"

sbom: $(VENV)/.dev ## say what is in the zips that `make package` built (CycloneDX), beside them
	@$(BIN)/python -m infra.release sbom dist/python$(DEPLOY_PYTHON)

checksums: $(VENV)/.dev ## write SHA256SUMS beside the zips that `make package` built
	@$(BIN)/python -m infra.release checksums dist/python$(DEPLOY_PYTHON)

docs: $(VENV)/.dev ## write anew what is generated: the tables of settings, events and Terraform, indexes and dashboards, the card template, the drawings, the badges, architecture, the picture of costs
	@$(BIN)/python -m infra.settings
	@$(BIN)/python -m infra.events
	@$(BIN)/python -m infra.grafana
	@$(BIN)/python -m infra.logs
	@$(BIN)/python infra/terraform/tables.py
	@$(BIN)/python infra/terraform/document.py
	@$(BIN)/python -m infra.dingtalk.template
	@$(BIN)/python -m infra.drawings
	@$(BIN)/python -m infra.architecture
	@$(BIN)/python -m infra.badges
	@$(BIN)/python -m tests.journey
	@$(BIN)/python -m infra.twins
	@$(BIN)/python -m tests.bench.cost_plot

transcript: $(VENV)/.local ## walk a newcomer's way in a fresh clone and write docs/first-deployment.md anew
	@$(BIN)/python -m devserver.newcomer

picture: $(VENV)/.site ## take the moving picture of the READMEs anew, from the local system (needs Chromium)
	@$(BIN)/python -m tests.browser.moving_picture

bench: $(VENV)/.dev ## measure; docs/benchmarks.md explains the numbers; ARGS=--check fails when a ratio has grown by 15 %
	@$(BIN)/python -m tests.bench $(ARGS)

bench-peer: $(VENV)/.dev ## measure many answers at once, and the program in PEER_DIR beside ours; docs/benchmarks.md tells how
	@$(if $(PEER_DIR),,$(error Which program? make bench-peer PEER_DIR=/path/to/it))PEER_DIR="$(PEER_DIR)" $(BIN)/python -m tests.bench --load $(ARGS)

axe: ## install axe-core into the user's cache, for the tests of the console's pages (needs npm)
	@npm install --silent --no-audit --no-fund --prefix "$${XDG_CACHE_HOME:-$$HOME/.cache}/rag-on-dingtalk/axe" axe-core@4.14.1

console-pictures: $(VENV)/.dev ## take the pictures of the console's pages anew (needs Chromium)
	@$(BIN)/python -m tests.browser.administration.screenshots

serverless: ## install Serverless Devs into .tools, for the tests of infra/s.yaml (needs npm)
	@npm install --silent --no-audit --no-fund --prefix .tools @serverless-devs/s@3.1.10

lock: ## resolve the dependencies anew for every supported Python (needs uv)
	@uv pip compile $(LOCK) -o requirements/layer.txt
	@uv pip compile $(LOCK) --extra local -c requirements/layer.txt -o requirements/local.txt
	@uv pip compile $(LOCK) --extra local --group dev -c requirements/local.txt -o requirements/dev.txt
	@uv pip compile $(LOCK) --extra local --group dev --group site -c requirements/dev.txt -o requirements/site.txt
	@uv pip compile $(filter-out pyproject.toml,$(LOCK)) --group bridge -c requirements/local.txt -o requirements/bridge.txt
	@uv pip compile $(filter-out pyproject.toml,$(LOCK)) --group console -c requirements/local.txt -o requirements/console.txt

# Without numpy: tablestore names it for vector queries, and each process that finds it starts a fifth later.
LOCK := --quiet --universal --python-version 3.10 --no-emit-index-url --no-emit-find-links --no-annotate --no-emit-package numpy \
	--custom-compile-command "make lock" pyproject.toml

clean: ## remove .venv, caches and the local system's data
	@rm -rf .venv* .local .tools dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

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
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements/local.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.local
	@echo "Installing what development needs (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements/dev.txt
	@touch $@

$(VENV)/.site: requirements/site.txt $(VENV)/.dev
	@echo "Installing what the documentation site needs (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements/site.txt
	@touch $@
