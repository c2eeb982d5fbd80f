"""The loop with a hand on every side: ring read by the test, commands put by the test."""

import time

import numpy as np
import pytest

from engine.ambisonics.intensity import direction_and_diffuseness
from engine.contract.control import DirectionPath, GenerationSettings, Prompt
from engine.contract.conventions import PATCH_SAMPLES
from engine.contract.directions import Direction
from engine.contract.telemetry import EngineNotice
from engine.contract.video import Pose, pose_turn, upright_view
from engine.runtime.processes.messages import Failure, PatchMade, SettingsTaken
from engine.runtime.shared.epochs import next_iteration, take_of
from engine.runtime.shared.state import Phase
from tests.engine.runtime.generation.generation_rig import BUFFER_S, FILM_END, Rig, sound
from tests.fakes import FakeSource


@pytest.fixture
def rig(tmp_path):
    made = Rig(tmp_path)
    yield made
    made.close()


def test_it_fills_the_buffer_and_then_waits(rig):
    rig.take(0)
    rig.wait_for(lambda: rig.owner.filled_slots * 1920 >= BUFFER_S * 48_000)
    time.sleep(0.1)
    assert rig.owner.filled_slots * 1920 < BUFFER_S * 48_000 + PATCH_SAMPLES
    made = len(rig.of(PatchMade))
    rig.drain(2 * PATCH_SAMPLES)
    rig.wait_for(lambda: len(rig.of(PatchMade)) == made + 2)


def test_the_film_is_made_to_its_last_sample_and_not_further(rig):
    rig.take(0)
    pieces = rig.drain(FILM_END)
    time.sleep(0.05)
    assert rig.owner.filled_slots == 0
    assert [start for _, start, _ in pieces] == sorted(start for _, start, _ in pieces)
    phases = 2 * np.pi * 1000 * np.arange(FILM_END) / 48_000
    np.testing.assert_allclose(sound(pieces)[0], 0.25 * np.sin(phases), atol=1e-4)
    asked = np.array(rig.pictures[0].asked)
    np.testing.assert_allclose(asked, 0.16 * np.arange(asked.size))


def test_what_the_ring_got_is_recorded(rig):
    rig.take(0)
    heard = sound(rig.drain(FILM_END))
    rig.wait_for(lambda: sum(patch.samples for patch in rig.of(PatchMade)) == FILM_END)
    np.testing.assert_array_equal(sound(rig.recorder.written), heard)
    assert [start for _, start, _ in rig.recorder.written] == list(range(0, FILM_END, PATCH_SAMPLES))
    assert [request.start_sample for request in rig.recorder.begun] == [0]
    assert [change.patch_index for change in rig.recorder.settings] == [0]


def test_a_seek_starts_at_the_very_sample_and_on_the_patch_grid(rig):
    rig.take(0)
    rig.drain(PATCH_SAMPLES)
    start = 5 * PATCH_SAMPLES + 1234
    rig.take(start)
    pieces = rig.drain(PATCH_SAMPLES)
    assert pieces[0][1] == start
    phases = 2 * np.pi * 1000 * (1234 + np.arange(PATCH_SAMPLES)) / 48_000
    np.testing.assert_allclose(sound(pieces)[0], 0.25 * np.sin(phases), atol=1e-4)
    assert {take_of(epoch) for epoch, _, _ in pieces} == {take_of(rig.epoch)}


def test_the_loop_runs_ahead_over_the_seam(rig):
    rig.state.loop = True
    rig.take(FILM_END - PATCH_SAMPLES)
    pieces = rig.drain(FILM_END)
    assert {epoch for epoch, _, _ in pieces} == {rig.epoch, next_iteration(rig.epoch)}
    iteration = [(start, samples) for epoch, start, samples in pieces if epoch == next_iteration(rig.epoch)]
    assert iteration[0][0] == 0
    rig.wait_for(lambda: rig.owner.filled_slots * 1920 >= BUFFER_S * 48_000)


