"""Stages that read scenes say in a sentence that there are none, before they write anything."""

from pathlib import Path

import pytest

from engine.contract.errors import InvalidInputError
from engine.model.weights.checkpoint import SHIPPED, save_codec
from engine.training.cli import main as train
from tests.engine.training.codec.test_codec_oobleck import tiny_oobleck

XS = str(SHIPPED)
STAGES = [
    ["codec"],
    ["codec-eval", "--checkpoint", XS],
    ["codec-adversarial", "--start", XS, "--out", "made"],
    ["codec-oobleck", "--start", "oobleck", "--out", "made"],
    ["codec-ablation"],
    ["codec-partials", "--out", "made"],
    ["change-codec", "--start", XS, "--codec", XS, "--out", "made"],
    ["rank-fit"],
]


@pytest.mark.parametrize("told", STAGES, ids=lambda told: told[0])
def test_a_stage_without_scenes_names_the_folder(
    told: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    save_codec(Path("oobleck/codec.safetensors"), tiny_oobleck())
    with pytest.raises(InvalidInputError, match=r"runs/scenes\S* holds no scenes: run .* 'train compose' first"):
        train([*told, "--runs", "runs"])
    assert {path.name for path in tmp_path.iterdir()} == {"oobleck"}
