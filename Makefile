# tdome: `make demo` shows it at work, `make test` runs everything that CI runs.
# Needs Python >= 3.11 and package registries; all else lands in .venv.

PYTHON ?= python3
PYTEST_ARGS ?= -n auto --dist worksteal

VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
ATLAS := src/tdome/geography/taiwan/sources.sha256
HOOK := hatch_build.py geography/.npmrc geography/package.json geography/package-lock.json geography/taiwan.mjs

# uv trusts its own list of authorities by default; pip and npm trust the machine's.
export UV_SYSTEM_CERTS ?= true

.DELETE_ON_ERROR:
.PHONY: demo test check bench lock clean FORCE

demo: $(VENV)/.run-ready
	@$(BIN)/tdome run taiwan-layered

test: check
	$(BIN)/pytest $(PYTEST_ARGS)

check: $(VENV)/.test-ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy --strict src
	$(BIN)/lint-imports

bench: $(VENV)/.test-ready
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/world.py

# Newest versions that pyproject.toml allows: make lock UPGRADE=--upgrade
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes \
	--no-emit-index-url --no-annotate --custom-compile-command "make lock" $(UPGRADE)

lock: $(UV)
	$(COMPILE) --group bootstrap -o requirements/bootstrap.lock
	$(COMPILE) --group build -o requirements/build.lock
	$(COMPILE) pyproject.toml -o requirements/run.lock
	$(COMPILE) pyproject.toml --group test -c requirements/run.lock -o requirements/test.lock

clean:
	rm -rf $(VENV) build dist src/tdome/geography/taiwan
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# ------------------------------------------------------------ environment

$(UV): requirements/bootstrap.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "tdome needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1)."; \
		echo "Name another one: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; } >&2
	@echo "Making $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r $<
	@touch $@

# FORCE: somebody removed the generated map without touching its sources.
$(VENV)/.run-ready: $(UV) requirements/run.lock requirements/build.lock pyproject.toml $(HOOK) \
		$(if $(wildcard $(ATLAS)),,FORCE)
	@echo "Installing tdome ..."
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/run.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps \
		--build-constraint requirements/build.lock --editable .
	@touch $@

$(VENV)/.test-ready: $(VENV)/.run-ready requirements/test.lock
	@echo "Installing what the tests need ..."
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/test.lock
	@touch $@
