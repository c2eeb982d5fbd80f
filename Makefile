# Two commands on a fresh machine: `make run` and `make test`. Everything else is listed by `make help`.
PYTHON := .venv/bin/python
SETUP := bash .ci/setup.sh

# make run FILM=clip.mp4 DEVICE=cuda
FILM ?=
DEVICE ?= cpu
export FILM DEVICE

.PHONY: run test check bench doctor setup lock help

run: ## set up, then open the window (with no screen: play 20 s without one); FILM=clip.mp4 opens that film
	@$(SETUP)
	@set -- --device "$$DEVICE"; \
	if [ -n "$$FILM" ]; then set -- "$$@" --film "$$FILM"; fi; \
	if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || [ "$$(uname -s)" = Darwin ]; then \
		exec $(PYTHON) main.py "$$@"; \
	else \
		echo "There is no screen here: playing 20 s without a window, into out/."; \
		exec $(PYTHON) main.py headless --out out "$$@"; \
	fi

test: ## set up, then run the tests
	@$(SETUP) --tests
	QT_QPA_PLATFORM=$${QT_QPA_PLATFORM:-offscreen} $(PYTHON) -m pytest

check: ## style, imports between rooms, types
	@$(SETUP) --tests
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	.venv/bin/lint-imports
	$(PYTHON) -m mypy

bench: ## latency and real-time factor on this machine, into out/bench.json
	@$(SETUP)
	@mkdir -p out
	$(PYTHON) main.py bench --json out/bench.json --device "$$DEVICE"

doctor: ## one page about this machine, and what to do about each problem
	@$(SETUP)
	@$(PYTHON) main.py doctor

setup: ## only set up
	@$(SETUP)

lock: ## solve requirements/*.lock anew from pyproject.toml (needs uv)
	requirements/lock.sh

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1: /p' Makefile
