# Two commands on a fresh machine: `make run` and `make test`. `make help` lists the rest.
BIN := $(if $(filter Windows_NT,$(OS)),.venv/Scripts,.venv/bin)
PYTHON := $(BIN)/python
SETUP := bash .ci/setup.sh

# make run FILM=clip.mp4 DEVICE=cuda
FILM ?=
DEVICE ?= cpu
export FILM DEVICE

# The rooms that tests must cover, and how many per cent of their lines and branches at least.
COVERED := contract:95 ambisonics:98 export:94 rendering:98

PYTEST := QT_QPA_PLATFORM=$${QT_QPA_PLATFORM:-offscreen} $(PYTHON) -m pytest

.PHONY: run test test-fast coverage check style imports types packages bench doctor docs bundle setup lock help

run: ## set up, then open the window (with no screen: play 20 s without one); FILM=clip.mp4 opens that film
	@$(SETUP)
	@set -- --device "$$DEVICE"; \
	if [ -n "$$FILM" ]; then set -- "$$@" --film "$$FILM"; fi; \
	if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || [ "$$(uname -s)" = Darwin ] || [ "$$OS" = Windows_NT ]; then \
		exec $(PYTHON) main.py "$$@"; \
	else \
		echo "There is no screen here: playing 20 s without a window, into out/."; \
		exec $(PYTHON) main.py headless --out out "$$@"; \
	fi

test: ## set up, then run all tests (about 20 minutes on two cores)
	@$(SETUP) --tests
	$(PYTEST)

test-fast: ## set up, then run the fast half of the tests (about 4 minutes on two cores)
	@$(SETUP) --tests
	$(PYTEST) -m "not slow" --durations=5

coverage: ## how much of the rooms below everything their own tests cover; fails below the limits
	@$(SETUP) --tests
	$(PYTEST) $(foreach room,$(COVERED),tests/engine/$(word 1,$(subst :, ,$(room)))) --cov=engine --cov-branch --cov-report=
	@for room in $(COVERED); do \
		$(PYTHON) -m coverage report --skip-covered --include="engine/$${room%:*}/*" --fail-under="$${room#*:}" || exit 1; \
	done

check: style imports types packages ## style, imports between rooms, types, declared packages

style:
	@$(SETUP) --tests
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

imports:
	@$(SETUP) --tests
	$(BIN)/lint-imports

types:
	@$(SETUP) --tests
	$(PYTHON) -m mypy

packages:
	@$(SETUP) --tests
	$(BIN)/deptry .

bench: ## latency and real-time factor on this machine, into out/bench.json
	@$(SETUP)
	@mkdir -p out
	$(PYTHON) main.py bench --json out/bench.json --device "$$DEVICE"

doctor: ## one page about this machine, and what to do about each problem
	@$(SETUP)
	@$(PYTHON) main.py doctor

docs: ## pages of the programming interface, from the docstrings, into out/docs
	@$(SETUP) --tests
	$(PYTHON) -m pdoc --docformat google --no-show-source -o out/docs engine widgets app '!app.installed'
	@echo "Open out/docs/index.html"

bundle: ## a folder that starts without Python, into out/bundle (docs/bundle.md); starts it to check
	@$(SETUP) --tests
	$(PYTHON) -m PyInstaller --noconfirm --log-level WARN --distpath out/bundle --workpath out/bundle-build \
		.ci/bundle/swansphere.spec
	.ci/bundle/check.sh out/bundle/swansphere

setup: ## only set up
	@$(SETUP)

lock: ## solve requirements/*.lock anew from pyproject.toml (needs uv)
	requirements/lock.sh

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1: /p' Makefile