def test_a_range_repeats_at_the_very_samples(rig):
    start, end = PATCH_SAMPLES + 100, 3 * PATCH_SAMPLES + 50
    rig.state.loop_range = (start, end)
    rig.take(0)
    pieces = rig.drain(end + 2 * (end - start))
    laps = [rig.epoch, next_iteration(rig.epoch), next_iteration(next_iteration(rig.epoch))]
    for lap, begins in zip(laps, (0, start, start), strict=True):
        mine = [(at, samples.shape[1]) for epoch, at, samples in pieces if epoch == lap]
        assert (mine[0][0], mine[-1][0] + mine[-1][1]) == (begins, end)


def test_a_range_that_is_taken_away_in_time_is_not_the_end(rig):
    rig.state.loop_range = (0, FILM_END - PATCH_SAMPLES)
    rig.take(0)
    rig.drain(PATCH_SAMPLES)
    rig.state.loop_range = None
    pieces = rig.drain(FILM_END - PATCH_SAMPLES)
    assert {epoch for epoch, _, _ in pieces} == {rig.epoch}


def test_a_change_is_told_with_the_patch_it_starts_at(rig):
    rig.take(0)
    rig.wait_for(lambda: rig.owner.filled_slots * 1920 >= BUFFER_S * 48_000)
    until = rig.state.produced_until
    left = GenerationSettings(prompt=Prompt("500 Hz"), path=DirectionPath.fixed(Direction(90.0)))
    version = rig.settings.put(left)
    rig.drain(2 * PATCH_SAMPLES)
    rig.wait_for(lambda: len(rig.of(SettingsTaken)) == 2)
    first, taken = rig.of(SettingsTaken)
    assert (first.change.patch_index, first.is_news) == (0, False)
    assert taken.version == version
    assert taken.is_news
    assert taken.heard_at_s == until / 48_000
    assert taken.change.patch_index == until // PATCH_SAMPLES
    assert taken.change.settings == left
    rig.drain(until - 2 * PATCH_SAMPLES)
    changed = sound(rig.drain(1920))
    np.testing.assert_allclose(changed[1], changed[0], atol=1e-5)


def test_a_change_that_a_seek_dropped_is_told_again(rig):
    rig.settings.put(GenerationSettings(prompt=Prompt("500")))
    rig.take(0)
    rig.wait_for(lambda: len(rig.of(SettingsTaken)) == 1)
    rig.take(48_000, heard_before=(rig.epoch, 0))
    rig.wait_for(lambda: len(rig.of(SettingsTaken)) == 2)
    rig.take(96_000, heard_before=(rig.epoch, 50_000))
    rig.wait_for(lambda: len(rig.of(SettingsTaken)) == 3)
    assert [taken.is_news for taken in rig.of(SettingsTaken)] == [True, True, False]


def test_levels_say_where_the_sound_is(rig):
    rig.settings.put(GenerationSettings(path=DirectionPath.fixed(Direction(90.0))))
    rig.take(0)
    rig.wait_for(lambda: rig.of(PatchMade))
    levels = rig.of(PatchMade)[0].levels
    assert [level.start_s for level in levels] == pytest.approx([0.0, 0.04, 0.08, 0.12])
    for level in levels:
        np.testing.assert_allclose(level.direction, [0.0, 1.0, 0.0], atol=0.02)
        assert level.rms[0] == pytest.approx(0.25 / np.sqrt(2), rel=0.02)


def test_a_damaged_film_is_told_and_another_one_plays(rig):
    rig.film_fails = True
    rig.take(0)
    rig.wait_for(lambda: rig.of(Failure))
    assert not rig.of(Failure)[0].fatal
    rig.film_fails = False
    rig.take(0, film_number=2)
    rig.drain(PATCH_SAMPLES)
    assert len(rig.of(Failure)) == 1


