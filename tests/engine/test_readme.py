"""The lines of engine/README.md that show the engine at work do what they say, in a program of their own."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.contract.conventions import SAMPLE_RATE_HZ, AcnChannel

CHECKOUT = Path(__file__).resolve().parents[2]


def shown_program() -> str:
    return re.findall(r"```python\n(.*?)```", (CHECKOUT / "engine" / "README.md").read_text(encoding="utf-8"), re.S)[0]


def test_it_is_ten_lines():
    assert len([line for line in shown_program().splitlines() if line.strip()]) <= 10


@pytest.mark.slow
def test_the_lines_render_a_film_into_ambix(tmp_path):
    shutil.copy(CHECKOUT / "resources" / "demo" / "demo.mp4", tmp_path / "clip.mp4")
    (tmp_path / "program.py").write_text(shown_program(), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", "program.py"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "waves.wav" in done.stdout
    sound, rate_hz = soundfile.read(tmp_path / "waves.wav")
    assert (sound.shape, rate_hz) == ((2 * SAMPLE_RATE_HZ, 4), SAMPLE_RATE_HZ)
    w, y, _z, x = sound[:, [AcnChannel.W, AcnChannel.Y, AcnChannel.Z, AcnChannel.X]].T
    assert np.degrees(np.arctan2(np.mean(w * y), np.mean(w * x))) == pytest.approx(90.0, abs=10.0)  # "on the left"
