"""A take that is replayed from its latents goes on to the bit as if it had never stopped, and samples nothing."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.contract.control import Prompt
from engine.contract.generation import MAIN_LANE, LaneRequest, PatchRequest, PatchResult
from engine.model.conditioning.encoders import load_encoders
from engine.model.generator.generator import Generator
from engine.model.streaming.streamer import PatchStreamer
from engine.model.weights.checkpoint import load_model

LEFT = np.array([0.0, 1.0, 0.0])
PATCHES = 9
STOP = 5


@pytest.fixture(scope="module", params=["tiny", "shipped"])
def streamer(request: pytest.FixtureRequest, tiny_folder: Path) -> PatchStreamer:
    return PatchStreamer(load_model(tiny_folder if request.param == "tiny" else None), load_encoders())


def requests() -> list[PatchRequest]:
    """A film, words that change, and a lane that comes in."""
    frames = np.random.default_rng(0).integers(0, 255, (PATCHES, 128, 256, 3), dtype=np.uint8)
    made = []
    for index, frame in enumerate(frames):
        lanes = (LaneRequest(1, Prompt("rain"), LEFT, -3.0),) if index >= 2 else ()
        words = Prompt("a dog barks" if index < 4 else "wind")
        made.append(PatchRequest(words, frame, index, LEFT, steps=3, lanes=lanes))
    return made


def play(streamer: PatchStreamer, asked: Sequence[PatchRequest]) -> list[PatchResult]:
    streamer.reset(7)
    return [streamer.next_patch(request) for request in asked]


def with_latents(request: PatchRequest, result: PatchResult) -> PatchRequest:
    lanes = tuple(replace(lane, replay=result.latents[lane.lane_id]) for lane in request.lanes)
    return replace(request, replay=result.latents[MAIN_LANE], lanes=lanes)


def test_a_replayed_beginning_is_the_same_and_so_is_what_follows(
    streamer: PatchStreamer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = requests()
    whole = play(streamer, asked)
    sampled: list[int] = []
    honest = Generator.render_step
    monkeypatch.setattr(Generator, "render_step", lambda *given: sampled.append(1) or honest(*given))
    known = [with_latents(request, result) for request, result in zip(asked[:STOP], whole[:STOP], strict=True)]
    again = play(streamer, [*known, *asked[STOP:]])
    assert len(sampled) == PATCHES - STOP
    for first, second in zip(whole, again, strict=True):
        assert np.array_equal(first.samples, second.samples)
        for lane, latents in first.latents.items():
            assert np.array_equal(latents, second.latents[lane])


def test_one_lane_may_be_replayed_beside_another_that_is_sampled(streamer: PatchStreamer) -> None:
    asked = requests()
    whole = play(streamer, asked)
    known = [replace(request, replay=result.latents[MAIN_LANE]) for request, result in zip(asked, whole, strict=True)]
    again = play(streamer, known)
    assert all(np.array_equal(a.samples, b.samples) for a, b in zip(whole, again, strict=True))
