"""Performances keep what surrounds an event, go on in their rhythm, and are never digitally silent."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from numpy.typing import NDArray

from engine.contract.conventions import PATCH_S
from engine.scenes.composer import SceneComposer, SceneOptions
from engine.scenes.performing.events import find_events, is_texture
from engine.scenes.performing.joints import find_loop
from engine.scenes.performing.laying_out import Material, lay_out
from engine.scenes.performing.rhythm import PERIODS_S, SHORTEST_S, is_rhythmic
from engine.scenes.performing.room_tone import room_tone
from engine.scenes.plan_sampler import PlanSampler
from engine.scenes.sound_bank import SoundBank, load_sound_bank

RATE = 48_000
SCENE = 8 * RATE


def noise(seconds: float, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=round(seconds * RATE)).astype(np.float32)


def clip_with(at_s: list[float], seconds: float, floor: float, length_s: float = 0.05) -> NDArray[np.float32]:
    """Return bursts of noise at times, over a floor of noise."""
    wave = floor * noise(seconds, 1)
    for number, at in enumerate(at_s):
        burst = noise(length_s, 2 + number) * np.exp(-np.linspace(0, 4, round(length_s * RATE)))
        wave[round(at * RATE) : round(at * RATE) + len(burst)] += burst.astype(np.float32)
    return wave.astype(np.float32)


def performed(material: Material, seed: int = 0, **how: bool) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    shown = lay_out(material, SCENE, np.random.default_rng(seed), **({"at_once": False} | how))
    return shown.channels[0], shown.onsets


def level_range_db(wave: NDArray[np.float32]) -> float:
    """Return the range of the level of 50-ms frames, 5th to 95th percentile, in dB."""
    frames = wave[: len(wave) // 2_400 * 2_400].reshape(-1, 2_400).astype(float)
    level = 10 * np.log10(np.square(frames).mean(1) + 1e-12)
    return float(np.percentile(level, 95) - np.percentile(level, 5))


def strokes_s(wave: NDArray[np.float32], apart_s: float) -> NDArray[np.float64]:
    """Return when a level of 5-ms frames rises above its 97th percentile, at least `apart_s` after the last time."""
    level = np.square(wave[: len(wave) // 240 * 240].reshape(-1, 240)).mean(1)
    found: list[int] = []
    for at in np.flatnonzero(level > 0.25 * np.quantile(level, 0.995)):
        if not found or (at - found[-1]) * 0.005 > apart_s:
            found.append(int(at))
    return np.array(found) * 0.005


@pytest.mark.parametrize("seed", range(5))
def test_the_recording_around_an_event_stays(seed: int) -> None:
    wave = clip_with([1.0], 2.0, floor=0.01)
    (event,) = find_events(wave)
    assert event.before == pytest.approx(0.3 * RATE, abs=480)
    assert event.tail >= 0.3 * RATE
    shown, onsets = performed(Material(wave[None]), seed)
    # 0.2 s before an event there is the floor, as loud as in the clip.
    before = shown[onsets[2] - 9_600 : onsets[2] - 4_800]
    assert np.sqrt(np.mean(before**2)) / np.abs(shown).max() > 0.3 * 0.01 / np.abs(wave).max()


def test_what_rings_is_not_cut() -> None:
    t = np.arange(6 * RATE) / RATE
    bell = (np.sin(2 * np.pi * 700 * t) * np.exp(-1.5 * t)).astype(np.float32)
    events = find_events(bell)
    assert not is_texture(bell, events)
    shown, onsets = performed(Material(bell[None], period_s=(2.0, 4.5)), once=True)
    assert len(onsets) == 1
    rest = shown[onsets[0] :][: 3 * RATE]
    # After two seconds it has fallen by 26 dB, as the bell has, and not into silence.
    late, early = (float(np.sqrt(np.mean(rest[at : at + 4_800] ** 2))) for at in (2 * RATE, 0))
    assert 20 * np.log10(early / late) == pytest.approx(26.0, abs=1.5)


def test_what_goes_on_is_a_texture_and_what_dies_away_is_none() -> None:
    steady = 0.1 * noise(5.0)
    assert is_texture(steady, find_events(steady))
    dying = steady * np.exp(-np.linspace(0, 2.3, len(steady))).astype(np.float32)
    assert not is_texture(dying, find_events(dying))


@pytest.mark.parametrize("floor", [0.0, 0.002, 0.03])
@pytest.mark.parametrize("seed", range(4))
def test_a_clock_goes_on_in_its_rhythm_across_the_joint(floor: float, seed: int) -> None:
    """A clip of 5 s makes 8 s: the ticks come when they are due, on a quiet floor as well as on one of -20 dB."""
    clock = clip_with([0.2 + 0.5 * n for n in range(10)], 5.0, floor)
    shown, _ = performed(Material(clock[None], period_s=PERIODS_S["clock ticking"]), seed)
    ticks = strokes_s(shown, 0.2)
    steps = np.diff(ticks)
    assert len(steps) >= 14
    assert np.abs(steps - 0.5).max() < 0.03


def test_a_pattern_stays_a_pattern() -> None:
    """Tick, tock: after the joint the other one is due."""
    wave = clip_with([0.2 + 1.2 * n for n in range(4)], 5.0, 0.002)
    wave += 0.5 * clip_with([0.65 + 1.2 * n for n in range(4)], 5.0, 0.0)
    shown, _ = performed(Material(wave[None], period_s=PERIODS_S["clock ticking"]), 3)
    steps = np.diff(strokes_s(shown, 0.2))
    assert len(steps) >= 10
    assert np.abs(steps[::2] - steps[0]).max() < 0.04
    assert np.abs(steps[1::2] - steps[1]).max() < 0.04


def test_a_rhythm_that_cannot_be_looped_begins_again_when_it_is_due() -> None:
    """Two strokes of different colour in a short clip: no joint fits, and the next stroke comes a step later."""
    wave = clip_with([0.3], 1.4, 0.0, 0.1) + 0.3 * clip_with([1.2], 1.4, 0.0, 0.02)
    _, onsets = performed(Material(wave[None], period_s=PERIODS_S["wood chopping"]), 4)
    steps = np.diff(onsets) / RATE
    assert len(steps) >= 7
    assert np.abs(steps - 0.9).max() < 0.03


def test_any_clip_fills_its_time() -> None:
    rng = np.random.default_rng(7)
    for number in range(150):
        seconds = float(rng.uniform(0.05, 12.0))
        times = sorted(rng.uniform(0.0, max(seconds - 0.1, 0.01), int(rng.integers(0, 9))))
        wave = clip_with([t for t in times if t + 0.06 < seconds], seconds, float(rng.choice([0.0, 0.001, 0.1])))
        period = (0.3, 0.6) if number % 2 else None
        shown, onsets = performed(Material(wave[None], period_s=period), number, at_once=number % 3 == 0)
        assert len(shown) == SCENE
        assert np.isfinite(shown).all()
        assert np.all((onsets >= 0) & (onsets < SCENE))
        assert np.all(np.diff(onsets) > 0)


def test_takes_of_one_event_follow_one_another_at_a_natural_rate() -> None:
    takes = []
    for frequency in (300.0, 600.0, 1_200.0):
        t = np.arange(int(0.2 * RATE)) / RATE
        takes.append((np.sin(2 * np.pi * frequency * t) * np.exp(-30 * t)).astype(np.float32))
    shown, onsets = performed(Material(takes[0][None], tuple(takes[1:]), PERIODS_S["footsteps"]), 2)
    steps = np.diff(onsets) / RATE
    shortest, longest = PERIODS_S["footsteps"]
    assert len(steps) >= 11
    assert shortest < np.median(steps) < longest
    assert np.std(steps) / np.mean(steps) < 0.06
    heard = []
    for onset in onsets[:-1]:
        spectrum = np.abs(np.fft.rfft(shown[onset : onset + 4_800]))
        heard.append(int(np.argmin(np.abs(np.array([300.0, 600.0, 1_200.0]) - spectrum.argmax() * 10))))
    assert set(heard) == {0, 1, 2}
    assert all(one != other for one, other in pairwise(heard))


def test_one_event_is_one_event_unless_the_sound_goes_on() -> None:
    wave = clip_with([0.3, 0.9, 1.5], 2.0, 0.001)
    assert len(performed(Material(wave[None]))[1]) >= 5
    shown, onsets = performed(Material(wave[None]), once=True)
    assert len(onsets) == 1
    assert len(strokes_s(shown, 0.2)) == 1
    steady = 0.1 * noise(3.0)
    assert np.abs(performed(Material(steady[None]), once=True)[0][-RATE:]).mean() > 0.1


def test_a_joint_that_would_be_heard_is_a_pause() -> None:
    rising = (noise(3.0) * np.logspace(-1.0, 0.0, 3 * RATE)).astype(np.float32)
    assert find_loop(rising, 0.4) is None
    shown, _ = performed(Material(rising[None]), 1)
    level = np.square(shown[: len(shown) // 4_800 * 4_800].reshape(-1, 4_800)).mean(1)
    assert (level == 0).any()
    steady = 0.1 * noise(3.0)
    assert find_loop(steady, 0.4) is not None
    assert level_range_db(performed(Material(steady[None]), 1)[0]) < 2.0


def test_the_quiet_of_a_room_is_diffuse_and_falls_towards_the_highs() -> None:
    tone = room_tone(SCENE, -62.0, 5, torch.device("cpu")).numpy()
    assert tone.dtype == np.float32
    assert 20 * np.log10(tone[0].std()) == pytest.approx(-62.0, abs=0.5)
    assert np.square(tone[1:]).mean(1) / np.square(tone[0]).mean() == pytest.approx(1 / 3, rel=0.1)
    assert np.abs(np.corrcoef(tone) - np.eye(4)).max() < 0.05
    power = np.abs(np.fft.rfft(tone[0])) ** 2
    octaves = [10 * np.log10(power[8 * f : 16 * f].mean()) for f in (1_000, 2_000, 4_000, 8_000)]
    assert np.all((np.diff(octaves) < -2.0) & (np.diff(octaves) > -7.5))
    assert tone.tobytes() == room_tone(SCENE, -62.0, 5, torch.device("cpu")).numpy().tobytes()
    assert tone.tobytes() != room_tone(SCENE, -62.0, 6, torch.device("cpu")).numpy().tobytes()


def test_the_quiet_of_a_room_does_not_rumble() -> None:
    """What is quiet on average drowns short ticks in its lows: they may be no more than a quarter of it."""
    for seed in range(20):
        power = np.abs(np.fft.rfft(room_tone(SCENE, -62.0, seed, torch.device("cpu")).numpy()[0])) ** 2
        assert power[: 8 * 100].sum() < 0.25 * power.sum()


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> SoundBank:
    """Single steps and knocks, a horn and a long recording with pauses."""
    folder = tmp_path_factory.mktemp("data")
    rows = ["path\tlabel\tclass\tkind\tsource\tsource_id"]
    for n in range(6):
        soundfile.write(folder / f"step{n}.wav", clip_with([0.05], 0.4, 0.0, 0.1) / 8, RATE)
        rows.append(f"step{n}.wav\tstep\tfootsteps\tpoint\tTest\twalk")
        soundfile.write(folder / f"knock{n}.wav", clip_with([0.05], 0.3, 0.0, 0.1) / 8, RATE)
        rows.append(f"knock{n}.wav\tknock\twood hit\tpoint\tTest\tknock{n}")
    long = np.concatenate([np.zeros(40 * RATE), 0.1 * noise(15.0), np.zeros(40 * RATE)])
    soundfile.write(folder / "long.wav", long, RATE)
    rows.append("long.wav\tlong\tsea waves\tpoint\tTest\tlong")
    (folder / "sounds.tsv").write_text("\n".join(rows) + "\n")
    return load_sound_bank(folder, folder / "cache")


ONE = {"counts": (0.0, 1.0), "bed": 0.0, "room": 0.0, "moving": 0.0}


def test_scenes_breathe(bank: SoundBank) -> None:
    """Between knocks on a clip without a floor of its own the level falls to the room's, not to nothing."""

    def ranges(tone: float) -> list[float]:
        options = SceneOptions(**ONE, change=0.0, once=0.0, tone=tone, classes=("wood hit",))
        composer = SceneComposer(bank, options)
        return [level_range_db(composer.compose(seed).foa[0]) for seed in range(12)]

    # 50-ms frames of short knocks: the room lies 35 to 50 dB below their loud part.
    assert np.min(ranges(0.0)) > 60
    breathing = ranges(1.0)
    assert np.max(breathing) < 52
    assert 28 < np.median(breathing) < 45


