"""Composed scenes: the labels are where the sound is; seeds repeat; turning the field turns the labels."""

import re
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from engine.ambisonics.rotation import turn_left
from engine.contract.directions import angle_between
from engine.contract.errors import InvalidInputError, MediaError
from engine.evaluation.measures.codec_metrics import active_intensity
from engine.scenes.composer import SceneComposer, SceneOptions, SceneSource
from engine.scenes.pictures import PictureBank, render_frames
from engine.scenes.sound_bank import SoundBank, is_held_out, load_sound_bank
from engine.scenes.store import SHARD_SCENES, SceneStore, compose_store
from engine.scenes.turning import rotation
from engine.scenes.wording import Phrase, phrase_in_words, place_in_words
from tests.engine.scenes.small_data import write_sounds

ONE = (0.0, 1.0)


PLAIN = SceneOptions(seconds=2.0, counts=ONE, bed=0.0, room=0.0, moving=0.0, change=0.0)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sounds(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def bank(data: Path, tmp_path_factory: pytest.TempPathFactory) -> SoundBank:
    return load_sound_bank(data, tmp_path_factory.mktemp("cache"))


def doa_error_deg(foa: np.ndarray, direction: np.ndarray) -> float:
    return float(np.degrees(angle_between(active_intensity(torch.from_numpy(foa)).numpy(), direction)))


def test_a_still_source_is_heard_where_the_label_says(bank: SoundBank) -> None:
    composer = SceneComposer(bank, PLAIN)
    scenes = [composer.compose(seed) for seed in range(12)]
    placed = [s for s in scenes if s.sources[0].path is not None]
    assert len(placed) >= 6
    for scene in placed:
        assert scene.foa.dtype == np.float32
        assert np.abs(scene.foa).max() <= 0.951
        assert doa_error_deg(scene.foa, scene.sources[0].path[0]) < (
            12 if scene.sources[0].sound_class == "rain" else 1
        )


def test_a_moving_source_is_followed(bank: SoundBank) -> None:
    composer = SceneComposer(
        bank, SceneOptions(seconds=4.0, counts=ONE, bed=0, room=0, moving=1, change=0, tone=0, classes=("dog",))
    )
    for seed in range(4):
        scene = composer.compose(seed)
        for patch in (3, 12, 20):
            part = scene.foa[:, patch * 7_680 : (patch + 1) * 7_680]
            if np.sqrt(np.mean(part[0] ** 2)) > 1e-3:
                assert doa_error_deg(part, scene.sources[0].path[patch]) < 6


def test_a_seed_is_a_scene(bank: SoundBank) -> None:
    composer = SceneComposer(bank, SceneOptions(seconds=2.0))
    assert composer.compose(5).foa.tobytes() == composer.compose(5).foa.tobytes()
    assert composer.compose(5).foa.tobytes() != composer.compose(6).foa.tobytes()


def test_the_split_keeps_recordings_apart(bank: SoundBank) -> None:
    training, held_out = bank.split(held_out=False), bank.split(held_out=True)
    assert not {s.group for s in training} & {s.group for s in held_out}
    assert len(training) + len(held_out) == len(bank.sounds)
    share = np.mean([is_held_out(f"x{n}") for n in range(4_000)])
    assert share == pytest.approx(0.12, abs=0.02)


def test_turning_the_field_turns_the_label() -> None:
    source = np.array([0.6, 0.0, 0.8])
    mono = np.random.default_rng(0).normal(size=9_600).astype(np.float32)
    foa = np.stack([mono, 0 * mono, np.float32(0.8) * mono, np.float32(0.6) * mono])
    turned = turn_left(foa, np.pi / 2)
    assert doa_error_deg(turned, rotation(np.pi / 2) @ source) < 0.1
    assert place_in_words(rotation(np.pi / 2) @ np.array([1.0, 0, 0]), np.random.default_rng(0)).find("left") >= 0


def test_a_cut_out_is_drawn_where_the_sound_is() -> None:
    red = np.zeros((10, 10, 4), np.uint8)
    red[..., 0] = red[..., 3] = 255
    bank = PictureBank((np.zeros((128, 256, 3), np.uint8),), {"": (red,)})
    left = np.repeat(np.array([[0.0, 1.0, 0.0]]), 50, axis=0)
    frames = render_frames(bank, [SceneSource("dog", "dog", left)], 50, np.random.default_rng(1))
    assert frames.shape == (1, 128, 256, 3)
    rows, columns = np.nonzero(frames[0, ..., 0])
    assert columns.mean() == pytest.approx(64, abs=2)
    assert rows.mean() == pytest.approx(64, abs=2)


def test_a_cut_out_is_larger_if_its_sound_sets_in_though_the_recording_goes_on_between() -> None:
    red = np.full((10, 10, 4), 255, np.uint8)
    bank = PictureBank((np.zeros((128, 256, 3), np.uint8),), {"": (red,)})
    left = np.repeat(np.array([[0.0, 1.0, 0.0]]), 50, axis=0)
    source = SceneSource("dog", "dog", left, active=np.ones(50, bool), onsets_s=(0.1, 2.1, 6.2))
    frames = render_frames(bank, [source], 50, np.random.default_rng(1))
    size = (frames[..., 0] > 0).sum((1, 2))
    assert len(frames) == 32
    assert np.flatnonzero(size > size.min()).tolist() == [8, 24]


def test_the_store_is_resumable_and_reads_back(data: Path, tmp_path: Path) -> None:
    options = SceneOptions(seconds=1.0)
    compose_store(data, tmp_path / "cache", tmp_path / "scenes", SHARD_SCENES, options, seed=3)
    store = SceneStore(tmp_path / "scenes")
    assert len(store.scenes) == SHARD_SCENES
    scene = SceneComposer(load_sound_bank(data, tmp_path / "cache"), options).compose(3 * 1_000_003 + 7)
    assert np.allclose(store.foa(store.scenes[7]), scene.foa, atol=1e-3)
    assert store.scenes[7].caption == scene.caption
    before = (tmp_path / "scenes" / "shard-0000.npy").stat().st_mtime_ns
    compose_store(data, tmp_path / "cache", tmp_path / "scenes", SHARD_SCENES, options, seed=3)
    assert (tmp_path / "scenes" / "shard-0000.npy").stat().st_mtime_ns == before


def test_a_name_with_an_article_gets_no_second_one() -> None:
    rng = np.random.default_rng(0)
    said = [phrase_in_words(Phrase("fire", "a fire", None), rng) for _ in range(400)]
    assert not [words for words in said if re.search(r"\ba an? ", words)]
    assert len({words.split(" everywhere")[0] for words in said}) > 40


def test_what_is_below_hearing_is_left_out_of_the_bank(tmp_path: Path) -> None:
    t = np.arange(96_000) / 48_000
    tone = 0.1 * np.sin(2 * np.pi * 200.0 * t)
    soundfile.write(tmp_path / "hum.wav", tone + 0.3 + 0.3 * np.sin(2 * np.pi * 5.0 * t), 48_000, subtype="FLOAT")
    (tmp_path / "sounds.tsv").write_text("path\tlabel\tclass\tkind\tsource\nhum.wav\ta\tb\tpoint\ts\n")
    bank = load_sound_bank(tmp_path, tmp_path / "cache")
    wave = bank.wave(bank.sounds[0])[48_000:]
    assert np.abs(wave - tone[48_000:]).max() < 0.03
    # The same cache serves another table without mixing the two up.
    (tmp_path / "sounds.tsv").write_text("path\tlabel\tclass\tkind\tsource\nhum.wav\tanother\tb\tpoint\ts\n")
    assert [sound.label for sound in load_sound_bank(tmp_path, tmp_path / "cache").sounds] == ["another"]


def test_bad_data_folders_are_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"sounds\.tsv"):
        load_sound_bank(tmp_path, tmp_path / "cache")
    (tmp_path / "sounds.tsv").write_text(
        "path\tlabel\tclass\tkind\tseconds\tsource\tsource_id\tyamnet_flag\nno.wav\ta\tb\tpoint\t1\ts\t1\t\n"
    )
    with pytest.raises(MediaError, match=r"no\.wav"):
        load_sound_bank(tmp_path, tmp_path / "cache")
