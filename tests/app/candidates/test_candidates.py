"""Candidates have new seeds, and are ranked in a process that ends whatever happens."""

import random
from pathlib import Path

import numpy as np
import pytest

from app.candidates.ranking import ranked_takes
from app.candidates.seeds import other_seeds
from engine.ambisonics.encoding import encode_point
from engine.ambisonics.turning.field_track import FieldMeter
from engine.contract.conventions import PATCH_SAMPLES
from engine.contract.directions import Direction
from engine.contract.errors import CancelledError, MediaError
from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.recipe import Recipe, SceneTake
from engine.runtime.block_takes.layout import TakeHead, TakePatch
from engine.runtime.block_takes.store import BlockTakes

WORDS = "a dog barks"


def put_take(store: BlockTakes, seed: int, field: np.ndarray) -> SceneTake:
    take_id, writer = store.begin(TakeHead("weights", "torch", "", seed, 4, 8, WORDS))
    meter = FieldMeter()
    with writer:
        for start in range(0, field.shape[1], PATCH_SAMPLES):
            samples = field[:, start : start + PATCH_SAMPLES].astype(np.float32)
            writer.add(TakePatch(bytes(32), samples, np.zeros((4, 8), np.float32), meter.measure(samples)))
    return SceneTake(take_id, Recipe.of(WORDS, seed))


@pytest.fixture
def takes(tmp_path: Path) -> list[SceneTake]:
    """Silence, and noise in bursts."""
    store, samples = BlockTakes(tmp_path), 12 * PATCH_SAMPLES
    sound = 0.1 * np.random.default_rng(0).standard_normal(samples) * (np.arange(samples) % 24_000 < 8_000)
    silence = np.zeros((4, samples))
    return [put_take(store, 1, silence), put_take(store, 2, encode_point(sound, Direction(30)))]


def test_seeds_are_new_and_different() -> None:
    tried = tuple(SceneTake(f"t{seed}", Recipe.of(WORDS, seed)) for seed in range(3))
    block = GeneratedBlock(block_id=1, length_samples=48_000, recipe=Recipe.of(WORDS, 5), takes=tried)

    class Low(random.Random):
        def randint(self, a: int, b: int) -> int:
            return super().randint(a, 12)

    for seed in range(20):
        found = other_seeds(block, 6, Low(seed))
        assert len(set(found)) == 6
        assert not {0, 1, 2, 5} & set(found)
    assert len(other_seeds(block)) == 6


@pytest.mark.slow
def test_takes_are_ranked_with_the_shipped_scorer(tmp_path: Path, takes: list[SceneTake]) -> None:
    first, last = ranked_takes(tmp_path, takes)
    assert (first.take_id, last.take_id) == (takes[1].take_id, takes[0].take_id)
    assert first.score > last.score == 0.0
    assert last.reasons == ("It is silent.",)
    assert any(reason.startswith(f"Closest to '{WORDS}' (") for reason in first.reasons)
    assert any(reason.startswith("It sounds most like '") for reason in first.reasons)
    missing = SceneTake("gone", takes[0].recipe)
    with pytest.raises(MediaError, match=r"gone\.swantake"):
        ranked_takes(tmp_path, [*takes, missing])


@pytest.mark.slow
def test_ranking_can_be_cancelled(tmp_path: Path, takes: list[SceneTake]) -> None:
    with pytest.raises(CancelledError):
        ranked_takes(tmp_path, takes, cancelled=lambda: True)