def test_a_rhythmic_source_is_heard_for_six_seconds(bank: SoundBank) -> None:
    options = SceneOptions(**{**ONE, "counts": (0.0, 0.5, 0.5)}, change=1.0)
    drawer = PlanSampler(bank, options, None)
    kinds = set()
    for seed in range(200):
        plan = drawer.draw(seed)
        kinds.add(plan.change)
        for source in plan.sources:
            if is_rhythmic(source.sound.sound_class):
                patches = min(source.end_patch, plan.patches) - source.begin_patch
                assert patches * PATCH_S >= SHORTEST_S - 1e-9, (seed, plan.change)
    assert kinds == {"hold", "switch", "withdraw", "arrive"}


def test_steps_show_many_periods(bank: SoundBank) -> None:
    composer = SceneComposer(bank, SceneOptions(**ONE, change=0.0, classes=("footsteps",)))
    for seed in range(6):
        (source,) = composer.compose(seed).sources
        steps = np.diff(source.onsets_s)
        assert len(steps) >= 11
        assert np.std(steps) / np.mean(steps) < 0.06


def test_single_events_are_drawn_and_said(bank: SoundBank) -> None:
    options = SceneOptions(**ONE, change=0.0, once=1.0, classes=("wood hit",))
    composer = SceneComposer(bank, options)
    scenes = [composer.compose(seed) for seed in range(40)]
    assert {len(scene.sources[0].onsets_s) for scene in scenes} == {1}
    said = [scene.caption.lower() for scene in scenes]
    counted = [words for words in said if any(w in words for w in ("one ", "a single ", " once"))]
    assert 20 <= len(counted) < 40
    # A steady walk is never a single step.
    walking = SceneComposer(bank, SceneOptions(**ONE, change=0.0, once=1.0, classes=("footsteps",)))
    assert all(len(walking.compose(seed).sources[0].onsets_s) > 5 for seed in range(6))


