"""The mix is physics: left is left, a path is followed, solo silences, blocks of any size give the same samples."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.ambisonics.binaural import BinauralRenderer
from engine.ambisonics.binaural_file import load_filters
from engine.ambisonics.encoding import encode_point
from engine.ambisonics.intensity import direction_and_diffuseness
from engine.contract.directions import Direction
from engine.contract.scene.blocks import Convention
from engine.contract.scene.lane import LaneKind
from engine.contract.scene.place import Keyframe, LanePath
from engine.contract.scene.scene import HeadLockedBus, Scene
from engine.rendering.mix.mixer import SceneMixer
from engine.rendering.mix.sounds import BlockSound
from tests.benchmarks import bench_mix
from tests.engine.rendering.mix.mixing import (
    SECOND,
    error_deg,
    field_sound,
    generated,
    lane,
    level_of,
    mixed,
    noise,
    recorded,
    recording,
    scene,
    take_at,
)

LEFT = LanePath.fixed(Direction(90.0))


def rms(sound: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(sound, dtype=np.float64))))


def busy_scene() -> tuple[Scene, dict[int, BlockSound]]:
    """Return a scene with everything at once: paths, widths, distances, fades, takes, recordings."""
    arc = LanePath((Keyframe(0, Direction(-120.0, 10.0), 1.0), Keyframe(SECOND, Direction(60.0, 40.0), 40.0)))
    made = scene(
        lane(1, generated(11, 1.0, start_sample=777, fade_in_samples=900, before_samples=333), path=arc, gain_db=-3.0),
        lane(2, recording(12, 0.7), recording(13, 0.9, start_sample=20_001, fade_out_samples=5_000), width_deg=200.0),
        lane(3, recording(14, 1.2, Convention.STEREO), path=arc, width_deg=90.0),
        lane(4, recording(15, 1.0, Convention.STEREO, offset_samples=99), kind=LaneKind.HEAD_LOCKED),
        lane(5, recording(16, 1.1, Convention.AMBIX), path=LEFT, kind=LaneKind.BED, width_deg=120.0),
        lane(6, recording(17, 1.0), mute=True),
        seconds=1.3,
        master_gain_db=2.0,
    )
    stereo = np.stack([noise(SECOND, 5), noise(SECOND, 6)])
    sounds = {
        11: take_at(30.0, SECOND, 1),
        12: recorded(noise(SECOND, 2)[None]),
        13: recorded(noise(SECOND, 3)[None]),
        14: recorded(stereo),
        15: recorded(stereo),
        16: field_sound(encode_point(noise(SECOND, 8), Direction(10.0)), follows_path=False),
        17: recorded(noise(SECOND, 9)[None]),
    }
    return made, sounds


def test_a_mono_recording_at_90_degrees_is_louder_in_the_left_ear() -> None:
    sounds = {10: recorded(noise(2 * SECOND)[None])}
    for azimuth_deg, sign in ((90.0, 1.0), (-90.0, -1.0)):
        foa = mixed(scene(lane(1, recording(10), path=LanePath.fixed(Direction(azimuth_deg)))), sounds).field
        left, right = BinauralRenderer(load_filters()).process(foa)
        assert sign * 20.0 * np.log10(rms(left) / rms(right)) > 6.0


@pytest.mark.parametrize("sound", ["take", "mono", "recorded field"])
def test_a_path_is_followed_to_5_degrees(sound: str) -> None:
    """Half a turn over the left in 4 s; the model put the take 40 degrees off, and did not move it."""
    length = 4 * SECOND
    path = LanePath((Keyframe(0, Direction(0.0)), Keyframe(length, Direction(180.0, 0.0))))
    made = {
        "take": take_at(-40.0, length),
        "mono": recorded(noise(length)[None]),
        "recorded field": field_sound(encode_point(noise(length), Direction(0.0)), follows_path=False),
    }[sound]
    block = generated(10, 4.0) if sound == "take" else recording(10, 4.0, Convention.MONO)
    foa = mixed(scene(lane(1, block, path=path), seconds=4.0), {10: made}).field
    for part in range(16):
        at = slice(part * SECOND // 4, (part + 1) * SECOND // 4)
        assert error_deg(foa[:, at], 180.0 * (part + 0.5) / 16) < 5.0


def test_without_a_path_a_take_stays_where_the_model_put_it_to_the_bit() -> None:
    foa = encode_point(noise(2 * SECOND), Direction(-70.0, 20.0))
    out = mixed(scene(lane(1, generated(10))), {10: field_sound(foa)}).field
    assert np.array_equal(out, foa.astype(np.float32))


@pytest.mark.slow
@given(st.lists(st.integers(1, 4_096), min_size=1, max_size=12))
@settings(max_examples=15, deadline=None)
def test_blocks_of_any_size_give_the_samples_of_the_whole(sizes: list[int]) -> None:
    what, sounds = busy_scene()
    count = sum(sizes)
    whole = mixed(what, sounds, count, keeps_lanes=True)
    mixer = SceneMixer(what, sounds, keeps_lanes=True)
    parts = [mixer.read(size) for size in sizes]
    assert np.array_equal(np.concatenate([part.field for part in parts], axis=1), whole.field)
    assert np.array_equal(np.concatenate([part.head_locked for part in parts], axis=1), whole.head_locked)
    for lane_id, own in whole.lanes.items():
        assert np.array_equal(np.concatenate([part.lanes[lane_id] for part in parts], axis=1), own)
    assert mixer.position == count


def test_single_samples_give_the_samples_of_the_whole() -> None:
    what, sounds = busy_scene()
    mixer = SceneMixer(what, sounds)
    single = np.concatenate([mixer.read(1).field for _ in range(2_000)], axis=1)
    assert np.array_equal(single, mixed(what, sounds, 2_000).field)


def test_the_lanes_add_up_to_the_mix() -> None:
    what, sounds = busy_scene()
    out = mixed(what, sounds, limited=False, keeps_lanes=True)
    field = sum(own for own in out.lanes.values() if len(own) == 4)
    stereo = sum(own for own in out.lanes.values() if len(own) == 2)
    assert all(out.lanes[number].any() for number in (1, 2, 3, 4, 5))
    assert not out.lanes[6].any()
    np.testing.assert_allclose(field, out.field, atol=1e-6)
    np.testing.assert_allclose(stereo, out.head_locked, atol=1e-6)


def test_solo_silences_the_others() -> None:
    lanes = [lane(number, recording(10 + number), solo=number == 2) for number in (1, 2, 3)]
    sounds = {10 + number: recorded(noise(2 * SECOND, number)[None]) for number in (1, 2, 3)}
    out = mixed(scene(*lanes), sounds, keeps_lanes=True)
    assert [own.any() for own in out.lanes.values()] == [False, True, False]
    assert np.array_equal(out.field[0], noise(2 * SECOND, 2))


def test_what_is_muted_is_not_even_read() -> None:
    class Unread:
        def read(self, start: int, count: int) -> np.ndarray:
            raise AssertionError("a muted lane was read")

    sound = BlockSound(1, Unread(), level_of(noise(SECOND)[None]))
    assert not mixed(scene(lane(1, recording(10), mute=True)), {10: sound}).field.any()


def test_at_0_db_every_lane_is_equally_loud_and_stays_so_alone() -> None:
    """Surf at -20 dB and a dog at -45 dB; each lane measured in the mix of both, and alone."""
    surf, dog = noise(6 * SECOND, 1, 0.1), noise(6 * SECOND, 2, 0.005)
    dog[np.arange(dog.size) % SECOND > SECOND // 2] *= 0.01
    sounds = {11: recorded(surf[None], level_of(surf[None])), 12: recorded(dog[None], level_of(dog[None]))}
    lanes = [lane(1, recording(11, 6.0)), lane(2, recording(12, 6.0))]
    together = mixed(scene(*lanes, seconds=6.0), sounds, keeps_lanes=True).lanes
    levels = [level_of(together[number]).level_db for number in (1, 2)]
    assert abs(levels[0] - levels[1]) < 2.5  # a sparse sound keeps half of its pauses' effect, here 1.4 dB
    alone = mixed(scene(lanes[1], seconds=6.0), sounds, keeps_lanes=True).lanes[2]
    assert np.array_equal(alone, together[2])


def test_splitting_a_block_changes_no_sample() -> None:
    sound = take_at(20.0, 2 * SECOND)
    whole = mixed(scene(lane(1, generated(10), path=LEFT)), {10: sound}).field
    halves = (generated(10, 0.9), generated(11, 1.1, start_sample=43_200, before_samples=43_200))
    split = mixed(scene(lane(1, *halves, path=LEFT)), {10: sound, 11: sound}).field
    np.testing.assert_allclose(split, whole, atol=1e-5)


def test_fades_of_two_blocks_that_cross_keep_the_power() -> None:
    fade = SECOND // 2
    blocks = (
        recording(10, 1.0, fade_out_samples=fade),
        recording(11, 1.0, start_sample=SECOND // 2, fade_in_samples=fade),
    )
    sounds = {key: recorded(noise(SECOND, key)[None]) for key in (10, 11)}
    out = mixed(scene(lane(1, *blocks)), sounds).field[0]
    assert rms(out[SECOND // 2 : SECOND]) == pytest.approx(0.1, rel=0.02)


def test_twice_as_far_is_half_as_loud_and_far_away_is_duller() -> None:
    sounds = {10: recorded(noise(2 * SECOND)[None])}
    near, twice, far = (
        mixed(scene(lane(1, recording(10), path=LanePath.fixed(Direction(0.0), metres))), sounds).field[0]
        for metres in (2.0, 4.0, 200.0)
    )
    assert np.array_equal(near, noise(2 * SECOND))
    assert rms(twice) / rms(near) == pytest.approx(0.5, rel=0.05)

    def tilt(sound: np.ndarray) -> float:
        power = np.abs(np.fft.rfft(sound)) ** 2
        return 10.0 * np.log10(power[2 * 8_000 - 500 : 2 * 8_000 + 500].mean() / power[2 * 200 : 2 * 600].mean())

    assert tilt(near) == pytest.approx(0.0, abs=1.0)
    assert -14.0 < tilt(far) < -7.0


def test_width_takes_and_gives_direction() -> None:
    diffuse = np.random.default_rng(3).standard_normal((4, 2 * SECOND)).astype(np.float32) * 0.1
    diffuse[1:] /= np.sqrt(3.0)
    half = 0.7 * encode_point(noise(2 * SECOND, 4), Direction(90.0)) + 0.7 * diffuse
    spreads = []
    for width_deg in (None, 0.0, 240.0, 360.0):
        out = mixed(scene(lane(1, generated(10), path=LEFT, width_deg=width_deg)), {10: field_sound(half)}).field
        spreads.append(direction_and_diffuseness(out)[1])
    assert spreads[1] < 0.02
    assert spreads[1] < spreads[0] < spreads[2] < spreads[3]
    assert spreads[3] > 0.9


def test_a_stereo_recording_stands_30_degrees_to_each_side_or_is_locked_to_the_head() -> None:
    left_only = np.stack([noise(2 * SECOND), np.zeros(2 * SECOND, np.float32)])
    block = recording(10, convention=Convention.STEREO)
    for width_deg, azimuth_deg in ((None, 30.0), (120.0, 60.0)):
        out = mixed(scene(lane(1, block, width_deg=width_deg)), {10: recorded(left_only)})
        assert error_deg(out.field, azimuth_deg) < 0.5
    turned = mixed(scene(lane(1, block, path=LanePath.fixed(Direction(-90.0)))), {10: recorded(left_only)})
    assert error_deg(turned.field, -60.0) < 0.5
    bus = HeadLockedBus(-6.0)
    locked = mixed(scene(lane(1, block, kind=LaneKind.HEAD_LOCKED), head_locked=bus), {10: recorded(left_only)})
    assert not locked.field.any()
    np.testing.assert_allclose(locked.head_locked, left_only * 10.0 ** (-6.0 / 20.0), atol=1e-6)


def test_a_range_is_the_part_of_the_whole() -> None:
    what = scene(lane(1, recording(10), path=LEFT), lane(2, recording(11, fade_in_samples=SECOND), gain_db=-6.0))
    sounds = {key: recorded(noise(2 * SECOND, key)[None]) for key in (10, 11)}
    part = mixed(what, sounds, 10_000, start_sample=12_345).field
    assert np.array_equal(part, mixed(what, sounds).field[:, 12_345:22_345])


def take_from_the_right(seconds: int) -> BlockSound:
    """Return a take of strokes around the right: turned to the left, it stands as the turns before have left it."""
    rng = np.random.default_rng(2)
    parts = [
        encode_point(
            noise(SECOND // 4, number) * np.linspace(1.0, 0.0, SECOND // 4) ** 2,
            Direction(rng.uniform(-105.0, -75.0), rng.uniform(-15.0, 15.0)),
        )
        for number in range(4 * seconds)
    ]
    return field_sound(0.3 * np.concatenate(parts, axis=1))


@pytest.mark.parametrize("width_deg", [None, 90.0])
def test_a_range_has_the_turns_of_the_whole(width_deg: float | None) -> None:
    """With the run-up of a rendering; without the turns before, the field stands otherwise."""
    block = generated(10, 3.8, start_sample=4_999)
    what = scene(lane(1, block, path=LEFT, width_deg=width_deg), seconds=4.0)
    sounds = {10: take_from_the_right(4)}
    whole = mixed(what, sounds).field
    mixer = SceneMixer(what, sounds)
    mixer.seek_following(2 * SECOND + 77)
    mixer.read(SECOND)
    assert np.array_equal(mixer.read(20_000).field, whole[:, 3 * SECOND + 77 :][:, :20_000])
    mixer.seek(2 * SECOND + 77)
    mixer.read(SECOND)
    assert np.abs(mixer.read(20_000).field - whole[:, 3 * SECOND + 77 :][:, :20_000]).max() > 1e-3


@pytest.mark.slow
def test_a_block_takes_little_memory_and_keeps_none() -> None:
    """What an audio callback may take: eight takes on paths, in blocks of 512 samples."""
    path = LanePath((Keyframe(0, Direction(0.0)), Keyframe(2 * SECOND, Direction(170.0, 20.0), 30.0)))
    sound = take_at(30.0, 2 * SECOND)
    lanes = [lane(number, generated(100 + number), path=path) for number in range(1, 9)]
    mixer = SceneMixer(scene(*lanes), {100 + number: sound for number in range(1, 9)})
    tracemalloc.start()
    try:
        for _ in range(20):
            mixer.read(512)
        kept = tracemalloc.get_traced_memory()[0]
        peaks = []
        for _ in range(100):
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            mixer.read(512)
            peaks.append(tracemalloc.get_traced_memory()[1] - before)
        assert max(peaks) < 120 * 1024
        assert tracemalloc.get_traced_memory()[0] - kept < 8 * 1024
    finally:
        tracemalloc.stop()


@pytest.mark.slow
def test_the_benchmark_of_the_mix_runs_small(capsys: pytest.CaptureFixture[str]) -> None:
    bench_mix.main(["--seconds", "0.2"])
    rows = capsys.readouterr().out.splitlines()
    assert len(rows) == 11
    assert rows[-1].startswith("a fader")
