"""The scorer learns which captions belong to which sounds, and the check on other scenes can fail."""

from pathlib import Path

import numpy as np
import pytest

from engine.ambisonics.encoding import encode_point
from engine.contract.conventions import PATCH_SAMPLES
from engine.contract.directions import Direction
from engine.evaluation.ranking.model import load_rank_model
from engine.files.staging import Staging
from engine.scenes.composer import Scene, SceneSource
from engine.scenes.store import SceneStore, row_of, stage_shard
from engine.training.reward.train import check, embeddings_of, fit, halves_of

PATCHES = 12
CLASSES = ("rain", "dog", "bell")


def sound(kind: str, rng: np.random.Generator) -> np.ndarray:
    noise = 0.1 * rng.standard_normal(PATCHES * PATCH_SAMPLES)
    if kind == "dog":
        return np.convolve(noise, np.ones(60) / 15, mode="same")
    t = np.arange(noise.size) % 8_000
    return noise * np.exp(-t / 500.0) if kind == "bell" else noise


def write_store(folder: Path, scenes: int, seed: int, *, mislabelled: bool = False) -> SceneStore:
    """Scenes of one class each, that begins in the second half where the scene's number divides by four."""
    rng = np.random.default_rng(seed)
    folder.mkdir()
    waves, rows = [], []
    for number in range(scenes):
        kind = CLASSES[number % 3]
        label = CLASSES[(number + 1) % 3] if mislabelled else kind
        direction = Direction(float(rng.uniform(-180, 180)), 0.0)
        path = np.repeat(direction.unit_vector()[None], PATCHES, axis=0)
        active = np.arange(PATCHES) >= (PATCHES // 2 if number % 4 == 0 else 0)
        foa = encode_point(sound(kind, rng) * np.repeat(active, PATCH_SAMPLES), direction)
        source = SceneSource(label, label, path, active=active)
        rows.append(row_of(Scene(foa, (source,), label)))
        waves.append(foa.astype(np.float16))
    with Staging() as staging:
        stage_shard(staging, folder, 0, np.stack(waves), rows)
        staging.commit()
    return SceneStore(folder)


def encode(texts: list[str]) -> np.ndarray:
    """Which of the three classes a text speaks of, by one word of each of its names."""
    words = (("rain",), ("dog", "bark"), ("bell",))
    return np.array([[float(any(w in text.lower() for w in names)) for names in words] for text in texts]) + 1e-3


def test_halves_in_which_nothing_sounds_are_left_out(tmp_path: Path) -> None:
    store = write_store(tmp_path / "scenes", 8, seed=0)
    halves = halves_of(store, 8)
    assert len(halves) == 14
    assert {(h.first, h.stop) for h in halves} == {(0, 6), (6, 12)}
    assert np.allclose(np.linalg.norm(embeddings_of(halves, encode), axis=1), 1.0)


def test_what_was_learned_holds_for_other_scenes(tmp_path: Path) -> None:
    path = tmp_path / "rank.safetensors"
    fit([(write_store(tmp_path / "scenes", 12, seed=1), 12)], encode, path)
    assert path.stat().st_size < 1_000_000
    model = load_rank_model(path)
    found = check(model, write_store(tmp_path / "held-out", 6, seed=2), 6, encode)
    assert found["own_caption_preferred"] > 0.9
    assert found["own_direction_preferred"] > 0.9
    wrong = check(model, write_store(tmp_path / "wrong", 6, seed=3, mislabelled=True), 6, encode)
    assert wrong["own_caption_preferred"] < 0.6
    assert found["captions"] == pytest.approx(10)


def test_more_scenes_of_another_folder_count(tmp_path: Path) -> None:
    path = tmp_path / "rank.safetensors"
    wrong = write_store(tmp_path / "few", 3, seed=4, mislabelled=True)
    right = write_store(tmp_path / "many", 15, seed=5)
    held_out = write_store(tmp_path / "held-out", 6, seed=6)
    fit([(wrong, 3)], encode, path)
    assert check(load_rank_model(path), held_out, 6, encode)["own_caption_preferred"] < 0.6
    fit([(wrong, 3), (right, 15)], encode, path)
    assert check(load_rank_model(path), held_out, 6, encode)["own_caption_preferred"] > 0.8
