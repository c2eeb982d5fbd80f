"""Any scene that can be edited can be mixed: finite, the same in blocks of any size, and through any edits."""

import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.ambisonics.encoding import encode_point
from engine.contract.control import PathInterpolation
from engine.contract.directions import Direction
from engine.contract.scene.blocks import Convention
from engine.contract.scene.lane import Lane, LaneKind
from engine.contract.scene.place import Keyframe, LanePath
from engine.contract.scene.scene import HeadLockedBus, Scene
from engine.contract.video import Pose
from engine.rendering.mix.mixer import SceneMixer
from engine.rendering.mix.sounds import BlockSound
from tests.engine.rendering.mix.mixing import field_sound, generated, level_of, noise, recorded, recording

LENGTH = 9_600
SILENT = np.zeros((4, 5_000), np.float32)
DIFFUSE = np.random.default_rng(1).standard_normal((4, 6_000)).astype(np.float32)
SOUNDS: dict[int, list[BlockSound]] = {
    1: [recorded(noise(4_000)[None], level_of(noise(4_000)[None])), recorded(np.zeros((1, 100)))],
    2: [recorded(np.stack([noise(4_000, 1), noise(4_000, 2)]))],
    4: [
        field_sound(encode_point(noise(5_000), Direction(0.0, 90.0))),
        field_sound(SILENT),
        field_sound(DIFFUSE),
        field_sound(encode_point(noise(5_000), Direction(180.0)), follows_path=False),
        field_sound(SILENT[:, :1]),
    ],
}
gains = st.sampled_from([-60.0, -6.0, 0.0, 20.0])
times = st.integers(0, LENGTH)
angles = st.sampled_from([-180.0, -90.0, 0.0, 33.3, 180.0])


@st.composite
def paths(draw: st.DrawFn) -> LanePath:
    at = sorted(draw(st.lists(times, min_size=1, max_size=4)))
    frames = [
        Keyframe(
            sample,
            Direction(draw(angles), draw(st.sampled_from([-90.0, -10.0, 0.0, 90.0]))),
            draw(st.sampled_from([0.1, 2.0, 1_000.0])),
        )
        for sample in at
    ]
    return LanePath(tuple(frames), draw(st.sampled_from(PathInterpolation)))


@st.composite
def scenes(draw: st.DrawFn) -> tuple[Scene, dict[int, BlockSound]]:
    lanes, sounds = [], {}
    for number in range(1, draw(st.integers(1, 4)) + 1):
        kind = draw(st.sampled_from([LaneKind.POINT, LaneKind.BED, LaneKind.HEAD_LOCKED]))
        blocks = []
        for index in range(draw(st.integers(0, 3))):
            block_id = 100 * number + index
            channels = draw(st.sampled_from([1, 2] if kind is LaneKind.HEAD_LOCKED else [1, 2, 4]))
            length = draw(st.integers(480, 6_000))
            fade = draw(st.integers(0, length // 2))
            values = {"start_sample": draw(times), "fade_in_samples": fade, "gain_db": draw(gains)}
            if channels == 4 and draw(st.booleans()):
                blocks.append(generated(block_id, length / 48_000, before_samples=draw(times), **values))
            else:
                convention = {1: Convention.MONO, 2: Convention.STEREO, 4: Convention.FUMA}[channels]
                offset = {"offset_samples": draw(times), "fade_out_samples": length - fade}
                blocks.append(recording(block_id, length / 48_000, convention, **values, **offset))
            if draw(st.integers(0, 4)):  # a sound may be missing
                sounds[block_id] = draw(st.sampled_from(SOUNDS[channels]))
        placed = kind is not LaneKind.HEAD_LOCKED
        lanes.append(
            Lane(
                lane_id=number,
                name="Lane",
                kind=kind,
                gain_db=draw(gains),
                mute=draw(st.booleans()),
                solo=draw(st.booleans()),
                path=draw(st.none() | paths()) if placed else None,
                width_deg=draw(st.sampled_from([None, 0.0, 60.0, 359.0, 360.0])) if placed else None,
                blocks=tuple(sorted(blocks, key=lambda block: (block.start_sample, block.block_id))),
            )
        )
    bus = HeadLockedBus(draw(gains), draw(st.booleans()))
    pose = Pose(draw(angles), draw(angles), draw(angles))
    made = Scene(lanes=tuple(lanes), length_samples=LENGTH, head_locked=bus, horizon=pose, next_id=1_000)
    return made, sounds


@pytest.mark.slow
@given(scenes(), st.integers(1, 3_000), times)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_scene_is_finite_and_the_same_in_blocks_of_any_size(
    made: tuple[Scene, dict[int, BlockSound]], size: int, start: int
) -> None:
    what, sounds = made
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        whole = SceneMixer(what, sounds, start_sample=start, keeps_lanes=True).read(LENGTH)
        mixer = SceneMixer(what, sounds, start_sample=start, keeps_lanes=True)
        parts = [mixer.read(min(size, LENGTH - at)) for at in range(0, LENGTH, size)]
    assert np.all(np.isfinite(whole.field))
    assert np.abs(whole.field).max() <= 0.981
    assert np.array_equal(np.concatenate([part.field for part in parts], axis=1), whole.field)
    assert np.array_equal(np.concatenate([part.head_locked for part in parts], axis=1), whole.head_locked)
    assert set(whole.lanes) == {lane.lane_id for lane in what.lanes}


@pytest.mark.slow
@given(st.lists(st.tuples(scenes(), st.integers(0, 2_000)), min_size=2, max_size=5))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_edit_in_the_middle_ends_in_the_edited_scene(
    steps: list[tuple[tuple[Scene, dict[int, BlockSound]], int]],
) -> None:
    """Whatever came before: a few ticks after the last edit, only the last scene is heard, apart from turns."""
    mixer = SceneMixer(*steps[0][0])
    for (what, sounds), count in steps:
        mixer.hear(sounds)
        mixer.change(what)
        assert np.all(np.isfinite(mixer.read(count).field))
    empty = Scene(length_samples=LENGTH)
    mixer.change(empty)
    mixer.read(960)
    assert not mixer.read(960).field.any()
    assert not mixer.read(960).head_locked.any()
