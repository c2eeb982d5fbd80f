"""The same seed gives the same sound, and the sound of this state of the code is the one that was recorded.

Three sound files hold every 97th sample of what three recipes made on one processor. Other processors and builds
of torch round differently, so these are compared within a tolerance far below what a change of the code does. What does
not depend on rounding is compared by its hash. `python -m tests.golden.recipes` compares all of it bit for bit on one
machine. `record()` writes the files anew after a wanted change.
"""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ
from tests.golden.recipes import made, sha256_of

FOLDER = Path(__file__).parent
SAMPLED = ("tiny_take", "codec_round_trip", "composed_scene")
HASHED = {
    "captions": "865ac803f27444a3ac34265c5ebb03c87dcb1094fc6b59d1ea09c4ebe48e1ab1",
    "exported_file": "de608cb0c45de359c4e6d4c9349be981c12597cd580685f34c13ef67e4887bae",
}


def sampled(name: str) -> NDArray[np.float32]:
    sound = made(name)
    assert isinstance(sound, np.ndarray)
    return np.ascontiguousarray(sound[:, ::97], np.float32)


def record() -> None:
    for name in SAMPLED:
        soundfile.write(FOLDER / f"{name}.wav", sampled(name).T, SAMPLE_RATE_HZ, "FLOAT")


@pytest.mark.parametrize("name", SAMPLED)
def test_the_sound_is_the_recorded_one(name: str) -> None:
    recorded, now = soundfile.read(FOLDER / f"{name}.wav", dtype="float32")[0].T, sampled(name)
    assert now.shape == recorded.shape
    size = float(np.sqrt(np.mean(recorded**2)))
    assert size > 1e-3
    assert float(np.sqrt(np.mean((now - recorded) ** 2))) < 1e-3 * size


@pytest.mark.parametrize("name", HASHED)
def test_what_is_exact_has_the_recorded_hash(name: str) -> None:
    assert sha256_of(made(name)) == HASHED[name]


@pytest.mark.parametrize("name", ["shipped_take", "annotation"])
def test_the_same_seed_gives_the_same_bytes(name: str) -> None:
    first = made(name)
    assert len(first) > 500
    assert sha256_of(first) == sha256_of(made(name))
