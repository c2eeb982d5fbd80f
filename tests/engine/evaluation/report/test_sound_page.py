"""The page shows what is recorded, the same after the codec, and what is generated, and says which is which."""

import base64
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from numpy.typing import NDArray

from engine.evaluation.probes.sound_kinds import Kind
from engine.evaluation.report.sound_page import Shown, main, page, real_clips, section, takes_of
from engine.model.codec.xs import XsFoaVae
from engine.model.specs import TINY_CODEC
from engine.video.opencv import cv2
from tests.engine.evaluation.bench_fakes import PlaneWaveSource

RATE = 48_000
KIND = Kind("<bell>", "bell", "bell", ("a bell", "a bell & a gong"), 2, 50)


def tone(hz: float, seconds: float = 2.0) -> NDArray[np.float64]:
    return 0.3 * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)


def pictures(html: str) -> list[NDArray[np.uint8]]:
    """Return the pictures (64, T, 3) of a page."""
    found = re.findall(r"data:image/png;base64,([A-Za-z0-9+/=]+)", html)
    return [cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR) for data in found]


def test_a_higher_tone_is_drawn_higher_and_its_level_does_not_matter() -> None:
    low, high, quiet = pictures(
        section("x", [Shown("a", tone(200)), Shown("b", tone(5000)), Shown("c", tone(200) / 9)])
    )
    brightest = [int(picture.astype(int).sum((1, 2)).argmax()) for picture in (low, high)]
    assert brightest[1] < brightest[0]
    assert np.array_equal(low, quiet)


def test_clips_are_followed_by_what_the_codec_makes_of_them(tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}.wav" for name in ("short", "silent", "one", "two", "three")]
    waves = [tone(300, 0.4), 0 * tone(300), tone(300), tone(600), tone(900)]
    for path, wave in zip(paths, waves, strict=True):
        sf.write(path, wave, RATE)
    shown = real_clips(paths, XsFoaVae(TINY_CODEC).eval(), 1.5)
    assert [s.caption for s in shown] == [
        "recorded: one.wav",
        "after the codec",
        "recorded: two.wav",
        "after the codec",
    ]
    assert all(s.wave.size == 1.5 * RATE for s in shown)
    assert np.allclose(shown[0].wave, waves[2][: round(1.5 * RATE)], atol=1e-4)


def test_takes_are_called_generated_and_words_are_text() -> None:
    source = PlaneWaveSource()
    shown = takes_of(source, KIND, 1.0, 1)
    assert source.seeds == [50, 51]
    made = page("x", [section(KIND.name, shown)])
    assert "generated: “a bell &amp; a gong”" in made
    assert "&lt;bell&gt;" in made
    assert len(pictures(made)) == 2


def test_impossible_lengths_and_missing_data_are_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (["--seconds", "0.1"], ["--steps", "0"], []):
        assert main(["--data", str(tmp_path), "--out", str(tmp_path / "page.html"), *arguments]) == 2
        assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert not (tmp_path / "page.html").exists()
