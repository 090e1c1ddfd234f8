# rolecall: `make run` plays the guided tour, `make test` runs every test this machine can run.

VENV  := .venv
BIN   := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help install run test test-fast fuzz bench conformance soak check format clean

help:
	@echo "make install    set up $(VENV) (quick when it is up to date)"
	@echo "make run        play the guided tour against a private server"
	@echo "make test       every test that this machine can run"
	@echo "make test-fast  the inner loop: stops at the first failure, leaves out slow tests and real clients"
	@echo "make fuzz       a million random decisions by both evaluators; MINUTES=10 REQUESTS=1000000 SEED=N WORKERS=N"
	@echo "make bench      measure beside others, written to docs/PERFORMANCE.md; PARTS=decisions for some"
	@echo "make conformance  others' answers and tests, written to docs/CONFORMANCE.md; PARTS=agreement for some"
	@echo "make soak       kill servers and databases under load (SOAK_SECONDS, 600 by default)"
	@echo "make check      formatting, lint, types, import contracts"
	@echo "make format     let ruff format the tree"
	@echo "make clean      remove what can be made again"

install: $(STAMP)

$(STAMP): pyproject.toml .ci/install
	@.ci/install $(VENV)
	@touch $@

run: install
	@$(BIN)/rolecall tour

test: install
	$(BIN)/pytest -n auto --dist loadgroup

test-fast: install
	$(BIN)/pytest -x -q -m "not slow and not clients"

fuzz: install
	PYTHONPATH=tests $(BIN)/python -m fuzzing $(if $(MINUTES),--minutes $(MINUTES)) \
		$(if $(REQUESTS),--requests $(REQUESTS)) $(if $(SEED),--seed $(SEED)) $(if $(WORKERS),--workers $(WORKERS))

bench: install
	$(BIN)/python -m benchmarks.parts bench $(PARTS)

conformance: install
	$(BIN)/python -m benchmarks.parts conformance $(PARTS)

soak: install
	PYTHONPATH=tests $(BIN)/python tests/soaking.py

check: install
	$(BIN)/ruff format --check src tests
	$(BIN)/ruff check src tests
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install
	$(BIN)/ruff format src tests
	$(BIN)/ruff check --fix src tests

clean:
	rm -rf $(VENV) .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache dist build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
