# make run: set up and run the digits pipeline; make test: set up and test; make lint: set up and check.
# make test-pipelines: whole pipelines: all datasets, killed runs, drift, spoilt files, datasets and models of one's own.
# make test-cluster: what needs servers and toolchains of the system (MariaDB, etcd, Java, Go), each skipped by name where it is missing.
.PHONY: setup run test test-pipelines test-cluster lint lock clean

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
# uv lives in an environment of its own, because it makes the other one equal to the lock.
UV := $(VENV)/uv/bin/uv
INSTALLED := $(VENV)/installed

setup: $(INSTALLED)

$(UV): requirements-uv.lock
	$(PYTHON) -m venv $(VENV)
	$(PYTHON) -m venv $(VENV)/uv
	$(VENV)/uv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
	touch $(UV)

# Bytecode is compiled here: without it, and with PYTHONDONTWRITEBYTECODE set, every start would take half a minute longer.
$(INSTALLED): requirements.lock setup.py $(UV)
	$(UV) pip sync --quiet --python $(BIN)/python --compile-bytecode --require-hashes requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $(INSTALLED)

run: setup
	$(BIN)/slipway run digits

LONG := $(addprefix tests/e2e/test_,$(addsuffix .py,matrix corrupted crash custom_models drift new_dataset new_step wheel))
test: setup
	$(BIN)/python -m pytest --ignore=tests/cluster $(LONG:%=--ignore=%)

test-pipelines: setup
	$(BIN)/python -m pytest $(LONG)

test-cluster: setup
	$(BIN)/python -m pytest tests/cluster

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint k8s/images/*.Dockerfile

# Resolves setup.py and overrides.txt anew, and from the versions found the lock files of the images.
COMPILE = $(UV) pip compile --quiet --generate-hashes --no-header --python-version 3.11 \
	--python-platform x86_64-manylinux_2_28 --output-file
TRAINER := setup.py --extra kubeflow --overrides overrides.txt --constraints requirements.lock
lock: $(UV)
	$(COMPILE) requirements.lock setup.py --all-extras --overrides overrides.txt
	$(COMPILE) k8s/images/trainer.lock $(TRAINER)
	$(COMPILE) k8s/images/trainer-gpu.lock $(TRAINER) --overrides k8s/images/gpu.txt
	$(COMPILE) k8s/images/gateway.lock serving/gateway/requirements.txt --constraints requirements.lock

clean:
	rm -rf $(VENV) build *.egg-info
