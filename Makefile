# Two commands on a fresh machine: `make serve` and `make test`. Nothing but python3 and make is needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DB ?= build/sample.db
BIND ?= 127.0.0.1:8000
DRILL_SECONDS ?= 60
# Imports of drills: the bytes of a cell without end, rows, kills, files that something was done to.
IMPORTS ?= IMPORT_CELL=1000000000 IMPORT_MANY=12000 IMPORT_ROWS=3000 IMPORT_KILLS=12 IMPORT_EXAMPLES=400
# Faults of drills: kills of the server, writes acknowledged meanwhile, the table of what came of all.
DRILL_REPORT ?= build/drills.md
FAULTS ?= DRILL_KILLS=100 DRILL_WRITES=20000 DRILL_REPORT=$(DRILL_REPORT)
# Tests share the processors; each worker has files and servers of its own.
PYTEST := $(BIN)/python -m pytest -n auto --dist worksteal

# Where the benchmarks put worlds and peers, and what to tell them: make bench BENCH='--times 2'.
BENCH_FOLDER ?= build/bench
BENCH ?=

.PHONY: serve test check drills bench micro budget generate format lock sbom advisories audit clean

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
	$(MAKE) --no-print-directory advisories
	$(PYTEST) --cov --cov-report=term

drills: $(VENV)/.ready
	rm -f $(DRILL_REPORT)
	DRILL_SECONDS=$(DRILL_SECONDS) $(IMPORTS) $(FAULTS) $(BIN)/python -m pytest -s tests/drills \
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

$(VENV)/.supply: $(VENV)/.ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[supply]'
	touch $@

# Made with the Python that is deployed: 3.11.
lock: $(VENV)/.supply
	$(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-header \
		--no-emit-index-url --no-emit-find-links --output-file requirements.lock setup.cfg
	sed -i '1i # What is deployed, for Python 3.11 on Linux: made from setup.cfg by make lock.' \
		requirements.lock

sbom: $(VENV)/.supply
	mkdir -p build
	$(BIN)/cyclonedx-py requirements requirements.lock --output-file build/sbom.json

# Fails for what is known to be weak in what is deployed; says so where no advisory service is reached.
advisories: $(VENV)/.supply
	mkdir -p build
	rm -f build/audit.json
	-timeout 120 $(BIN)/pip-audit --require-hashes --disable-pip --requirement requirements.lock \
		--progress-spinner off --format json --output build/audit.json 2>build/audit.log
	$(BIN)/python .ci/audited.py build/audit.json

# semgrep has a place of its own: it pins what the program pins otherwise.
build/semgrep/.ready: Makefile
	$(PYTHON) -m venv build/semgrep
	build/semgrep/bin/pip install --quiet --disable-pip-version-check 'semgrep>=1.140,<2'
	touch $@

# The dependencies, and our own code by the rules of bandit and by those of this project.
audit: advisories build/semgrep/.ready
	$(BIN)/bandit --quiet --recursive --severity-level medium --skip B608 incidents_api
	build/semgrep/bin/semgrep scan --quiet --metrics off --test tests/rules
	build/semgrep/bin/semgrep scan --quiet --metrics off --disable-version-check --error \
		--config tests/rules/semgrep.yml incidents_api

generate: $(VENV)/.ready
	$(BIN)/incidents-api generate

format: $(VENV)/.ready
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
