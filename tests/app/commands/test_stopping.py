"""SIGTERM and SIGHUP: everything ends in order, one line is said, nothing is left."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
_RENDER = """
import sys, types
from tests.app import fake_patch_sources
slow = types.ModuleType("engine.model.streaming.streamer")
slow.load_patch_source = lambda *_: fake_patch_sources.slow()
sys.modules["engine.model.streaming.streamer"] = slow
from app.cli import main
sys.exit(main(["generate", "--prompt", "rain", "--seconds", "600", *sys.argv[1:]]))
"""
_WINDOW = """
import sys
import app.commands.window
from tests.app.fake_patch_sources import FakeCheckpoint
app.commands.window.CheckpointSource = lambda *_: FakeCheckpoint()
from PySide6.QtCore import QStandardPaths, QTimer
QStandardPaths.setTestModeEnabled(True)
import app.bootstrap
build = app.bootstrap.build
def built(*arguments):
    QTimer.singleShot(500, lambda: print("up", flush=True))
    return build(*arguments)
app.bootstrap.build = built
from app.cli import main
sys.exit(main([]))
"""


def started(code: str, *arguments: object, temp: Path) -> subprocess.Popen:
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "QT_QPA_PLATFORM": "offscreen",
        "TMPDIR": str(temp),
        "XDG_RUNTIME_DIR": str(temp),
        "HOME": str(temp),
    }
    command = [sys.executable, "-c", code, *(str(argument) for argument in arguments)]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


@pytest.mark.slow
@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_render_ends_in_order(tmp_path, number, status):
    out = tmp_path / "out"
    out.mkdir()
    (out / "field.wav").write_bytes(b"yesterday")
    names = {"--out": out / "field.wav", "--binaural": out / "ears.wav", "--report": out / "report.json"}
    process = started(_RENDER, *(word for pair in names.items() for word in pair), temp=tmp_path)
    deadline = time.monotonic() + 30
    while len(list(out.iterdir())) < 4 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(number)
    _, complaint = process.communicate(timeout=20)
    assert (process.returncode, complaint) == (status, "swansphere: stopped.\n")
    assert [file.name for file in out.iterdir()] == ["field.wav"]
    assert (out / "field.wav").read_bytes() == b"yesterday"


@pytest.mark.slow
def test_the_window_ends_in_order(tmp_path):
    process = started(_WINDOW, temp=tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    process.send_signal(signal.SIGHUP)  # the terminal that it was started from is closed
    _, complaint = process.communicate(timeout=20)
    assert (process.returncode, complaint.splitlines()[-1:]) == (129, ["swansphere: stopped."])
    assert list(tmp_path.glob(".swansphere-*")) == []


def test_what_is_started_to_ignore_hangups_goes_on():
    code = (
        "import os, signal; from engine.files.stopping import stopping_in_order\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "with stopping_in_order(): os.kill(os.getpid(), signal.SIGHUP); print('went on', flush=True)\n"
        "with stopping_in_order(): os.kill(os.getpid(), signal.SIGTERM); print('not heard', flush=True)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (143, "went on\n", "")
