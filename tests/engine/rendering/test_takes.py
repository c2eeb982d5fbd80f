"""A take, patch after patch: its length, its frames, what changes on the way, and where it stops."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.ambisonics.intensity import direction_and_diffuseness
from engine.contract.control import DirectionPath, GenerationSettings, Lane, PathPoint, Prompt
from engine.contract.conventions import DEFAULT_FLOW_STEPS, PATCH_S, PATCH_SAMPLES
from engine.contract.directions import Direction
from engine.contract.errors import CancelledError
from engine.contract.generation import PatchRequest, PatchResult
from engine.contract.guidance import Guidance
from engine.contract.video import Pose, pose_turn
from engine.rendering.requests import patch_start_s, request_for
from engine.rendering.takes import render_patches, render_take
from tests.fakes import FakePatchSource, FakeSource

MOVING = DirectionPath((PathPoint(0.0, Direction(0.0)), PathPoint(16.0, Direction(160.0))))


class NotingSource(FakePatchSource):
    def __init__(self) -> None:
        super().__init__(FakeSource())
        self.requests: list[PatchRequest] = []
        self.seeds: list[int] = []

    def reset(self, seed: int) -> None:
        self.seeds.append(seed)
        super().reset(seed)

    def next_patch(self, request: PatchRequest) -> PatchResult:
        self.requests.append(request)
        return super().next_patch(request)


@pytest.fixture
def source() -> NotingSource:
    return NotingSource()


def frame(value: int) -> tuple[int, NDArray[np.uint8]]:
    return value, np.full((128, 256, 3), value, np.uint8)


def test_a_request_has_the_directions_of_the_patchs_middle_and_everything_that_was_asked() -> None:
    lane = Lane(3, Prompt("a dog", 0.5), MOVING, -6.0)
    asked = GenerationSettings(
        Prompt("rain", 0.7), MOVING, 3, 4, Guidance(prompt=1.5), exact_direction=False, lanes=(lane,), gain_db=-3.0
    )
    request = request_for(asked, 8.0, 2, frame(7))
    middle = Direction(80.0 + 10.0 * PATCH_S / 2).unit_vector()
    np.testing.assert_allclose(request.direction, middle, atol=1e-12)
    np.testing.assert_allclose(request.lanes[0].direction, middle, atol=1e-12)
    assert (request.lanes[0].lane_id, request.lanes[0].prompt, request.lanes[0].gain_db) == (3, lane.prompt, -6.0)
    assert (request.prompt, request.steps, request.guidance) == (asked.prompt, 2, Guidance(prompt=1.5))
    assert (request.exact_direction, request.gain_db, request.frame_index) == (False, -3.0, 7)
    bare = request_for(GenerationSettings(), 8.0, 2, None)
    assert (bare.direction, bare.frame, bare.frame_index, bare.lanes) == (None, None, -1, ())


def test_a_take_is_as_long_as_asked_and_its_last_patch_is_cut(source: NotingSource) -> None:
    samples = 2 * PATCH_SAMPLES + 100
    patches = list(render_patches(source, GenerationSettings(Prompt("440"), seed=9), samples))
    assert [(patch.start_sample, patch.end_sample) for patch in patches] == [
        (0, PATCH_SAMPLES),
        (PATCH_SAMPLES, 2 * PATCH_SAMPLES),
        (2 * PATCH_SAMPLES, samples),
    ]
    assert patches[-1].result.samples.shape == (4, PATCH_SAMPLES)
    assert source.seeds == [9]
    assert all(patch.film_ms is None and patch.patch_ms > 0.0 for patch in patches)
    assert [request.steps for request in source.requests] == [DEFAULT_FLOW_STEPS] * 3


def test_the_same_settings_give_the_same_take_and_another_seed_another(source: NotingSource) -> None:
    asked = GenerationSettings(Prompt("440"), seed=9)
    first = render_take(source, asked, 3 * PATCH_SAMPLES)
    assert first.shape == (4, 3 * PATCH_SAMPLES)
    assert render_take(source, asked, 3 * PATCH_SAMPLES).tobytes() == first.tobytes()
    assert not np.allclose(render_take(source, replace(asked, seed=10), 3 * PATCH_SAMPLES), first)


def test_frames_and_directions_are_those_of_the_films_time(source: NotingSource) -> None:
    asked_at: list[float] = []

    def frame_at(at_s: float) -> tuple[int, NDArray[np.uint8]]:
        asked_at.append(at_s)
        return frame(len(asked_at))

    settings = GenerationSettings(path=MOVING)
    patches = list(render_patches(source, settings, 2 * PATCH_SAMPLES, start_s=8.0, frame_at=frame_at))
    assert asked_at == [8.0 + patch_start_s(0), 8.0 + patch_start_s(1)]
    assert [request.frame_index for request in source.requests] == [1, 2]
    directions = [MOVING.at(8.0 + (index + 0.5) * PATCH_S) for index in range(2)]
    np.testing.assert_allclose([request.direction for request in source.requests], directions, atol=1e-9)
    assert all(patch.film_ms is not None and patch.film_ms <= patch.patch_ms for patch in patches)


def test_a_change_holds_from_its_patch_on(source: NotingSource) -> None:
    first, then = GenerationSettings(Prompt("440"), seed=1, steps=2), GenerationSettings(Prompt("880"), steps=3)
    render_take(source, first, 5 * PATCH_SAMPLES, changes={2: then, 4: first})
    assert [request.prompt.text for request in source.requests] == ["440", "440", "880", "880", "440"]
    assert [request.steps for request in source.requests] == [2, 2, 3, 3, 2]
    assert source.seeds == [1]  # history goes on


def test_a_cancelled_take_makes_no_more_patches(source: NotingSource) -> None:
    patches = render_patches(
        source, GenerationSettings(Prompt("440")), 9 * PATCH_SAMPLES, cancelled=lambda: len(source.requests) == 2
    )
    with pytest.raises(CancelledError):
        list(patches)
    assert len(source.requests) == 2


def test_with_a_corrected_horizon_a_take_is_made_where_it_is_turned_from() -> None:
    pose, chosen = Pose(yaw_deg=50.0, pitch_deg=-20.0, roll_deg=15.0), Direction(60.0, 10.0)
    settings = GenerationSettings(path=DirectionPath.fixed(chosen))
    patches = render_patches(FakePatchSource(FakeSource()), settings, 24_000, in_film=pose_turn(pose).T)
    made = np.concatenate([patch.samples for patch in patches], axis=1)
    in_film, _ = direction_and_diffuseness(made)
    np.testing.assert_allclose(pose_turn(pose) @ in_film, chosen.unit_vector(), atol=1e-3)
