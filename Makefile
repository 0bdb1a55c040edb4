# Two commands on a fresh machine: `make serve` and `make test`. Nothing but python3 and make is needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DB ?= build/sample.db
BIND ?= 127.0.0.1:8000
DRILL_SECONDS ?= 60
# Imports of drills: the bytes of a cell without end, rows, kills, files that something was done to.
IMPORTS ?= IMPORT_CELL=1000000000 IMPORT_ROWS=3000 IMPORT_KILLS=12 IMPORT_EXAMPLES=400
# Tests share the processors; each worker has files and servers of its own.
PYTEST := $(BIN)/python -m pytest -n auto --dist worksteal

# Where the benchmarks put worlds and peers, and what to tell them: make bench BENCH='--times 2'.
BENCH_FOLDER ?= build/bench
BENCH ?=

.PHONY: serve test check drills bench micro budget generate format clean

$(VENV)/.ready: setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@

serve: $(VENV)/.ready
	mkdir -p $(dir $(DB))
	$(BIN)/incidents-api serve --sample --db $(DB) --bind $(BIND)

test: $(VENV)/.ready
	$(PYTEST)

check: $(VENV)/.ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/incidents-api generate --check
	$(PYTEST) --cov --cov-report=term

drills: $(VENV)/.ready
	DRILL_SECONDS=$(DRILL_SECONDS) $(IMPORTS) $(BIN)/python -m pytest -s tests/drills \
		tests/test_import_interrupted.py tests/test_import_fuzz.py

$(VENV)/.bench: $(VENV)/.ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev,bench]'
	touch $@

bench: $(VENV)/.bench
	$(BIN)/python -m benchmarks --folder $(BENCH_FOLDER) $(BENCH)

micro: $(VENV)/.ready
	$(BIN)/python -m pytest benchmarks/test_micro.py --benchmark-timer=time.thread_time \
		--benchmark-columns=min,median,iqr,rounds --benchmark-sort=min

budget: $(VENV)/.ready
	$(BIN)/python -m benchmarks.budget

generate: $(VENV)/.ready
	$(BIN)/incidents-api generate

format: $(VENV)/.ready
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
