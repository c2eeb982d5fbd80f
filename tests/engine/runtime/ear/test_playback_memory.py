"""What the rule for the audio callback promises about memory, and what the first block costs."""

import gc
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from engine.ambisonics.binaural import BinauralFilters, BinauralRenderer
from engine.ambisonics.binaural_file import load_filters
from engine.contract.directions import Direction
from engine.contract.scene.edits.lanes import set_lane_gain
from engine.contract.scene.place import Keyframe, LanePath
from engine.contract.view import ViewOrientation
from engine.runtime.ear.audio_output import BLOCK_SAMPLES
from tests.engine.rendering.mix.mixing import lane, scene
from tests.engine.runtime.ear.playback_rig import Rig
from tests.engine.runtime.ear.scene_rig import SceneRig
from tests.engine.runtime.ear.scenes_of_tones import made, tone_block


@pytest.fixture
def rig():
    made = Rig(filters=load_filters())
    made.seek(0)
    made.state.play = True
    yield made
    made.close()


@pytest.mark.slow
def test_a_block_takes_little_memory_and_keeps_none(rig):
    """The view turns and channels come and go all the time: the most that a block has to do."""
    out = np.zeros((BLOCK_SAMPLES, 2), np.float32)
    rig.feed(30)
    for _ in range(20):
        rig.playback.render(out, 0.0)
    gc.collect()
    taken, kept = [], []
    tracemalloc.start()
    try:
        for index in range(500):
            rig.feed(2)
            rig.state.view = ViewOrientation(0.01 * index)
            rig.state.channel_gains[index % 4] = index // 4 % 2
            before = tracemalloc.get_traced_memory()[0]
            tracemalloc.reset_peak()
            rig.playback.render(out, 0.0)
            now, peak = tracemalloc.get_traced_memory()
            taken.append(peak - before)
            kept.append(now - before)
    finally:
        tracemalloc.stop()
    assert np.abs(out).max() > 0.01
    assert max(taken) < 100 * 1024
    assert sum(kept[100:]) < 4096  # of 400 blocks: less than one sample each


@pytest.mark.slow
def test_a_block_of_a_scene_takes_little_memory_and_keeps_none(tmp_path):
    """Eight takes on paths, edited all the time: the mix takes 120 KiB more."""
    rig = SceneRig(tmp_path, filters=load_filters())
    rig.seek(0)
    rig.state.play = True
    block = made(tone_block(100, 1000, 7.0), tmp_path)
    path = LanePath((Keyframe(0, Direction(90.0), 9.0), Keyframe(7 * 48_000, Direction(-80.0), 9.0)))
    lanes = [lane(1 + i, replace(block, block_id=100 + i), path=path) for i in range(8)]
    document = scene(*lanes, seconds=7.0)
    rig.play(document)
    rig.listen(20)
    out = np.zeros((BLOCK_SAMPLES, 2), np.float32)
    taken, kept = [], []
    tracemalloc.start()
    try:
        for index in range(500):
            rig.play(set_lane_gain(document, 1 + index % 8, -0.01 * index).scene)
            rig.feed()
            before = tracemalloc.get_traced_memory()[0]
            tracemalloc.reset_peak()
            rig.playback.render(out, 0.0)
            now, peak = tracemalloc.get_traced_memory()
            taken.append(peak - before)
            kept.append(now - before)
    finally:
        tracemalloc.stop()
        rig.close()
    assert np.abs(out).max() > 0.01
    assert max(taken) < 220 * 1024
    assert sum(kept[100:]) < 400 * 64


def test_what_lasts_is_there_before_the_first_block(rig):
    arrays = rig.playback._foa, rig.playback._steps
    spectra = rig.playback._renderer._bank._spectra
    sizes = set(spectra)
    assert sizes
    rig.feed(30)
    rig.playback.render(np.zeros((BLOCK_SAMPLES, 2), np.float32), 0.0)
    assert rig.playback._foa is arrays[0]
    assert rig.playback._steps is arrays[1]
    assert set(spectra) == sizes


def test_a_swap_of_the_head_computes_its_spectra_before_the_next_block():
    filters = load_filters()
    renderer = BinauralRenderer(filters)
    renderer.prepare(BLOCK_SAMPLES)
    renderer.swap_filters(BinauralFilters(filters.taps[::-1]))
    assert renderer._next_bank is not None
    sizes = set(renderer._next_bank._spectra)
    renderer.process(np.zeros((4, BLOCK_SAMPLES), np.float32))
    assert set(renderer._next_bank._spectra) == sizes != set()


def test_the_renderer_is_prepared_without_a_trace_in_the_sound():
    foa = np.random.default_rng(0).standard_normal((4, 3 * BLOCK_SAMPLES)).astype(np.float32)
    plain, prepared = BinauralRenderer(load_filters()), BinauralRenderer(load_filters())
    prepared.prepare(BLOCK_SAMPLES)
    np.testing.assert_array_equal(prepared.process(foa), plain.process(foa))
