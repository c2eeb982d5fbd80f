"""Sound coded as AAC passes its checks however bright it is, and a wrong gain does not."""

from pathlib import Path

import numpy as np
import pytest

from engine.contract.errors import ExportError
from engine.export.ambix_wav import AmbixWriter
from engine.export.delivery import deliver as delivering
from engine.export.delivery.deliver import deliver
from engine.export.delivery.order import Order
from engine.export.film.film_writer import FilmPart
from engine.export.film.sphere_boxes import Sphere
from tests.engine.export.delivery.takes import RATE, film

pytestmark = pytest.mark.slow


def sound(kind: str) -> np.ndarray:
    """Return 1.2 s of bright sound: noise up to 24 kHz, noise that rises 6 dB per octave, or a crackle."""
    rng = np.random.default_rng(5)
    noise = rng.standard_normal(round(1.2 * RATE))
    if kind == "rising":
        noise = np.diff(noise, prepend=0.0)
    if kind == "crackle":
        noise *= rng.random(noise.size) < 0.001
    return noise * 0.05 / noise.std()


def order(tmp_path: Path, kind: str) -> Order:
    with AmbixWriter(tmp_path / "take.wav") as writer:
        mono = sound(kind)
        writer.write(np.stack([mono, 0.8 * mono, 0.5 * mono, 0.33 * mono]).astype(np.float32))
    part = FilmPart(film(tmp_path / "film.mp4"), Sphere())
    return Order(tmp_path / "take.wav", tmp_path / "out.mp4", "mp4", coding="aac", film=part, film_s=1.2)


@pytest.mark.parametrize("kind", ["white", "rising", "crackle"])
def test_bright_sound_passes(tmp_path: Path, kind: str) -> None:
    checks = {check.name: check.passed for check in deliver(order(tmp_path, kind)).checks}
    assert checks["samples"]
    assert checks["loudness"]


@pytest.mark.parametrize("gain_db", [-3.0, 2.0])
def test_a_wrong_gain_does_not_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gain_db: float) -> None:
    whole = delivering._counted
    gain = np.float32(10.0 ** (gain_db / 20.0))
    monkeypatch.setattr(
        delivering, "_counted", lambda blocks, advance: (block * gain for block in whole(blocks, advance))
    )
    with pytest.raises(ExportError, match="loudness"):
        deliver(order(tmp_path, "white"))
