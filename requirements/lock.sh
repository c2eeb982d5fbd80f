#!/usr/bin/env bash
# Solves the three locks anew from pyproject.toml: app.lock (to run), train.lock (also to train), dev.lock (also to develop).
#   requirements/lock.sh                             keeps every pin that still fits
#   requirements/lock.sh --upgrade                   takes the newest of everything
#   requirements/lock.sh --upgrade-package numpy     takes the newest numpy
# Needs uv (https://docs.astral.sh/uv). The locks hold for Linux, macOS and Windows, and no index is named in them.
# PyTorch is not in them: see torch.txt.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

solve() { # solve LOCK OPTIONS...
    local lock=$1
    shift
    uv pip compile pyproject.toml "$@" --output-file "requirements/$lock.lock" --quiet \
        --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
        --no-emit-package torch --custom-compile-command "make lock"
}

solve dev --extra train --extra dev "$@"
solve train --extra train --constraint requirements/dev.lock
solve app --constraint requirements/dev.lock
