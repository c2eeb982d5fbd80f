"""The clips themselves as scenes, for the first stage of training."""

from pathlib import Path

import numpy as np
import pytest

from engine.scenes.sound_bank import SoundBank, load_sound_bank
from engine.scenes.store import SceneStore
from engine.training.pool.pseudo import write_scenes
from tests.engine.scenes.small_data import write_sounds


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sounds(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def bank(data: Path, tmp_path_factory: pytest.TempPathFactory) -> SoundBank:
    return load_sound_bank(data, tmp_path_factory.mktemp("cache"))


def test_the_clips_themselves_are_scenes_of_their_own_side(bank: SoundBank, tmp_path: Path) -> None:
    sides = {held_out: tmp_path / str(held_out) for held_out in (False, True)}
    made = {side: write_scenes(bank, folder, held_out=side) for side, folder in sides.items()}
    assert made == {side: len(bank.split(held_out=side)) for side in (False, True)}
    assert write_scenes(bank, sides[False], held_out=False) == 0
    for side, folder in sides.items():
        store = SceneStore(folder)
        clips = {sound.label: sound for sound in bank.split(held_out=side)}
        assert {scene.sources[0].label for scene in store.scenes} == set(clips)
        for scene in store.scenes:
            foa, [source] = store.foa(scene), scene.sources
            clip = bank.wave(clips[source.label])
            assert source.path is None
            assert np.abs(foa[0, : clip.size] - clip).max() < 1e-3
            assert np.abs(foa[1:]).max() == 0.0
            # It comes again after a pause of half a second.
            assert np.abs(foa[0, clip.size + 24_000 : 2 * clip.size + 24_000] - clip).max() < 1e-3
