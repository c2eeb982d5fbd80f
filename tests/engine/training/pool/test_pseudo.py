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
            # The clip is heard at its own level, to the louder and softer of a performance.
            whole = [at for at in source.onsets_s if (at + 0.5) * 48_000 + clip.size < foa.shape[1]]
            for at in whole:
                lagged = [foa[0, round(at * 48_000) + lag :][: clip.size] @ clip for lag in range(-3, 4)]
                assert max(lagged) / (clip @ clip) == pytest.approx(1.0, abs=0.5)
            # A pause is the quiet of a room from all around, not digital silence.
            level = np.square(foa[:, : foa.shape[1] // 4_800 * 4_800].reshape(4, -1, 4_800)).mean(-1) ** 0.5
            if clips[source.label].kind == "point":
                assert level.min() > 1e-5
                assert level[1:].max() < 0.1 * clip.std()
            else:
                assert level[1:].max() == 0.0


def test_the_same_clips_give_the_same_bytes(bank: SoundBank, tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_scenes(bank, tmp_path / name, held_out=False)
    assert (tmp_path / "one" / "shard-0000.npy").read_bytes() == (tmp_path / "two" / "shard-0000.npy").read_bytes()
