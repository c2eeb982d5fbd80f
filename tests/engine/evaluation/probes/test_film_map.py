"""The contact sheet of where a film's sound is placed: what is expected, what is heard, what is drawn."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.ambisonics.encoding import encode_point
from engine.contract.directions import Direction
from engine.evaluation.probes import film_map
from engine.model.codec.xs import XsFoaVae
from engine.model.generator.generator import Generator
from engine.model.specs import TINY, TINY_CODEC
from engine.model.weights.checkpoint import save_codec, save_generator
from engine.video.opencv import cv2
from tests.engine.evaluation.flash_films import write_flashes


def _logits(row: int, column: int) -> torch.Tensor:
    logits = torch.full((1, 8, 16), -6.0)
    logits[0, row, column] = 6.0
    return logits


def test_expected_and_heard_directions_are_told_apart() -> None:
    noise = np.random.default_rng(0).normal(0.0, 0.1, 48_000)
    second = film_map.compared(0.0, _logits(3, 3), encode_point(noise, Direction(-90.0, 0.0)))
    assert second.expected_azimuth_deg == pytest.approx(101.25, abs=1.0)  # the fourth of sixteen columns
    assert second.azimuth_deg == pytest.approx(-90.0, abs=1.0)
    assert second.sureness > 0.9
    silent = film_map.compared(0.0, torch.zeros(1, 8, 16), np.zeros((4, 48_000), np.float32))
    assert silent.azimuth_deg is None
    assert silent.sureness < 0.1


def test_the_ring_is_where_the_sound_is_and_the_heat_where_it_is_expected() -> None:
    frame = np.zeros((128, 256, 3), np.uint8)
    second = film_map.SecondOfFilm(0.0, 101.25, 11.25, 1.0, -90.0, 0.0)
    picture = film_map.drawn(frame, _logits(3, 3), second)
    red = np.argwhere((picture[..., 0] > 200) & (picture[..., 1] < 90))
    assert red.mean(0) == pytest.approx([127.5, 383.5], abs=2.0)  # -90 degrees: three quarters of the width
    yellow = np.argwhere((picture[..., 0] > 100) & (picture[..., 1] > 100) & (picture[..., 2] < 40))
    assert yellow.mean(0) == pytest.approx([112.0, 112.0], abs=8.0)
    none = film_map.drawn(frame, _logits(3, 3), replace(second, azimuth_deg=None, elevation_deg=None))
    assert not ((none[..., 0] > 200) & (none[..., 1] < 90)).any()


@pytest.mark.parametrize("has_encoder", [True, False])
def test_the_whole_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], has_encoder: bool) -> None:
    torch.manual_seed(0)
    save_codec(tmp_path / "codec.safetensors", XsFoaVae(TINY_CODEC))
    spec = TINY if has_encoder else replace(TINY, svac_channels=0)
    save_generator(tmp_path / "generator.safetensors", Generator(spec))
    film, sheet = write_flashes(tmp_path / "film.mp4", [0.5], seconds=3.0), tmp_path / "out" / "sheet.png"
    told = ["--film", str(film), "--out", str(sheet), "--checkpoint", str(tmp_path), "--seconds", "3"]
    code = film_map.main(told)
    printed = capsys.readouterr()
    if not has_encoder:
        assert code == 2
        assert "no film encoder" in printed.err
        assert not sheet.exists()
        return
    assert code == 0
    assert [round(s["t_s"], 2) for s in json.loads(printed.out)] == [0.0, 0.96, 1.92]
    assert cv2.imread(str(sheet)).shape == (512, 1024, 3)
    assert film_map.main([*told, "--seconds", "0.5"]) == 2
    assert film_map.main(["--film", str(tmp_path / "none.mp4"), *told[2:]]) == 2
