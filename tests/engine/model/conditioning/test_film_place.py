"""The film alone says where its sound is: by what was seen so far, and by what moved."""

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.ambisonics.intensity import direction_and_diffuseness
from engine.contract.control import Prompt
from engine.contract.directions import angle_between
from engine.contract.generation import PatchRequest
from engine.model.conditioning.encoders import load_encoders
from engine.model.conditioning.film_place import FilmPlace
from engine.model.conditioning.svac import GRID_COLUMNS, GRID_ROWS, SvacVideoEncoder, cell_directions
from engine.model.conditioning.video import APPEARANCE_CHANNELS, VIDEO_CHANNELS
from engine.model.streaming.streamer import PatchStreamer
from engine.model.weights.checkpoint import load_model

CELLS = cell_directions(GRID_ROWS)


@pytest.fixture
def place() -> FilmPlace:
    """A place whose encoder sees nothing: all cells are alike."""
    encoder = SvacVideoEncoder(VIDEO_CHANNELS, 8).eval()
    torch.nn.init.zeros_(encoder.where.weight)
    return FilmPlace(encoder)


def moving(row: int, column: int, amount: float = 1.0, everywhere: float = 0.0) -> torch.Tensor:
    features = torch.zeros(VIDEO_CHANNELS, GRID_ROWS, GRID_COLUMNS)
    features[APPEARANCE_CHANNELS] = everywhere
    features[APPEARANCE_CHANNELS, row, column] += amount
    return features


def apart_deg(a: torch.Tensor | None, b: torch.Tensor) -> float:
    assert a is not None
    return float(torch.rad2deg(torch.arccos((a @ b).clamp(-1.0, 1.0))))


def test_what_moved_is_the_place_and_turns_with_the_film(place: FilmPlace) -> None:
    for column in (0, 3, 11):
        place.forget()
        place.see(moving(4, column))
        assert apart_deg(place.direction, CELLS[4, column]) < 5.0


def test_a_moment_of_motion_is_remembered_for_seconds_and_then_fades(place: FilmPlace) -> None:
    place.see(moving(3, 2))
    still = moving(3, 2, 0.0)
    for _ in range(4):
        place.see(still)
    assert apart_deg(place.direction, CELLS[3, 2]) < 10.0
    for _ in range(40):
        place.see(still)
    assert place.direction is None


def test_a_place_that_was_sure_stays_until_it_is_lost(place: FilmPlace) -> None:
    still = moving(3, 2, 0.0)
    place.see(moving(3, 2, 0.4))
    assert place.direction is None, "too little to begin with"
    place.forget()
    place.see(moving(3, 2))
    while place.expected.norm() >= 0.3:
        place.see(still)
    assert 0.1 <= float(place.expected.norm()) < 0.3
    assert apart_deg(place.direction, CELLS[3, 2]) < 10.0
    while place.expected.norm() >= 0.1:
        place.see(still)
    assert place.direction is None


def test_what_moves_later_takes_over(place: FilmPlace) -> None:
    place.see(moving(3, 2))
    for _ in range(8):
        place.see(moving(4, 9))
    assert apart_deg(place.direction, CELLS[4, 9]) < 10.0


def test_a_camera_that_moves_and_a_still_film_show_no_place(place: FilmPlace) -> None:
    assert place.direction is None
    place.see(moving(0, 0, 0.0, everywhere=1.5))
    assert place.direction is None
    place.see(moving(4, 9, everywhere=1.5))
    assert place.direction is None, "the camera moves, and everything with it"
    place.see(moving(4, 9, everywhere=0.1))
    assert apart_deg(place.direction, CELLS[4, 9]) < 5.0, "a picture that is compressed changes a little everywhere"


def test_a_pole_is_small(place: FilmPlace) -> None:
    """A row of cells at the zenith is a small part of the sphere."""
    overhead = moving(0, 0, 0.0)
    overhead[APPEARANCE_CHANNELS, 0] = 1.0
    place.see(overhead)
    place.see(moving(4, 9))
    assert apart_deg(place.direction, CELLS[4, 9]) < 15.0


def frames_with_a_blinking_square(column: int, count: int) -> list[np.ndarray]:
    frames = []
    for index in range(count):
        frame = np.full((128, 256, 3), 90, np.uint8)
        frame[64:80, column : column + 16] = 240 if index % 2 else 20
        frames.append(frame)
    return frames


@pytest.mark.parametrize(("column", "azimuth_deg"), [(48, 101.25), (176, -78.75)])
def test_the_sound_of_a_film_alone_is_made_there(column: int, azimuth_deg: float) -> None:
    streamer = PatchStreamer(load_model(), load_encoders())
    place = streamer._film_place
    assert place is not None
    torch.nn.init.zeros_(place._encoder.where.weight)  # the square alone counts, not what it looks like
    streamer.reset(1)
    made = []
    for index, frame in enumerate(frames_with_a_blinking_square(column, 8)):
        made.append(streamer.next_patch(PatchRequest(Prompt(""), frame, index, steps=2)).samples)
    foa = np.concatenate(made[2:], axis=1)
    expected = CELLS[4, column // 16].numpy().astype(float)
    assert np.rad2deg(np.arctan2(expected[1], expected[0])) == pytest.approx(azimuth_deg)
    assert np.rad2deg(angle_between(direction_and_diffuseness(foa)[0], expected)) < 15.0


def test_words_and_a_requested_direction_come_before_the_film(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    streamer = PatchStreamer(load_model(tiny_folder), load_encoders())
    left = np.array([0.0, 1.0, 0.0])
    told: list[tuple[float, list[float]]] = []
    honest = streamer._generator.plan_step

    def plan_step(conditions, *given, **named):  # type: ignore[no-untyped-def]
        told.append((float(conditions.has_direction), conditions.direction.flatten().tolist()))
        return honest(conditions, *given, **named)

    monkeypatch.setattr(streamer._generator, "plan_step", plan_step)
    frames = frames_with_a_blinking_square(48, 3)
    for words, direction in (("", None), ("rain", None), ("", left)):
        streamer.reset(1)
        for index, frame in enumerate(frames):
            streamer.next_patch(PatchRequest(Prompt(words), frame, index, direction, steps=2))
    film_alone, with_words, asked = told[2], told[5], told[8]
    assert film_alone[0] == 1.0
    assert np.linalg.norm(film_alone[1]) == pytest.approx(1.0, abs=1e-4)
    assert with_words == (0.0, [0.0, 0.0, 0.0])
    assert asked == (1.0, [0.0, 1.0, 0.0])


def test_logits_that_are_known_are_those_that_it_would_find() -> None:
    torch.manual_seed(0)
    encoder = SvacVideoEncoder(VIDEO_CHANNELS, 8).eval()
    features = torch.randn(3, VIDEO_CHANNELS, GRID_ROWS, GRID_COLUMNS)
    finding, knowing = FilmPlace(encoder), FilmPlace(encoder)
    for each in features:
        finding.see(each)
        knowing.see(each, encoder(each[None])[1][0].detach())
    assert torch.equal(finding.expected, knowing.expected)
