"""The measure of sound placed by the picture alone, on sources that follow it, ignore it, or say nothing."""

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.ambisonics.encoding import encode_point
from engine.contract.directions import azimuth_elevation, direction_to_equirectangular
from engine.contract.generation import PatchRequest, PatchResult
from engine.scenes.composer import SceneSource
from engine.scenes.store import StoredScene
from engine.training.generator.evaluate import FilmTake, direction_of_take, measured, shows_its_source, summary

PATCHES = 5


class Watcher:
    """Noise from the brightest spot of the frame; or from the front; or silence."""

    checkpoint_sha256 = "watcher"
    runtime = "noise"

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self.reset(0)

    def reset(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)

    def next_patch(self, request: PatchRequest) -> PatchResult:
        assert request.frame is not None
        assert not request.prompt.text
        assert request.direction is None
        bright = request.frame.sum(2, dtype=np.int64)
        row, column = np.unravel_index(np.argmax(bright), bright.shape)
        azimuth = np.pi * (1 - 2 * (column + 0.5) / bright.shape[1])
        elevation = 0.5 * np.pi * (1 - 2 * (row + 0.5) / bright.shape[0])
        seen = [np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)]
        direction = np.array(seen if self._kind == "follows" else [1.0, 0.0, 0.0])
        noise = self._rng.normal(0.0, 0.0 if self._kind == "silent" else 0.1, 7680)
        return PatchResult(encode_point(noise, direction).astype(np.float32), {})


def scene_and_film(direction: NDArray[np.float64]) -> tuple[StoredScene, NDArray[np.uint8]]:
    frames = np.zeros((4, 128, 256, 3), np.uint8)
    x, y = direction_to_equirectangular(*azimuth_elevation(direction), 256, 128)
    frames[:, round(float(y)), round(float(x)) % 256] = 255
    source = SceneSource("dog", "dog", np.tile(direction, (50, 1)))
    return StoredScene(0, 0, (source,), "a dog"), frames


@pytest.mark.parametrize(("kind", "error", "turned", "turn"), [("follows", 0, 0, 0), ("ignores", 60, 150, 90)])
def test_a_source_is_judged_by_whether_it_follows_the_film(kind: str, error: float, turned: float, turn: float) -> None:
    left = np.array([np.cos(np.pi / 3), np.sin(np.pi / 3), 0.0])
    scene, frames = scene_and_film(left)
    take = measured(Watcher(kind), scene, frames, PATCHES, seed=0)
    assert take.error_deg == pytest.approx(error, abs=2.0)
    assert take.turned_error_deg == pytest.approx(turned, abs=2.0)
    assert take.turn_error_deg == pytest.approx(turn, abs=2.0)


def test_a_silent_take_counts_as_wrong() -> None:
    scene, frames = scene_and_film(np.array([1.0, 0.0, 0.0]))
    assert not direction_of_take(Watcher("silent"), frames, PATCHES, 0).any()
    take = measured(Watcher("silent"), scene, frames, PATCHES, 0)
    assert (take.error_deg, take.turned_error_deg, take.turn_error_deg) == (180.0, 180.0, 180.0)


def test_only_scenes_that_show_their_one_source_are_judged() -> None:
    there = np.tile([1.0, 0.0, 0.0], (50, 1))
    seen, hidden, around = (
        SceneSource("dog", "dog", there),
        SceneSource("dog", "dog", there, on_screen=False),
        SceneSource("rain", "rain", None),
    )
    verdicts = [shows_its_source(StoredScene(0, 0, s, "")) for s in ((seen,), (hidden,), (around,), (seen, hidden), ())]
    assert verdicts == [True, False, False, False, False]


def test_the_summary_counts_takes_within_30_degrees() -> None:
    takes = [FilmTake("dog", e, e, t) for e, t in ((10.0, 5.0), (20.0, 40.0), (100.0, 29.0))]
    figures = summary(takes)
    assert figures["median_deg"] == 20.0
    assert figures["within_30"] == pytest.approx(2 / 3, abs=1e-3)
    assert figures["turns_along_within_30"] == pytest.approx(2 / 3, abs=1e-3)
    assert figures["median_low_deg"] <= 20.0 <= figures["median_high_deg"]
