"""`train compose`: the scenes that are asked for."""

from pathlib import Path

import pytest

from engine.contract.errors import InvalidInputError
from engine.scenes.store import SceneStore
from engine.training.pool.compose import main
from tests.engine.scenes.small_data import write_sounds


def composed(data: Path, runs: Path, *told: str) -> SceneStore:
    few = ["--scenes", "12", "--held-out-scenes", "0", "--seconds", "2", "--workers", "1", "--rooms", "0"]
    main(["--data", str(data), "--runs", str(runs), *few, *told])
    return SceneStore(runs / "scenes")


def test_sources_are_of_the_requested_classes(tmp_path: Path) -> None:
    data = write_sounds(tmp_path / "data")
    scenes = composed(data, tmp_path / "dogs", "--classes", "dog").scenes
    placed = {source.sound_class for scene in scenes for source in scene.sources if source.path is not None}
    assert placed == {"dog"}
    others = composed(data, tmp_path / "others", "--classes", "dog", "--seed", "2").scenes
    assert [scene.caption for scene in scenes] != [scene.caption for scene in others]


def test_unknown_classes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="requested classes"):
        composed(write_sounds(tmp_path / "data"), tmp_path / "runs", "--classes", "unicorn")
