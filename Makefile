# Everything a person does with this repository, one target each. `make` alone prints them.

VENV   := .venv
BIN    := $(VENV)/bin
STAMPS := $(VENV)/.stamps
INPUTS := pyproject.toml constraints.txt scripts/setup
PAGE   := server/web/index.html
SOURCE := $(shell find extension/src offscreen/src) $(wildcard */package.json) package.json package-lock.json
FAST   := not model and not speech and not postgres and not redis and not node and not browser and not flow and not slow

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

.PHONY: help
help: ## print this list
	@echo "Sidenote: make TARGET"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(STAMPS)/runtime $(PAGE) ## make .venv with everything that Sidenote runs on (.venv/bin/sidenote), and the page at /
	@echo "Ready: $(BIN)/sidenote --help"

$(STAMPS)/runtime: $(INPUTS)
	@scripts/setup runtime

$(STAMPS)/dev: $(INPUTS) | $(STAMPS)/runtime
	@scripts/setup dev

$(STAMPS)/debian: scripts/setup | $(STAMPS)/runtime
	@scripts/setup debian

$(STAMPS)/node: scripts/setup package.json package-lock.json extension/package.json offscreen/package.json tests/phoenix/package.json | $(STAMPS)/runtime
	@scripts/setup node

$(PAGE): scripts/setup $(SOURCE) | $(STAMPS)/runtime
	@scripts/setup web

.PHONY: extension
extension: $(STAMPS)/node ## build the Chrome extension: build/extension, and build/extension.zip
	@npm run --silent extension

.PHONY: demo
demo: setup ## play a recorded review through the whole path and show the notes
	@$(BIN)/sidenote demo

.PHONY: run
run: setup ## start the server on this machine
	@$(BIN)/sidenote serve

.PHONY: dev
dev: $(STAMPS)/dev ## add what the checks and the tests need from the Python registry
	@echo "Ready: make check, make unit"

.PHONY: check
check: $(STAMPS)/dev $(STAMPS)/node ## format, lint, types, import rules and the documentation, without the other tests
	@echo "Checking the format"    && $(BIN)/ruff format --check --quiet .
	@echo "Checking the style"     && $(BIN)/ruff check --quiet .
	@echo "Checking the types (about a minute the first time)" && $(BIN)/mypy
	@echo "Checking the TypeScript" && npm run --silent check
	@echo "Checking the imports"   && $(BIN)/lint-imports --no-logo
	@echo "Checking the documents" && $(BIN)/python -m pytest -q --no-header --durations=0 --durations-min=5 -m "not slow" tests/house

.PHONY: format
format: $(STAMPS)/dev $(STAMPS)/node ## put the code in the one format and mend what can be mended
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix . && npm run --silent format

.PHONY: unit
unit: $(STAMPS)/dev ## the fast tests: no model, no speech, no database server, no Node, no browser
	@$(BIN)/python -m pytest -m "$(FAST)"

.PHONY: test
test: $(STAMPS)/dev $(STAMPS)/debian $(STAMPS)/node check ## everything: the checks, then every test, in a process a core (several minutes)
	@npm test --silent
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

.PHONY: bench
bench: $(STAMPS)/dev $(STAMPS)/debian $(STAMPS)/node ## measure everything (about two hours), next to other programs that it installs under build/peers
	@$(BIN)/python tests/bench/run.py
	@$(BIN)/python tests/bench/run.py --document

.PHONY: chaos-wire
chaos-wire: $(STAMPS)/dev $(STAMPS)/debian ## cut 200 spoken utterances on the wire, and compare them with uncut ones
	@$(BIN)/python tests/chaos/wire.py

.PHONY: chaos-kill
chaos-kill: $(STAMPS)/dev $(STAMPS)/debian ## kill -9 a server 25 times in the middle of an utterance
	@$(BIN)/python tests/chaos/kill.py

SEED   := 1
FAULTS := 100

.PHONY: chaos
chaos: $(STAMPS)/dev $(STAMPS)/debian ## kill -9 workers at every step and at FAULTS random instants on either database while they post (SEED=n)
	@$(BIN)/python tests/chaos/post.py --seed $(SEED) --faults $(FAULTS)

.PHONY: smoke-sites
smoke-sites: setup ## look at the real sites, read-only, and say what the recipes no longer find (needs internet)
	@$(BIN)/python scripts/smoke_sites.py

.PHONY: fuzz
fuzz: $(STAMPS)/dev ## send 200,000 hostile frames to a running server
	@$(BIN)/python tests/chaos/fuzz.py

.PHONY: diagram
diagram: $(STAMPS)/runtime ## print the state diagram from the transition table into docs/states.md
	@mkdir -p build
	@$(BIN)/python -m agent.diagram > build/states.md && mv build/states.md docs/states.md
	@echo "Written: docs/states.md"

.PHONY: docs
docs: diagram ## print the diagram and the tables of settings and metrics into the documents, and the wire's types into the extension
	@$(BIN)/python -m server.reference docs/configuration.md docs/telemetry.md
	@echo "Written: docs/configuration.md, docs/telemetry.md"
	@$(BIN)/python -m channels.typescript extension/src/wire/messages.ts
	@echo "Written: extension/src/wire/messages.ts"

.PHONY: pictures
pictures: setup extension $(STAMPS)/dev $(STAMPS)/debian ## draw the pictures of the documents from real runs (about five minutes)
	@$(BIN)/python scripts/make_pictures.py
	@$(BIN)/python scripts/make_screens.py
	@echo "Written: docs/pictures"

.PHONY: lock
lock: ## choose the newest allowed version of every package and pin it in constraints.txt
	@scripts/setup lock

.PHONY: wheel
wheel: $(STAMPS)/dev $(PAGE) ## build the wheel, install it into an empty environment and try it there
	@scripts/check_wheel

.PHONY: clean
clean: ## delete what was built and every cache; .venv and node_modules stay
	@rm -rf build dist server/web *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

.PHONY: clean-all
clean-all: clean ## delete .venv and node_modules too
	@rm -rf $(VENV) node_modules
