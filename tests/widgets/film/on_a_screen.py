"""Runs a script that draws with OpenGL in a process on a virtual screen, where Mesa draws without a card."""

import os
import shutil
import subprocess
import sys

import pytest

NO_OPENGL = 77
"""The status with which a script ends if there is no OpenGL 3.3."""
needs_screen = pytest.mark.skipif(shutil.which("xvfb-run") is None, reason="needs a virtual display")


def printed_by(script: str) -> str:
    """Return what a script prints. Skips the test without OpenGL, and fails it if the script does."""
    environment = {k: v for k, v in os.environ.items() if k != "QT_QPA_PLATFORM"} | {"LIBGL_ALWAYS_SOFTWARE": "1"}
    command = ["xvfb-run", "-a", sys.executable, "-c", script]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode == NO_OPENGL:
        pytest.skip("no OpenGL 3.3 here")
    assert done.returncode == 0, done.stderr
    return done.stdout
