#!/usr/bin/env bash
# Makes this checkout ready to run: system libraries, .venv, the pinned packages of requirements/.
#   .ci/setup.sh            to run the app (requirements/app.lock)
#   .ci/setup.sh --train    also to train (requirements/train.lock)
#   .ci/setup.sh --tests    also to develop (requirements/dev.lock), with the few programs that the tests use
# Runs again in well under a second: while the lock is unchanged, nothing is installed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly VENV=.venv
case "$(uname -s)" in
    MINGW* | MSYS* | CYGWIN*) readonly BIN=$VENV/Scripts ;; # not tested
    *) readonly BIN=$VENV/bin ;;
esac
readonly STAMP=$VENV/.installed.lock # PyTorch's pin and the lock, as they were last installed
readonly LOCKS=requirements
for_tests=no
lock=app
case "${1:-}" in
    --train) lock=train ;;
    --tests) lock=dev for_tests=yes ;;
esac

say() { printf 'setup: %s\n' "$*"; }
stop() { say "$@" >&2; exit 1; }

# --- Debian packages: installed where this user may, else the line to type ---------------------------------------------

root_prefix() { # prints "" or "sudo -n"; fails where this user may install nothing
    command -v apt-get > /dev/null || return 1
    if [ "$(id -u)" = 0 ]; then echo ""; return; fi
    command -v sudo > /dev/null && sudo -n true 2> /dev/null && echo "sudo -n"
}

apt_install() {
    local prefix
    prefix=$(root_prefix) || return 1
    say "installing system packages: $*"
    $prefix apt-get update -qq || true # one unreachable third-party source must not stop the rest
    $prefix env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        -o DPkg::Lock::Timeout=300 "$@" > /dev/null
}

line_to_type() { # the one line that installs these packages, for a person
    local line="apt-get update && apt-get install -y --no-install-recommends $*"
    if command -v sudo > /dev/null; then echo "sudo sh -c '$line'"; else echo "su -c '$line'"; fi
}

unique() { printf '%s\n' "$@" | awk 'NF && !seen[$0]++'; }

# --- Python ------------------------------------------------------------------------------------------------------------

usable_python() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2> /dev/null; }

find_python() {
    local candidate
    for candidate in "$BIN/python" python3.11 python3.12 python3.13 python3 python; do
        if usable_python "$candidate"; then echo "$candidate"; return; fi
    done
    return 1
}

# Prints "package who" for each library of the list that cannot be loaded.
missing_libraries() {
    "$1" - resources/system-libraries.txt << 'PYTHON'
import ctypes, sys
for line in open(sys.argv[1], encoding="utf-8"):
    if line.strip() and not line.startswith("#"):
        library, package, who = line.split()
        try:
            ctypes.CDLL(library)
        except OSError:
            print(package, who)
PYTHON
}

has_display() { [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; }

python=$(find_python) || {
    if apt_install python3 python3-venv; then python=$(find_python) || true; fi
    [ -n "${python:-}" ] || {
        say "Python 3.11, 3.12 or 3.13 is needed. On Debian 12 type this line, then the same command again:"
        line_to_type python3 python3-venv
        exit 1
    }
}

needed=() wanted=()
if [ ! -x "$BIN/python" ] && ! "$python" -c 'import venv, ensurepip' 2> /dev/null; then
    needed+=(python3-venv)
fi
if [ "$(uname -s)" = Linux ]; then
    while read -r package who; do
        if [ "$who" = all ] || has_display; then needed+=("$package"); else wanted+=("$package"); fi
    done < <(missing_libraries "$python")
    if [ $for_tests = yes ]; then
        command -v Xvfb > /dev/null || wanted+=(xvfb xauth)
        command -v ffmpeg > /dev/null || wanted+=(ffmpeg)
        command -v sox > /dev/null || wanted+=(sox)
        command -v mediainfo > /dev/null || wanted+=(mediainfo)
        command -v ambix-info > /dev/null || wanted+=(libambix-utils)
    fi
fi
if [ ${#needed[@]} -gt 0 ] || [ ${#wanted[@]} -gt 0 ]; then
    # shellcheck disable=SC2207
    packages=($(unique ${needed[@]+"${needed[@]}"} ${wanted[@]+"${wanted[@]}"}))
    if ! apt_install "${packages[@]}"; then
        if [ ${#needed[@]} -gt 0 ]; then
            say "some system packages are missing and this user may not install them; type this line, then the same command again:"
            line_to_type "${packages[@]}"
            exit 1
        fi
        say "going on without some system packages (for a window, a sound device or some tests); to have them, type this line:"
        line_to_type "${packages[@]}"
    fi
fi

# --- .venv and its packages --------------------------------------------------------------------------------------------

pins_of() { cat "$LOCKS/torch.txt" "$LOCKS/$1.lock"; }

is_installed() { # is this lock installed, or one that holds all of it?
    local larger
    for larger in app train dev; do
        [ "$larger" = "$1" ] || [ "$larger" = dev ] || [ "$1" = app ] || continue
        if pins_of "$larger" | cmp -s - "$STAMP"; then return 0; fi
    done
    return 1
}

if is_installed $lock && usable_python "$BIN/python"; then
    exit 0
fi
usable_python "$BIN/python" || "$python" -m venv --clear "$VENV" ||
    stop "the virtual environment $VENV could not be created with $python: is the folder $PWD writable?"

pip_install() {
    "$BIN/python" -m pip install --disable-pip-version-check --quiet "$@" ||
        stop "the packages could not be installed: check the network and the free disk space (3 GB, more for a GPU" \
            "build of PyTorch), then run the same command again."
}

installed_torch() {
    "$BIN/python" -c 'from importlib.metadata import version; print(version("torch"))' 2> /dev/null
}

torch_pin=$(sed -n 's/^torch==//p' "$LOCKS/torch.txt")
if torch=$(installed_torch); then
    [ "${torch%%+*}" = "$torch_pin" ] ||
        say "keeping PyTorch $torch that is in $VENV (tested: $torch_pin; delete $VENV to start over)"
else
    say "installing PyTorch $torch_pin into $VENV (the largest part: minutes on a slow line)"
    pip_install -r "$LOCKS/torch.txt"
fi
say "installing the packages of $LOCKS/$lock.lock"
pip_install --no-deps --require-hashes -r "$LOCKS/$lock.lock" # the lock is whole, and PyTorch is not in it
pins_of $lock > "$STAMP"
say "ready"
