"""A block's sound is made once: played again bit for bit, extended, and made anew only from where its words change."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from engine.contract.control import Prompt
from engine.contract.conventions import PATCH_SAMPLES, SAMPLE_RATE_HZ
from engine.contract.directions import Direction
from engine.contract.errors import CancelledError, ExportError, InvalidInputError, MediaError
from engine.contract.generation import PatchRequest, PatchResult
from engine.contract.scene.blocks import FileReference, GeneratedBlock
from engine.contract.scene.recipe import Cue, PromptSlot, Recipe
from engine.files.content import content_hash
from engine.model.codec.xs import XsFoaVae
from engine.model.conditioning.encoders import load_encoders
from engine.model.specs import TINY_CODEC
from engine.model.streaming.streamer import PatchStreamer
from engine.model.weights.checkpoint import load_model, save_codec, save_generator
from engine.rendering.blocks.keys import Maker, maker_for
from engine.runtime.block_takes.making import MadeTake, make_take
from engine.runtime.block_takes.store import BlockTakes
from tests.rough_generator import rough_generator

PATCHES = 8
RECIPE = Recipe.of("a dog barks", seed=3)
BLOCK = GeneratedBlock(block_id=1, length_samples=PATCHES * PATCH_SAMPLES, recipe=RECIPE)
MAKER = Maker("weights", "torch")


class Counting:
    """A source that counts what it is asked to sample."""

    def __init__(self, inner: PatchStreamer) -> None:
        self._inner, self.sampled, self.asked = inner, 0, 0

    @property
    def checkpoint_sha256(self) -> str:
        return self._inner.checkpoint_sha256

    @property
    def runtime(self) -> str:
        return self._inner.runtime

    def reset(self, seed: int) -> None:
        self._inner.reset(seed)

    def next_patch(self, request: PatchRequest) -> PatchResult:
        self.asked += 1
        self.sampled += request.replay is None
        return self._inner.next_patch(request)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rough")
    torch.manual_seed(1)
    save_codec(folder / "codec.safetensors", XsFoaVae(TINY_CODEC))
    save_generator(folder / "generator.safetensors", rough_generator(0.1))
    return folder


@pytest.fixture
def source(checkpoint: Path) -> Counting:
    torch.set_num_threads(1)
    return Counting(PatchStreamer(load_model(checkpoint), load_encoders()))


@pytest.fixture
def store(tmp_path: Path) -> BlockTakes:
    return BlockTakes(tmp_path / "takes")


def sound_of(store: BlockTakes, made: MadeTake, first: int = 0, last: int = PATCHES) -> str:
    with store.open(made.take_id) as take:
        field = take.read(first * PATCH_SAMPLES, (last - first) * PATCH_SAMPLES)
    assert np.abs(field).max() > 0
    return hashlib.sha256(field.tobytes()).hexdigest()


def with_words(cut: int, words: str = "rain") -> GeneratedBlock:
    return replace(BLOCK, recipe=replace(RECIPE, cues=(*RECIPE.cues, Cue((PromptSlot(words),), cut * PATCH_SAMPLES))))


def test_a_take_is_made_once(source: Counting, store: BlockTakes) -> None:
    seen = []
    made = make_take(BLOCK, source, store, MAKER, progress=lambda done, of: seen.append((done, of)))
    assert (made.patches, made.sampled) == (PATCHES, PATCHES)
    assert seen == [(i + 1, PATCHES) for i in range(PATCHES)]
    again = make_take(BLOCK, source, store, MAKER, take_ids=[made.take_id])
    assert again == MadeTake(made.take_id, PATCHES, 0)
    assert source.asked == PATCHES


@pytest.mark.parametrize(
    "block",
    [
        replace(BLOCK, gain_db=-6.0, fade_in_samples=480, fade_out_samples=960, name="Dog"),
        replace(BLOCK, start_sample=480_000),
        replace(BLOCK, before_samples=2 * PATCH_SAMPLES, length_samples=4 * PATCH_SAMPLES),
    ],
)
def test_what_only_the_mix_reads_makes_nothing_again(
    source: Counting, store: BlockTakes, block: GeneratedBlock
) -> None:
    made = make_take(BLOCK, source, store, MAKER)
    assert make_take(block, source, store, MAKER, take_ids=[made.take_id]).take_id == made.take_id
    assert source.asked == PATCHES


def test_other_words_from_a_time_on_keep_what_came_before(source: Counting, store: BlockTakes) -> None:
    first = make_take(BLOCK, source, store, MAKER)
    before = sound_of(store, first)
    second = make_take(with_words(5), source, store, MAKER, take_ids=[first.take_id])
    assert second.take_id != first.take_id
    assert second.sampled == PATCHES - 5
    assert sound_of(store, first) == before
    assert sound_of(store, second, 0, 5) == sound_of(store, first, 0, 5)
    assert sound_of(store, second, 5) != sound_of(store, first, 5)
    # It is what it would be if it had been made in one go.
    alone = make_take(with_words(5), source, store, MAKER)
    assert alone.sampled == PATCHES
    assert sound_of(store, alone) == sound_of(store, second)
    # And the old words still have their take.
    assert make_take(BLOCK, source, store, MAKER, take_ids=[second.take_id, first.take_id]).take_id == first.take_id


@pytest.mark.parametrize("damaged", [0, 5])
def test_a_damaged_take_is_made_anew_from_the_damage_on(source: Counting, store: BlockTakes, damaged: int) -> None:
    first = make_take(BLOCK, source, store, MAKER)
    before = sound_of(store, first)
    with store.open(first.take_id) as take:
        at = take.head.position(damaged + 1) - 1
    data = bytearray(store.path(first.take_id).read_bytes())
    data[at] ^= 1
    store.path(first.take_id).write_bytes(data)
    second = make_take(BLOCK, source, store, MAKER, take_ids=[first.take_id])
    assert second.take_id != first.take_id
    assert second.sampled == PATCHES - damaged
    assert sound_of(store, second) == before
    assert store.path(first.take_id).read_bytes() == data
    again = make_take(BLOCK, source, store, MAKER, take_ids=[first.take_id, second.take_id])
    assert again == MadeTake(second.take_id, PATCHES, 0)


def test_a_longer_block_extends_its_take(source: Counting, store: BlockTakes) -> None:
    first = make_take(BLOCK, source, store, MAKER)
    before = sound_of(store, first)
    longer = replace(BLOCK, length_samples=(PATCHES + 3) * PATCH_SAMPLES - 100)
    second = make_take(longer, source, store, MAKER, take_ids=[first.take_id])
    assert second == MadeTake(first.take_id, PATCHES + 3, 3)
    assert sound_of(store, second) == before
    whole = make_take(longer, source, store, MAKER)
    assert sound_of(store, whole, 0, PATCHES + 3) == sound_of(store, second, 0, PATCHES + 3)


def wind(path: Path, seed: int = 0) -> FileReference:
    """Write 4 s of noise that a block can continue."""
    soundfile.write(path, 0.1 * np.random.default_rng(seed).standard_normal(4 * SAMPLE_RATE_HZ), SAMPLE_RATE_HZ)
    return FileReference(str(path), content_hash(path))


def test_a_block_that_continues_a_recording_sounds_different_and_is_repeatable(
    source: Counting, store: BlockTakes, tmp_path: Path
) -> None:
    block = replace(BLOCK, recipe=replace(RECIPE, continued=wind(tmp_path / "wind.wav")))
    maker = maker_for(source, block.recipe, None)
    without = make_take(BLOCK, source, store, maker_for(source, RECIPE, None))
    first = make_take(block, source, store, maker, take_ids=[without.take_id])
    assert first.sampled == PATCHES
    assert first.take_id != without.take_id
    assert sound_of(store, first) != sound_of(store, without)
    assert sound_of(store, make_take(block, source, store, maker)) == sound_of(store, first)
    other = replace(block, recipe=replace(RECIPE, continued=wind(tmp_path / "other.wav", 1)))
    changed = make_take(other, source, store, maker_for(source, other.recipe, None), take_ids=[first.take_id])
    assert changed.sampled == PATCHES
    assert sound_of(store, changed) != sound_of(store, first)
    # A take that is made longer later is what it would be if it had been made in one go.
    longer = replace(block, length_samples=(PATCHES + 2) * PATCH_SAMPLES)
    extended = make_take(longer, source, store, maker, take_ids=[first.take_id])
    assert extended == MadeTake(first.take_id, PATCHES + 2, 2)
    whole = make_take(longer, source, store, maker)
    assert sound_of(store, extended, 0, PATCHES + 2) == sound_of(store, whole, 0, PATCHES + 2)


def test_a_recording_that_is_gone_or_has_changed_is_named_and_its_take_stays(
    source: Counting, store: BlockTakes, tmp_path: Path
) -> None:
    path = tmp_path / "wind.wav"
    block = replace(BLOCK, recipe=replace(RECIPE, continued=wind(path)))
    maker = maker_for(source, block.recipe, None)
    made = make_take(block, source, store, maker)
    longer = replace(block, length_samples=(PATCHES + 2) * PATCH_SAMPLES)
    wind(path, 5)
    with pytest.raises(MediaError, match="has changed since"):
        make_take(longer, source, store, maker, take_ids=[made.take_id])
    path.unlink()
    with pytest.raises(MediaError, match=r"wind\.wav"):
        make_take(longer, source, store, maker, take_ids=[made.take_id])
    assert make_take(block, source, store, maker, take_ids=[made.take_id]).sampled == 0


def test_another_seed_is_another_take(source: Counting, store: BlockTakes) -> None:
    first = make_take(BLOCK, source, store, MAKER)
    other = make_take(replace(BLOCK, recipe=replace(RECIPE, seed=4)), source, store, MAKER, take_ids=[first.take_id])
    assert other.sampled == PATCHES
    assert sound_of(store, other) != sound_of(store, first)


def test_the_told_direction_is_met(source: Counting, store: BlockTakes) -> None:
    told = replace(BLOCK, recipe=replace(RECIPE, direction=Direction(90.0, 0.0)))
    made = make_take(told, source, store, MAKER)
    source.reset(RECIPE.seed)
    left = Direction(90.0, 0.0).unit_vector()
    request = PatchRequest(Prompt("a dog barks"), direction=left)
    with store.open(made.take_id) as take:
        assert np.array_equal(take.patch(0).samples, source.next_patch(request).samples)


def test_a_stopped_take_is_continued(source: Counting, store: BlockTakes) -> None:
    with pytest.raises(CancelledError, match="Its finished part is kept"):
        make_take(BLOCK, source, store, MAKER, cancelled=lambda: source.asked == 3)
    (take_id,) = store.ids()
    made = make_take(BLOCK, source, store, MAKER, take_ids=[take_id])
    assert made == MadeTake(take_id, PATCHES, PATCHES - 3)
    assert sound_of(store, made) == sound_of(store, make_take(BLOCK, source, store, MAKER))


def test_a_block_that_follows_the_film_sees_it_at_its_time(source: Counting, store: BlockTakes) -> None:
    asked = []

    def frame_at(t_s: float) -> tuple[int, np.ndarray]:
        asked.append(round(t_s, 3))
        return len(asked), np.full((128, 256, 3), 10 * len(asked), np.uint8)

    block = replace(BLOCK, length_samples=3 * PATCH_SAMPLES, recipe=replace(RECIPE, film_sample=48_000 - PATCH_SAMPLES))
    make_take(block, source, store, MAKER, frame_at=frame_at)
    assert asked == [0.84, 1.0, 1.16]
    with pytest.raises(InvalidInputError, match="there is no film"):
        make_take(replace(block, recipe=replace(block.recipe, seed=9)), source, store, MAKER)


def test_a_full_disk_keeps_what_was_made(source: Counting, store: BlockTakes, monkeypatch: pytest.MonkeyPatch) -> None:
    honest, left = os.fsync, iter([None, None])

    def full(descriptor: int) -> None:
        if next(left, "full") is None:
            honest(descriptor)
        else:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("engine.runtime.block_takes.writer.os.fsync", full)
    with pytest.raises(ExportError, match="cannot be written"):
        make_take(replace(BLOCK, length_samples=20 * PATCH_SAMPLES), source, store, MAKER)
    monkeypatch.undo()
    (take_id,) = store.ids()
    with store.open(take_id) as take:
        assert take.patches == 11
        assert np.abs(take.read(0, take.samples)).max() > 0


CHILD = """
import sys, torch
from pathlib import Path
from engine.model.conditioning.encoders import load_encoders
from engine.model.streaming.streamer import PatchStreamer
from engine.model.weights.checkpoint import load_model
from engine.runtime.block_takes.making import make_take
from engine.runtime.block_takes.store import BlockTakes
from tests.engine.runtime.block_takes.test_making import BLOCK, MAKER, PATCH_SAMPLES, replace
torch.set_num_threads(1)
store = BlockTakes(Path(sys.argv[2]))
source = PatchStreamer(load_model(Path(sys.argv[1])), load_encoders())
block = replace(BLOCK, length_samples=4000 * PATCH_SAMPLES)
make_take(block, source, store, MAKER, take_ids=store.ids(), progress=lambda done, of: print(done, flush=True))
"""


def test_kill_9_while_it_is_made_loses_nothing_that_was_confirmed(checkpoint: Path, store: BlockTakes) -> None:
    """Three rounds here, each continuing the take of the last; each kill falls at a random time."""
    confirmed = 0
    rng = np.random.default_rng(0)
    for _ in range(3):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(checkpoint), str(store.folder)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        for line in child.stdout:
            if int(line) > confirmed + 5:
                break
        time.sleep(float(rng.uniform(0.0, 0.1)))
        child.send_signal(signal.SIGKILL)
        said = [int(line) for line in child.stdout.read().splitlines() if line.strip().isdigit()]
        child.stdout.close()
        child.wait()
        (take_id,) = store.ids()
        with store.open(take_id) as take:
            assert take.patches >= max([confirmed + 6, *said])
            confirmed = take.patches
            for index in range(confirmed):
                take.patch(index)  # every one is whole
