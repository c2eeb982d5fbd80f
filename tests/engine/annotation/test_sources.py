"""What is heard beside the loudest source: softer ones, and a room that is none."""

import numpy as np
import pytest
from scipy.signal import fftconvolve

from engine.ambisonics.encoding import encode_point, sn3d_gains
from engine.annotation.captions import MOST_WORDS, caption_by_rules
from engine.annotation.field import band_spectrum
from engine.annotation.several import DetectedSource, sources_in
from engine.annotation.tracks import Track, Tracker
from engine.annotation.zones import zone_directions
from engine.contract.directions import Direction, unit_vectors
from tests.engine.annotation.mixes import RATE, diffuse, error_deg, noise, patchy


@pytest.mark.parametrize("level_db", [-10.0, -15.0])
def test_a_soft_source_beside_a_loud_one_is_found(level_db: float) -> None:
    loud, soft = Direction(40, 10), Direction(-20, 10)
    for seed in range(4):
        foa = encode_point(noise(1, seed), loud) + 10 ** (level_db / 20) * encode_point(noise(1, 50 + seed), soft)
        found = sources_in(foa + diffuse(1, -20, 99 + seed), RATE)
        assert len(found) == 2
        assert error_deg(found[1].vector, soft) < 5
        assert found[1].share == pytest.approx(10 ** (level_db / 10), rel=0.5)


def answer_of_a_room(seed: int, asked: Direction) -> np.ndarray:
    """Return 80 reflections (4, N), all from the half of the sphere to the left of the source."""
    rng = np.random.default_rng(seed)
    left = Direction((asked.azimuth_deg + 270) % 360 - 180, 0).unit_vector()
    places = rng.normal(size=(80, 3))
    places *= np.where(places @ left < 0, -1, 1)[:, None] / np.linalg.norm(places, axis=1, keepdims=True)
    at = rng.integers(RATE // 200, RATE // 4, 80)
    gains = 0.4 * np.exp(-at / (0.06 * RATE)) * rng.choice([-1, 1], 80)
    answer = np.zeros((4, RATE // 4))
    np.add.at(answer, (slice(None), at), (sn3d_gains(places) * gains[:, None]).T)
    return answer


def test_the_answer_of_a_room_does_not_pull_a_source_to_its_side() -> None:
    errors = []
    for seed in range(8):
        asked = Direction(float(np.random.default_rng(seed).uniform(-180, 180)), 0.0)
        mono = patchy(seed)
        late = fftconvolve(mono[None], answer_of_a_room(seed, asked), axes=1)[:, : mono.size]
        errors.append(error_deg(sources_in(encode_point(mono, asked) + late, RATE)[0].vector, asked))
    assert np.median(errors) < 5


def test_what_begins_counts_for_more_than_what_fades() -> None:
    begins, fades = Direction(0, 0), Direction(90, 0)
    time_s = np.arange(RATE) / RATE
    burst = noise(1, 1) * (time_s < 0.02)
    foa = encode_point(burst, begins) + encode_point(0.3 * noise(1, 2) * np.exp(-time_s / 0.1), fades)
    vectors, weights = zone_directions(*band_spectrum(foa, RATE, (500.0, 8_000.0)))
    near = [weights[vectors @ d.unit_vector() > np.cos(0.2)].sum() for d in (begins, fades)]
    assert near[0] > 1.5 * near[1]


def test_a_source_that_begins_again_where_it_stopped_keeps_its_name_and_another_place_is_another_source() -> None:
    here, there = unit_vectors(0.5, 0.0), unit_vectors(0.5 + np.radians(30), 0.0)
    tracker = Tracker()
    for segment in range(40):
        place = here if segment < 5 or 15 <= segment < 20 else there if segment >= 35 else None
        tracker.feed(segment, () if place is None else (DetectedSource(place, 0.9),))
    assert [t.segments for t in tracker.tracks(40)] == [[*range(5), *range(15, 20)], [*range(35, 40)]]


def test_alike_sounds_are_counted_and_named_ones_are_not() -> None:
    front, left = Track([0], [unit_vectors(0.0, 0.0)], [1.0]), Track([0], [unit_vectors(np.pi / 2, 0.0)], [1.0])
    assert caption_by_rules([front, left, front], []) == "Two sounds in front; a sound on the left."
    assert (
        caption_by_rules([front, front, front], ["rain", " \n"]) == "Rain in front; a sound in front; a sound in front."
    )
    assert caption_by_rules([front] * 40, []) == "Many sounds in front."
    assert caption_by_rules([], []) == "No sound with a clear direction."
    assert len(caption_by_rules([front], ["word " * 400]).split()) <= MOST_WORDS
