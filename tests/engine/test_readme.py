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


def shown_programs() -> list[str]:
    return re.findall(r"```python\n(.*?)```", (CHECKOUT / "engine" / "README.md").read_text(encoding="utf-8"), re.S)


def run_in(folder: Path, program: str) -> str:
    """Run a program in a process of its own, which may not complain; return its output."""
    (folder / "program.py").write_text(program, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", "program.py"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize(("program", "most"), [(0, 10), (1, 20)])
def test_they_are_short(program: int, most: int):
    assert len([line for line in shown_programs()[program].splitlines() if line.strip()]) <= most


@pytest.mark.slow
def test_the_lines_render_a_film_into_ambix(tmp_path):
    shutil.copy(CHECKOUT / "resources" / "demo" / "demo.mp4", tmp_path / "clip.mp4")
    assert "waves.wav" in run_in(tmp_path, shown_programs()[0])
    sound, rate_hz = soundfile.read(tmp_path / "waves.wav")
    assert (sound.shape, rate_hz) == ((2 * SAMPLE_RATE_HZ, 4), SAMPLE_RATE_HZ)
    w, y, _z, x = sound[:, [AcnChannel.W, AcnChannel.Y, AcnChannel.Z, AcnChannel.X]].T
    assert np.degrees(np.arctan2(np.mean(w * y), np.mean(w * x))) == pytest.approx(90.0, abs=10.0)  # "on the left"


@pytest.mark.slow
def test_the_lines_render_a_scene(tmp_path):
    assert run_in(tmp_path, shown_programs()[1]) == "mix.wav, 1 a dog barks.wav, 2 rain falls.wav\n"
    mix, dog, rain = (
        soundfile.read(tmp_path / "dog in the rain" / name)[0].T
        for name in ("mix.wav", "1 a dog barks.wav", "2 rain falls.wav")
    )
    assert mix.shape == (4, 2 * SAMPLE_RATE_HZ)
    np.testing.assert_allclose(dog + rain, mix, atol=1e-6)
    assert np.mean(dog[AcnChannel.W] * dog[AcnChannel.Y]) > 0.0 > np.mean(rain[AcnChannel.W] * rain[AcnChannel.Y])
