"""A bed is a recording without an end: no click, no period, as loud as its file, and the same however it is read."""

import numpy as np
import pytest

from engine.ambisonics.encoding import encode_point
from engine.contract.directions import Direction
from engine.contract.scene.bed import SHORTEST_FILE_SAMPLES, BedPlan
from engine.rendering.mix.beds import BedSamples, as_bed
from engine.rendering.mix.sounds import ArraySamples
from tests.engine.rendering.mix.mixing import (
    SECOND,
    direction_and_diffuseness,
    field_sound,
    lane,
    level_of,
    mixed,
    noise,
    recorded,
    recording,
    scene,
)

FILE = 4 * SECOND
MINUTE = 60 * SECOND


def rain(samples: int = FILE, seed: int = 0) -> np.ndarray:
    """Return mono noise (1, N) whose level wavers by 3 dB, low-passed as recordings are."""
    sound = np.convolve(noise(samples + 15, seed), np.hanning(16) / 8.0, "valid")
    return (sound * (1.0 + 0.3 * np.sin(np.arange(samples) / 15_000.0)))[None].astype(np.float32)


def bed(sound: np.ndarray, seed: int = 7) -> BedSamples:
    return BedSamples(ArraySamples(sound), len(sound), BedPlan(sound.shape[1], seed))


@pytest.mark.parametrize("chunk", [1, 480, 1_920, 7_777])
def test_the_samples_do_not_depend_on_how_they_are_read(chunk: int) -> None:
    samples = bed(rain())
    start, count = 5 * SECOND + 11, 3_000 if chunk == 1 else 2 * SECOND
    whole = samples.read(start, count)
    parts = [samples.read(start + at, min(chunk, count - at)) for at in range(0, count, chunk)]
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), whole)


@pytest.mark.parametrize("seed", [0, 7, 2**31 - 1])
@pytest.mark.parametrize("file", [SHORTEST_FILE_SAMPLES, FILE, 40 * SECOND + 1])
def test_no_grain_leaves_its_file_and_at_most_two_sound_at_a_time(file: int, seed: int) -> None:
    plan = BedPlan(file, seed)
    for grain in range(400):
        begins, leaves = plan.start(grain), plan.start(grain + 1)
        assert 0 <= plan.source(grain)
        assert plan.source(grain) + (leaves - begins) + plan.fade <= file
        assert plan.start(grain + 2) >= leaves + plan.fade
        assert plan.at(begins) == grain == plan.at(leaves - 1)
        meets = plan.source(grain) + leaves - begins
        assert abs(plan.source(grain + 1) - meets) >= plan.fade or file < 4 * plan.fade


def test_a_bed_begins_with_its_file_and_is_silent_before() -> None:
    sound = rain()
    np.testing.assert_array_equal(bed(sound).read(-10, SECOND)[:, 10:], sound[:, : SECOND - 10])
    assert not bed(sound).read(-10, 10).any()


@pytest.mark.parametrize("file", [SECOND, FILE, 20 * SECOND])
def test_it_does_not_click_and_is_as_loud_as_its_file(file: int) -> None:
    sound = rain(file)
    long = bed(sound).read(0, MINUTE)
    assert np.abs(np.diff(long)).max() <= 1.1 * np.abs(np.diff(sound)).max()
    level_db = 20.0 * np.log10(long.std() / sound.std())
    assert abs(level_db) < 1.0


def test_a_cross_fade_is_as_loud_as_what_it_joins() -> None:
    sound, plan = noise(FILE)[None], BedPlan(FILE, 7)
    long = bed(sound).read(0, MINUTE)[0]
    middles = [plan.start(grain) + plan.fade // 2 for grain in range(1, plan.at(MINUTE - FILE))]
    fades = np.concatenate([long[at - plan.fade // 4 : at + plan.fade // 4] for at in middles])
    assert abs(20.0 * np.log10(fades.std() / sound.std())) < 0.3


def test_no_period_is_heard() -> None:
    """The level of the bed is not like itself a grain later, as that of a file that is looped is."""
    sound = rain()
    bursts = sound * (np.arange(FILE) % FILE < SECOND)  # what stands out in a loop: one loud second
    long = bed(0.1 * sound + bursts).read(0, 4 * MINUTE)[0]
    looped = np.tile((0.1 * sound + bursts)[0], 60)
    assert highest_echo(looped) > 0.95
    assert highest_echo(long) < 0.5


def highest_echo(sound: np.ndarray) -> float:
    """Return the largest correlation of the level with itself, between 1 and 20 s later."""
    level = np.square(sound).reshape(-1, 4_800).mean(axis=1)
    level -= level.mean()
    return max(float(level[:-lag] @ level[lag:] / (level @ level)) for lag in range(10, 200))


def test_another_seed_is_another_bed() -> None:
    late = 10 * SECOND
    assert not np.array_equal(bed(rain(), 1).read(late, SECOND), bed(rain(), 2).read(late, SECOND))
    np.testing.assert_array_equal(bed(rain(), 1).read(late, SECOND), bed(rain(), 1).read(late, SECOND))


def test_in_the_mix_it_sounds_on_after_the_end_of_its_file_at_its_place() -> None:
    sound = rain()
    block = recording(11, 20.0, file_samples=FILE, bed_seed=3)
    what = scene(lane(1, block), seconds=20.0)
    field = mixed(what, {11: as_bed(recorded(sound, level_of(sound)), FILE, 3)}, limited=False).field
    levels = np.square(field[0]).reshape(40, -1).mean(axis=1)
    assert levels.min() > 0.3 * levels.mean()
    split = scene(
        lane(1, recording(11, 9.0, file_samples=FILE, bed_seed=3),
             recording(12, 11.0, start_sample=9 * SECOND, file_samples=FILE, offset_samples=9 * SECOND, bed_seed=3)),
        seconds=20.0,
    )  # fmt: skip
    sounds = {number: as_bed(recorded(sound, level_of(sound)), FILE, 3) for number in (11, 12)}
    np.testing.assert_array_equal(mixed(split, sounds, limited=False).field, field)


def test_a_field_keeps_its_directions() -> None:
    foa = encode_point(rain()[0], Direction(70.0)).astype(np.float32)
    what = as_bed(field_sound(foa, follows_path=False), FILE, 3)
    direction, _ = direction_and_diffuseness(what.samples.read(10 * SECOND, 5 * SECOND))
    assert np.rad2deg(np.arctan2(direction[1], direction[0])) == pytest.approx(70.0, abs=0.5)
    assert what.field is not None
    assert np.rad2deg(np.arctan2(*what.field.shown.directions[0][1::-1])) == pytest.approx(70.0, abs=0.5)


def test_a_file_that_has_become_too_short_is_played_once() -> None:
    short = recorded(rain(SHORTEST_FILE_SAMPLES - 1))
    assert as_bed(short, SHORTEST_FILE_SAMPLES - 1, 3) is short
    with pytest.raises(ValueError, match="needs a file"):
        BedPlan(SHORTEST_FILE_SAMPLES - 1, 0)
