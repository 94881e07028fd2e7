# Needs Python 3.11 (or 3.12) and make; everything else is installed into .venv from the files of this project.
PYTHON ?= $(shell for p in python3.11 python3.12 python3 python; do \
  $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
RUN := $(VENV)/bin/python
ARGS ?=
# On Linux x86-64, TORCH_INDEX=<PyTorch's CPU index> spares the CUDA build of PyTorch.
TORCH_INDEX ?=
PIP_FLAGS := --quiet --disable-pip-version-check $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX))

.PHONY: help demo test lint unit bench lock clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 10

demo: $(VENV)/.ready ## Make the demo meetings, run the night on them, answer queries, serve the page (ARGS=--no-serve)
	@$(RUN) -m demo $(ARGS)

test: lint unit ## Run every check: ruff, mypy --strict, import-linter, the tests

lint: $(VENV)/.ready ## Run ruff, mypy --strict and import-linter
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

unit: $(VENV)/.ready ## Run the tests on every core (ARGS='-k words' selects some)
	@$(RUN) -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal $(ARGS)

bench: $(VENV)/.ready ## Measure the pipeline and write bench/results/pipeline.json
	@$(RUN) -m bench.pipeline

lock: ## Write constraints.txt anew from a fresh environment
	@rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock
	@.venv-lock/bin/pip install $(PIP_FLAGS) 'torch==2.13.0' -e '.[dev]'
	@.venv-lock/bin/pip freeze --exclude-editable | sed 's/+cpu$$//' | grep -v ' @ ' > constraints.txt
	@rm -rf .venv-lock

clean: ## Remove the environment and the caches (never the data)
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/.ready: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Il faut Python 3.11 ou 3.12, et il n'y en a pas ; installez-le puis relancez make."; exit 1; }
	@echo "Installation de l'environnement dans $(VENV) (quelques minutes la première fois)…"
	@$(PYTHON) -m venv $(VENV)
	@while sleep 15; do echo "  … $$(ls $(VENV)/lib/python3*/site-packages | grep -c dist-info) paquets installés"; done & told=$$!; \
	  $(VENV)/bin/pip install $(PIP_FLAGS) -c constraints.txt -e '.[dev]'; status=$$?; kill $$told; exit $$status
	@touch $@
