"""Composed scenes: the labels are where the sound is; seeds repeat; turning the field turns the labels."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from engine.contract.directions import angle_between
from engine.contract.errors import InvalidInputError, MediaError
from engine.evaluation.measures.codec_metrics import active_intensity
from engine.model.codec.xs import XsFoaVae
from engine.model.conditioning.text import TextEncoder
from engine.model.specs import TINY_CODEC
from engine.scenes.composer import SceneComposer, SceneOptions, SceneSource
from engine.scenes.pictures import PictureBank, render_frames
from engine.scenes.sound_bank import SoundBank, is_held_out, load_sound_bank
from engine.scenes.store import SHARD_SCENES, SceneStore, compose_store
from engine.scenes.turning import rotation, turn_left
from engine.scenes.wording import describe_source, place_in_words
from engine.training.codec.ablation import measure as ablation_figures
from engine.training.codec.evaluate import measure
from engine.training.codec.variants import Variant, VariantCodec
from engine.training.generator.features import encoded_again, latents_of, reword
from engine.training.pool.pseudo import write_scenes

ONE = (0.0, 1.0)
PLAIN = SceneOptions(seconds=2.0, counts=ONE, bed=0.0, room=0.0, moving=0.0, change=0.0)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    rows = ["path\tlabel\tclass\tkind\tseconds\tsource\tsource_id\tyamnet_flag"]
    for n in range(24):
        kind = "ambience" if n % 4 == 3 else "point"
        soundfile.write(folder / f"s{n}.wav", 0.1 * rng.normal(size=96_000 if n % 2 else 20_000), 48_000)
        rows.append(f"s{n}.wav\tthing {n}\t{'rain' if kind == 'ambience' else 'dog'}\t{kind}\t1\tTest\t{n}\t")
    (folder / "sounds.tsv").write_text("\n".join(rows) + "\n")
    return folder


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
        bank, SceneOptions(seconds=4.0, counts=ONE, bed=0, room=0, moving=1, change=0, classes=("dog",))
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
    foa = torch.from_numpy(np.stack([mono, 0 * mono, 0.8 * mono, 0.6 * mono]))
    turned = turn_left(foa, np.pi / 2).numpy()
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


def test_latents_of_another_codec_keep_films_captions_and_turns(data: Path, tmp_path: Path) -> None:
    compose_store(data, tmp_path / "cache", tmp_path / "scenes", 2 * SHARD_SCENES, SceneOptions(seconds=1.0), seed=3)
    store = SceneStore(tmp_path / "scenes")
    torch.manual_seed(0)
    codec = XsFoaVae(TINY_CODEC).eval()
    block = {
        "roll": torch.tensor([0, -4]).repeat(len(store.scenes)),
        "latents": torch.zeros(2 * len(store.scenes), 25, 4),
        "path": torch.randn(2 * len(store.scenes), 50, 3),
    }
    again = encoded_again(codec, store, 0, block)
    assert torch.equal(again["path"], block["path"])
    assert again["latents"].shape == (2 * len(store.scenes), 25, codec.latent_dim)
    assert torch.equal(again["latents"][5], latents_of(codec, torch.from_numpy(store.foa(store.scenes[2])), 4))
    assert not torch.equal(again["latents"][5], again["latents"][4])


def test_new_captions_change_nothing_but_words(data: Path, tmp_path: Path) -> None:
    compose_store(data, tmp_path / "cache", tmp_path / "scenes", SHARD_SCENES, PLAIN, seed=3)
    store, path = SceneStore(tmp_path / "scenes"), tmp_path / "block-000.safetensors"
    turns = torch.tensor([0, -4] * len(store.scenes))
    old = {"roll": turns, "latents": torch.randn(4, 8), "text": torch.zeros(12 * len(store.scenes), 384).half()}
    save_file(old, path)
    text = TextEncoder()
    reword(path, text, store, 0)
    new = load_file(path)
    assert torch.equal(new["latents"], old["latents"])
    assert torch.equal(new["roll"], turns)
    with safe_open(path, "pt") as file:
        captions = json.loads(file.metadata()["captions"])
    assert len(captions) == len(new["text"]) == 12 * len(store.scenes)
    assert (new["text"][:3].float() - text.encode(captions[:3])).abs().max() < 1e-3
    assert list(tmp_path.glob("*.part")) == []


def test_a_name_with_an_article_gets_no_second_one() -> None:
    rng = np.random.default_rng(0)
    said = [describe_source("fire", "a fire", None, rng) for _ in range(400)]
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


def test_the_codec_is_measured_on_a_store(data: Path, tmp_path: Path) -> None:
    options = SceneOptions(seconds=2.0, counts=(0.2, 0.5, 0.3))
    compose_store(data, tmp_path / "cache", tmp_path / "scenes", SHARD_SCENES, options, seed=3)
    store = SceneStore(tmp_path / "scenes")
    torch.manual_seed(0)
    figures = measure(XsFoaVae(TINY_CODEC).eval(), store, store, 12)
    for kind in ("one", "several"):
        assert figures[kind].keys() >= {"log_mel_w_db", "log_mel_all_db", "level_db", "doa_shift_deg", "pca_16_db"}
        assert figures[kind]["pca_64_db"] < figures[kind]["pca_1_db"]
    kept = ablation_figures(VariantCodec(Variant("ratio", "levels")).eval(), store, 12)
    assert set(kept) == {"log_mel_w_db", "log_mel_all_db", "level_db", "doa_one_deg", "doa_several_deg"}


def test_bad_data_folders_are_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"sounds\.tsv"):
        load_sound_bank(tmp_path, tmp_path / "cache")
    (tmp_path / "sounds.tsv").write_text(
        "path\tlabel\tclass\tkind\tseconds\tsource\tsource_id\tyamnet_flag\nno.wav\ta\tb\tpoint\t1\ts\t1\t\n"
    )
    with pytest.raises(MediaError, match=r"no\.wav"):
        load_sound_bank(tmp_path, tmp_path / "cache")