def test_a_film_that_never_comes_does_not_hold_up_the_sound(rig):
    rig.film_late_s = 2.0
    rig.state.play = True
    rig.state.phase = Phase.PLAYING
    began = time.monotonic()
    rig.take(0)
    rig.drain(FILM_END)
    # The buffer is empty throughout, so that nothing can be spared: 19 patches come without one wait.
    assert time.monotonic() - began < 1.0
    assert all(patch.is_picture_late for patch in rig.of(PatchMade))
    (notice,) = rig.of(EngineNotice)
    assert "read too slowly" in notice.message
    assert notice.lasts
    assert rig.of(Failure) == []
    rig.film_late_s = 0.0
    rig.take(0, film_number=2)
    rig.wait_for(lambda: len(rig.of(EngineNotice)) == 2)
    assert (rig.of(EngineNotice)[1].message, rig.of(EngineNotice)[1].topic) == ("", notice.topic)


def test_a_seek_is_not_held_up_by_a_film_that_never_comes(rig):
    rig.film_late_s = 2.0
    rig.take(0)
    rig.wait_for(lambda: rig.pictures)
    assert rig.of(PatchMade) == []  # paused, so the picture is waited for
    began = time.monotonic()
    rig.film_late_s = 0.0
    rig.take(PATCH_SAMPLES, film_number=2)
    rig.wait_for(lambda: rig.of(PatchMade))
    assert time.monotonic() - began < 0.5
    assert rig.of(PatchMade)[0].start_sample == PATCH_SAMPLES


def test_fixed_steps_are_kept_and_free_ones_follow_the_clock(rig):
    rig.settings.put(GenerationSettings(steps=13))
    rig.take(0)
    rig.drain(4 * PATCH_SAMPLES)
    assert {patch.flow_steps for patch in rig.of(PatchMade)} == {13}


def test_a_broken_model_ends_the_loop_with_its_error(tmp_path):
    rig = Rig(tmp_path, FakeSource(fail_at_patch=2))
    try:
        rig.take(0)
        rig.wait_for(lambda: rig.error is not None)
        assert "told to fail" in str(rig.error)
    finally:
        rig.close()


def test_words_that_say_a_place_put_the_sound_there_and_the_rest_is_told(rig):
    asked = GenerationSettings(Prompt("a tone on the left, no thunder"))
    rig.settings.put(asked)
    rig.take(0)
    w, y, _z, x = sound(rig.drain(4 * PATCH_SAMPLES))
    assert np.mean(w * y) > 0.9 * np.mean(w * w)
    assert abs(np.mean(w * x)) < 0.01 * np.mean(w * w)
    rig.wait_for(lambda: rig.of(SettingsTaken))
    taken = rig.of(SettingsTaken)[0]
    assert '"a tone" at 90,0' in taken.read_as
    assert taken.change.settings == asked
    (notice,) = (told for told in rig.of(EngineNotice) if told.topic == "prompt")
    assert "no thunder" in notice.message


def test_with_a_corrected_horizon_a_chosen_direction_is_made_where_the_ear_turns_it_from(rig):
    """Recorded as the film's own picture has it; told to the meters as it is heard."""
    pose, chosen = Pose(yaw_deg=50.0, pitch_deg=-20.0, roll_deg=15.0), Direction(60.0, 10.0)
    rig.state.upright = upright_view(pose)
    rig.settings.put(GenerationSettings(path=DirectionPath.fixed(chosen)))
    rig.take(0)
    made = sound(rig.drain(2 * PATCH_SAMPLES))
    in_film, _ = direction_and_diffuseness(made)
    np.testing.assert_allclose(pose_turn(pose) @ in_film, chosen.unit_vector(), atol=1e-3)
    levels = rig.of(PatchMade)[0].levels[-1]
    np.testing.assert_allclose(levels.direction, chosen.unit_vector(), atol=1e-3)
