# `make help` lists the targets.
.PHONY: setup run studio unit test test-commands test-pipelines test-cluster test-containers test-pods test-web lint lint-web docs lock release audit clean help

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
# uv lives in an environment of its own, because it makes the other one equal to the lock.
UV := $(VENV)/uv/bin/uv
INSTALLED := $(VENV)/installed

setup: $(INSTALLED)  ## install everything into .venv from the lock file

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

# The tools of a release have an environment of their own, so that the product's lock does not grow with them.
RELEASE := $(VENV)/release/installed
$(RELEASE): requirements-release.lock $(UV)
	$(PYTHON) -m venv --without-pip $(VENV)/release
	$(UV) pip sync --quiet --python $(VENV)/release/bin/python --compile-bytecode --require-hashes requirements-release.lock
	touch $(RELEASE)

run: setup  ## run the digits pipeline
	$(BIN)/slipway run digits

WEB := studio/web
STATIC := studio/static/index.html
MODULES := $(WEB)/node_modules/.package-lock.json
studio: $(STATIC)  ## build the studio's web page; needs Node 20.19 or newer

$(STATIC): $(MODULES) $(WEB)/index.html $(WEB)/vite.config.ts $(shell find $(WEB)/src $(WEB)/public -type f 2>/dev/null)
	npm --prefix $(WEB) run --silent build
	touch $(STATIC)

$(MODULES): $(WEB)/package.json $(WEB)/package-lock.json
	@command -v npm >/dev/null || { echo "npm not found: install Node 20.19 or newer (https://nodejs.org)" >&2; exit 2; }
	npm --prefix $(WEB) ci --no-audit --no-fund --loglevel=error

test-web: $(MODULES)  ## the tests of the studio's web page; needs Node
	npm --prefix $(WEB) test

lint-web: $(MODULES)  ## ESLint, Prettier and TypeScript; needs Node
	npm --prefix $(WEB) run --silent lint
	npm --prefix $(WEB) exec --prefix $(WEB) -- tsc --noEmit --project $(WEB)

LONG := $(addprefix tests/e2e/test_,$(addsuffix .py,matrix corrupted crash custom_models drift new_dataset new_step wheel))
# Those that neither start servers nor train: minutes less.
UNIT := tests/schemas tests/registry tests/prediction tests/cli tests/docs tests/pipelines/page tests/pipelines/test_spec.py \
	tests/pipelines/test_steps.py tests/components/evaluation tests/components/features
unit: setup  ## the quick tests: under three minutes
	$(BIN)/python -m pytest $(UNIT)

test: setup $(RELEASE)  ## all tests but whole pipelines and the cluster's
	$(BIN)/python -m pytest --ignore=tests/cluster --ignore=tests/containers --ignore=tests/pods --ignore=tests/e2e

test-commands: setup  ## the commands, servers and tasks on whole pipelines
	$(BIN)/python -m pytest tests/e2e $(LONG:%=--ignore=%)

test-pipelines: setup  ## whole pipelines: all datasets, killed runs, drift, spoilt files, pages and models of one's own
	$(BIN)/python -m pytest $(LONG)

test-cluster: setup  ## what needs MariaDB, etcd, Java, Go ... of the system, each skipped by name where it is missing
	$(BIN)/python -m pytest tests/cluster

# Half an hour, as what is asked first of an image builds it.
test-containers: setup $(RELEASE)  ## the images, built and run by Docker, and the compose file; skipped by name where Docker is missing
	$(BIN)/python -m pytest --timeout=1800 tests/containers

test-pods: setup  ## Kubernetes with two nodes on this machine, and Slipway's pods in it; needs root, Docker, containerd, etcd, Go
	$(BIN)/python -m pytest tests/pods

lint: setup  ## ruff, mypy, import-linter, hadolint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint k8s/images/*.Dockerfile

docs: setup  ## build the documentation's site in build/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

IMAGES ?= gateway,trainer,studio
# More variables: docs/release.md.
release: $(RELEASE) $(STATIC)  ## VERSION=X.Y.Z: wheel, images, what is in them, into build/release; needs Docker and npm
	$(VENV)/release/bin/python -m release make "$(VERSION)" --images="$(IMAGES)" --base="$(PYTHON_IMAGE)" \
		$(DOCKER_OPTIONS:%=--docker-option=%) $(if $(DIRTY),--dirty) $(ADVISORIES:%=--advisories=%)

audit: $(RELEASE)  ## the known vulnerabilities of what the lock files pin; ADVISORIES=FOLDER without a network
	$(VENV)/release/bin/python -m release audit $(ADVISORIES:%=--advisories=%)

# Resolves setup.py and overrides.txt anew, and from the versions found the lock files of the images.
COMPILE = $(UV) pip compile --quiet --generate-hashes --no-header --python-version 3.11 \
	--python-platform x86_64-manylinux_2_28 --output-file
TRAINER := setup.py --extra kubeflow --extra remotes --extra sql --overrides overrides.txt --constraints requirements.lock
lock: $(UV)  ## resolve the dependencies anew
	$(COMPILE) requirements.lock setup.py --all-extras --overrides overrides.txt
	$(COMPILE) k8s/images/trainer.lock $(TRAINER)
	$(COMPILE) k8s/images/trainer-gpu.lock $(TRAINER) --overrides k8s/images/gpu.txt
	$(COMPILE) requirements-release.lock release/requirements.txt
	$(COMPILE) k8s/images/gateway.lock serving/gateway/requirements.txt --constraints requirements.lock

clean:  ## remove what was built and installed
	rm -rf $(VENV) build *.egg-info

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
