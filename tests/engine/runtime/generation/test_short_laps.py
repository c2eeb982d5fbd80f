"""Ranges shorter than a patch in the live stream: they repeat without a gap, and are what an offline loop gives."""

import time

import numpy as np
import pytest

from engine.contract.control import GenerationSettings, Prompt
from engine.contract.conventions import PATCH_SAMPLES
from engine.contract.generation import PatchRequest
from engine.runtime.ear.ring_deck import RESTART_SAMPLES, RingDeck, soften_seams
from engine.runtime.processes.messages import SettingsTaken
from tests.engine.runtime.generation.generation_rig import Rig
from tests.fakes import FakePatchSource, FakeSource

START = 3 * PATCH_SAMPLES - 300
"""In the last milliseconds of a patch: a lap of more needs two."""
LENGTHS = [480, 777, 2_000, 5_000, PATCH_SAMPLES]
BLOCK = 512
SLOTS = 64


@pytest.fixture
def rig(tmp_path):
    made = Rig(tmp_path, slots=SLOTS)
    yield made
    made.close()


def offline_loop(length: int, samples: int, hz: int) -> np.ndarray:
    """Return the range, made at once and repeated with the seams of playback, AmbiX (4, samples)."""
    source = FakePatchSource(FakeSource())
    source.reset(0)
    patches = [source.next_patch(PatchRequest(Prompt(f"{hz}"))).samples for _ in range(2)]
    offset = START % PATCH_SAMPLES
    part = np.concatenate(patches, axis=1)[:, offset : offset + length]
    laps = []
    for number in range(-(-samples // length)):
        lap = part.copy()
        soften_seams(lap, START, START, START + length, is_first=number == 0)
        laps.append(lap)
    return np.concatenate(laps, axis=1)[:, :samples]


def begin(rig: Rig, length: int, hz: int) -> RingDeck:
    rig.settings.put(GenerationSettings(Prompt(f"{hz}")))
    rig.state.loop_range = (START, START + length)
    rig.take(START)
    deck = RingDeck(rig.reader, rig.state)
    deck.begin(rig.epoch, START)
    return deck


def heard(deck: RingDeck, samples: int) -> np.ndarray:
    """Pull blocks as the device does, but never faster than the ring is filled."""
    blocks, until = [], time.monotonic() + 20.0
    while len(blocks) * BLOCK < samples:
        if not deck.decide(BLOCK, play=True, is_silent=True):
            assert time.monotonic() < until, "it ran dry"
            time.sleep(0.001)
            continue
        field, stereo = np.zeros((4, BLOCK), np.float32), np.zeros((2, BLOCK), np.float32)
        done, is_over = deck.pull(field, stereo, BLOCK, 0.0)
        assert (done, is_over) == (BLOCK, False)
        blocks.append(field)
    return np.concatenate(blocks, axis=1)


@pytest.mark.parametrize("length", LENGTHS)
def test_a_short_range_is_the_loop_of_its_samples(rig, length):
    deck = begin(rig, length, 900)
    sound = heard(deck, 40 * BLOCK)
    np.testing.assert_allclose(sound, offline_loop(length, 40 * BLOCK, 900), atol=1e-5)


@pytest.mark.parametrize("length", LENGTHS)
def test_it_needs_no_more_patches_however_often_it_repeats_and_the_ring_holds_enough(rig, length):
    deck = begin(rig, length, 900)
    heard(deck, 20 * BLOCK)
    made = rig.source.made
    assert made <= 4 + 2  # two laps, and one more that a rising number of steps makes anew
    heard(deck, 200 * BLOCK)
    assert rig.source.made <= made + 16
    rig.wait_for(lambda: rig.reader.ready_samples(rig.epoch) >= RESTART_SAMPLES + BLOCK)
    assert len(rig.of(SettingsTaken)) <= 16
    assert sum(samples.shape[1] for _, _, samples in rig.recorder.written) <= 16 * length


def test_other_words_are_heard_in_a_short_range(rig):
    deck = begin(rig, 2_000, 900)
    heard(deck, 60 * BLOCK)
    version = rig.settings.put(GenerationSettings(Prompt("500")))
    rig.wake.set()
    until = time.monotonic() + 10.0
    while rig.of(SettingsTaken)[-1].version != version:
        heard(deck, BLOCK)
        assert time.monotonic() < until
    heard(deck, 2 * SLOTS * 2_000)
    wanted = offline_loop(2_000, 6_000, 500)[:, 2_000:4_000]
    sound = heard(deck, 20 * BLOCK)
    assert min(np.abs(sound[:, at : at + 2_000] - wanted).max() for at in range(2_000)) < 1e-5
