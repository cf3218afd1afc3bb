# Everything starts here. `make` lists what there is; each target brings what it needs.
# Needed beforehand: git, make, Python 3.11 or newer with pip. Nothing else.

PY ?= python3
UV := .boot/bin/uv
BIN := .venv/bin
SYNC := UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy $(UV) sync --system-certs --frozen --quiet --inexact -p $(PY) --compile-bytecode
NPM := PATH="$(CURDIR)/.venv/bin:$$PATH" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
SALE := tests/drops tests/checkout tests/payments
CHROMIUM := $(shell command -v chromium 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help demo chain test lint unit browser door drops bench contracts slither-lock clients subscribers-lock fuzz mutants format clean

help: ## List what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

demo: $(if $(CHAIN),.venv/.ok .boot/hardhat,.venv/.runtime) ## Play one evening aloud and keep serving (ONCE=1: play and stop; CHAIN=1: with tokens)
	@$(if $(CHAIN),$(BIN)/python -m tests.contracts.demo,$(BIN)/passes demo) $(if $(ONCE),--once) $(if $(PORT),--port $(PORT))

chain: .venv/.ok .boot/hardhat ## Serve a local chain with the contracts on it until Ctrl-C (PORT=8545)
	@$(BIN)/python -m tests.contracts.chain $(PORT)

test: lint browser unit ## All but contracts, the door in a browser, Drops; CI runs `contracts`, `door`, `drops` too

lint: .venv/.ok ## Style, types, import rules
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports | tail -n 4

unit: .venv/.ok .boot/judges .boot/hardhat .boot/clients .boot/subscribers/.ok ## Tests on SQLite and PostgreSQL, judges, clients on Node
	@$(BIN)/pytest -q -n 2 --dist worksteal --ignore tests/browser --ignore tests/contracts $(foreach one,$(SALE),--ignore $(one)) -m "not slow"

browser: .venv/.ok .boot/hardhat ## Pages in a real headless Chromium
ifneq ($(CHROMIUM),)
	@$(BIN)/pytest -q -n 2 --dist worksteal tests/browser --ignore tests/browser/door --ignore tests/browser/phone --ignore tests/browser/drops
else ifneq ($(CI),)
	@echo "Chromium is required here: apt-get install chromium" >&2; exit 1
else
	@echo "Left out: tests/browser (pages and scanner), because Debian's chromium is not installed."
endif

door: .venv/.ok ## The door and the phones before it, in Chromium: without a network, with a hub, crashed, attacked
ifneq ($(CHROMIUM),)
	@$(BIN)/pytest -q -n 2 --dist worksteal tests/browser/door tests/browser/phone
else ifneq ($(CI),)
	@echo "Chromium is required here: apt-get install chromium" >&2; exit 1
else
	@echo "Left out: the door in a browser, because Debian's chromium is not installed."
endif

drops: .venv/.ok .boot/judges .boot/hardhat ## Drops, waiting rooms, raffles, checkout, payments: under load, crashed, in Chromium
	@$(BIN)/pytest -q -n 2 --dist worksteal -m "not slow" $(SALE)
ifneq ($(CHROMIUM),)
	@$(BIN)/pytest -q -n 2 --dist worksteal tests/browser/drops
else ifneq ($(CI),)
	@echo "Chromium is required here: apt-get install chromium" >&2; exit 1
else
	@echo "Left out: the pages of Drops in a browser, because Debian's chromium is not installed."
endif

bench: .venv/.ok .boot/hardhat ## Figures, each beside its ceiling in the same run
	@$(BIN)/python -m tests.bench

contracts: .venv/.ok .boot/hardhat .boot/slither/.ok ## Contracts: behaviour, equality with Python, gas table, coverage, static analysis
	@$(BIN)/pytest -q -n 2 --dist worksteal -m "not slow" tests/contracts
	@$(BIN)/pytest -q -n 2 --dist worksteal --timeout 1800 -m slow tests/contracts/test_hardhat.py tests/contracts/test_coverage.py tests/contracts/test_slither.py

slither-lock: $(UV) # after a change of requirements.in
	@cd tests/contracts/slither && ../../../$(UV) pip compile --system-certs --quiet --universal --python-version 3.11 \
	  --generate-hashes --no-annotate --custom-compile-command "make slither-lock" requirements.in -o requirements.txt

clients: .venv/.ok .boot/subscribers/.ok ## Whole calendar clients follow a feed: khal; Thunderbird and GNOME's where installed
	@$(BIN)/pytest -q -rsP --timeout 900 tests/subscribers

subscribers-lock: $(UV) # after a change of requirements.in
	@cd tests/subscribers && ../../$(UV) pip compile --system-certs --quiet --universal --python-version 3.11 \
	  --generate-hashes --no-annotate --custom-compile-command "make subscribers-lock" requirements.in -o requirements.txt

fuzz: .venv/.ok .boot/hardhat ## Python and Solidity rules against each other, for long (CASES=1000000)
	@CASES=$(CASES) SEED=$(SEED) PROFILE=$(PROFILE) $(BIN)/python -m tests.contracts.equality

mutants: .venv/.ok .boot/hardhat ## Small faults planted in rules and escrow: does a test notice? (SAMPLE=40)
	@SAMPLE=$(SAMPLE) JOBS=$(JOBS) $(BIN)/python -m tests.contracts.mutants

format: .venv/.ok ## Format the code
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format --quiet .

clean: ## Remove what was built; keys and databases under .var stay
	rm -rf .boot .venv hardhat-local/node_modules hardhat-local/artifacts hardhat-local/cache tests/judges/node_modules tests/chain/clients/node_modules
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(UV):
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PY=python3.x")'
	@$(PY) -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target .boot uv==0.13.9

.venv/.runtime: $(UV) pyproject.toml uv.lock
	@$(SYNC) --no-default-groups && touch $@

.venv/.ok: $(UV) pyproject.toml uv.lock
	@$(SYNC) && touch $@ .venv/.runtime

.boot/judges: .venv/.ok tests/judges/package-lock.json
	@cd tests/judges && $(NPM) && touch ../../$@

.boot/clients: .venv/.ok tests/chain/clients/package-lock.json
	@cd tests/chain/clients && $(NPM) && touch ../../../$@

.boot/hardhat: .venv/.ok hardhat-local/package-lock.json
	@cd hardhat-local && $(NPM) && touch ../$@

.boot/slither/.ok: $(UV) tests/contracts/slither/requirements.txt
	@$(UV) venv --quiet --clear --no-python-downloads -p $(PY) .boot/slither
	@UV_LINK_MODE=copy $(UV) pip sync --system-certs --quiet --require-hashes -p .boot/slither tests/contracts/slither/requirements.txt
	@touch $@

.boot/subscribers/.ok: $(UV) tests/subscribers/requirements.txt
	@$(UV) venv --quiet --clear --no-python-downloads -p $(PY) .boot/subscribers
	@UV_LINK_MODE=copy $(UV) pip sync --system-certs --quiet --require-hashes -p .boot/subscribers tests/subscribers/requirements.txt
	@touch $@