def test_repeated_events_are_said_to_repeat(bank: SoundBank) -> None:
    composer = SceneComposer(bank, SceneOptions(**ONE, change=0.0, once=0.0, classes=("wood hit",)))
    said = [composer.compose(seed).caption for seed in range(60)]
    again = [words for words in said if any(w in words for w in ("again and again", "repeatedly", "many times"))]
    assert 5 <= len(again) <= 30
    assert not [words for words in said if " once" in words or "single" in words]


def test_the_far_is_softer_than_the_near(bank: SoundBank) -> None:
    drawer = PlanSampler(bank, SceneOptions(**ONE, change=0.0), None)
    sources = [drawer.draw(seed).sources[0] for seed in range(300)]
    distance = np.array([s.path.distance_m.min() for s in sources if s.path is not None])
    level = np.array([s.level_db for s in sources if s.path is not None])
    near, far = level[distance < 2.0], level[distance > 8.0]
    assert near.mean() - far.mean() == pytest.approx(8.4, abs=1.5)


def test_of_a_long_recording_a_stretch_is_read_and_none_of_its_pauses(
    bank: SoundBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    composer = SceneComposer(bank, SceneOptions(**ONE, change=0.0, tone=0.0, classes=("sea waves",)))
    largest = 0
    read = SoundBank.wave

    def measured(self: SoundBank, *what: object) -> NDArray[np.float32]:
        nonlocal largest
        wave = read(self, *what)  # type: ignore[arg-type]
        largest = max(largest, len(wave))
        return wave

    monkeypatch.setattr(SoundBank, "wave", measured)
    sounding = [float(np.abs(composer.compose(seed).foa[0]).max()) > 0.01 for seed in range(24)]
    assert largest < 10 * RATE
    # By chance, four of ten looks find the fifth of the recording that sounds.
    assert np.mean(sounding) > 0.5


def test_the_low_end_is_kept(tmp_path: Path) -> None:
    t = np.arange(4 * RATE) / RATE
    for frequency in (20.0, 40.0):
        folder = tmp_path / str(frequency)
        folder.mkdir()
        soundfile.write(folder / "low.wav", 0.3 * np.sin(2 * np.pi * frequency * t), RATE, subtype="FLOAT")
        (folder / "sounds.tsv").write_text("path\tlabel\tclass\tkind\tsource\nlow.wav\ta\tb\tpoint\ts\n")
        bank = load_sound_bank(folder, folder / "cache")
        kept = bank.wave(bank.sounds[0])[2 * RATE :]
        assert 20 * np.log10(kept.std() / (0.3 / 2**0.5)) == pytest.approx(0.0, abs=0.6)
