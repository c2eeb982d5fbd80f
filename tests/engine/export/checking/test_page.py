"""The page about a file says what is in it, and nothing that is not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.contract.errors import MediaError
from engine.export.checking.page import page_of
from engine.export.delivery.deliver import deliver
from engine.export.delivery.order import Order
from engine.export.film.film_writer import FilmPart
from engine.export.film.sphere_boxes import Sphere
from tests.engine.export.delivery.takes import RATE, film, take
from tests.engine.video.made_films import STEADY, write_film

pytestmark = pytest.mark.slow


@pytest.fixture
def order(tmp_path: Path) -> Order:
    return Order(take(tmp_path / "take.wav")[0], tmp_path / "out.wav", "wav", time_of_day_s=2.0)


def lines(path: Path) -> dict[str, str]:
    return dict(page_of(path))


def test_a_sound_field(order: Order) -> None:
    deliver(order)
    found = lines(order.out)
    assert found["sound"].endswith("4 channels, 48000 Hz")
    assert found["convention"].startswith("ambix")
    assert found["length"] == f"{round(1.5 * RATE)} samples, 1.500 s"
    assert found["direction"].startswith("azimuth 67.")
    assert "elevation 30." in found["direction"]
    assert found["channel mask"] == "0x0, no loudspeakers"
    assert found["sub-format"] == "plain"
    assert found["time reference"] == f"{2 * RATE} samples, 2.000 s"
    assert found["iXML"] == "ACN0-FOA, ACN1-FOA, ACN2-FOA, ACN3-FOA"
    assert found["bext and iXML"] == "agree"
    assert {"bext", "data", "fmt"} <= set(found["chunks"].split())
    assert "LUFS" in found["loudness of W"]


@pytest.mark.parametrize(
    ("kind", "name", "label", "says"),
    [
        ("amb", "a.amb", "sub-format", "FuMa (AMB)"),
        ("adm", "a.wav", "ADM", "as axml describes them"),
        ("caf", "a.caf", "channel layout", "4 channels"),
    ],
)
def test_what_only_some_formats_have(order: Order, tmp_path: Path, kind: str, name: str, label: str, says: str) -> None:
    deliver(replace(order, out=tmp_path / name, kind=kind, time_of_day_s=0.0))
    assert says in lines(tmp_path / name)[label]


def test_a_film_with_a_sound_field(order: Order, tmp_path: Path) -> None:
    with_film = replace(order, film=FilmPart(film(tmp_path / "film.mp4"), Sphere()), film_s=1.2)
    deliver(replace(with_film, out=tmp_path / "a.mov", kind="mov", time_of_day_s=0.0))
    found = lines(tmp_path / "a.mov")
    assert found["tracks"] == "1 of pictures, 1 of sound"
    assert found["SA3D"].startswith("AmbiX, order 1, channels [0, 1, 2, 3]")
    assert found["sv3d"].startswith("equi")
    assert found["st3d"] == "stereo mode 0"
    assert found["index"] in ("before the pictures", "behind the pictures")


def test_a_film_without_boxes_and_without_sound(tmp_path: Path) -> None:
    found = lines(write_film(tmp_path / "silent.mp4", STEADY[:10]))
    assert (found["sound"], found["SA3D"], found["sv3d"], found["st3d"]) == ("none", "none", "none", "none")
    assert found["tracks"] == "1 of pictures, 0 of sound"


def test_stereo_has_a_loudness_and_no_direction(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "two.wav", 0.1 * np.random.default_rng(0).standard_normal((RATE, 2)), RATE)
    found = lines(tmp_path / "two.wav")
    assert found["length"] == "48000 samples, 1.000 s"
    assert "LUFS" in found["loudness"]
    assert "direction" not in found


def test_silence_has_no_direction(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "still.wav", np.zeros((RATE, 4)), RATE)
    assert lines(tmp_path / "still.wav")["direction"].startswith("none: the sound is silent")


@pytest.mark.parametrize("content", [b"", b"no sound at all" * 100])
def test_what_is_no_sound_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(content)
    with pytest.raises(MediaError, match=r"x\.wav"):
        page_of(path)


def test_values_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "bad.wav", np.full((RATE, 2), np.nan), RATE, subtype="FLOAT")
    with pytest.raises(MediaError, match="not numbers"):
        page_of(tmp_path / "bad.wav")
