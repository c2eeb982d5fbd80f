"""Kinds of sound against real clips: the gates say what they measure, and unknown sounds are left out by name."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from engine.evaluation.probes import sounds
from engine.evaluation.probes.sound_figures import measure_kinds, over_all
from engine.evaluation.probes.sound_kinds import GATES, KINDS, NAMES, Gate, Kind
from engine.evaluation.probes.text import HeardTake, TextReport, judged, relative_agreement
from engine.evaluation.probes.text_ceiling import CLASS_OF_SOUND
from engine.evaluation.probes.text_prompts import TextPrompt
from tests.engine.evaluation.bench_fakes import PlaneWaveSource

RATE = 48_000


class RainTagger:
    """Whatever sounds is Rain."""

    class_names = ("Rain", "Dog")

    def mean_scores(self, mono: np.ndarray, rate_hz: int) -> np.ndarray:
        return np.array([0.9, 0.0]) * float(mono.any())


def clips(folder: Path) -> list[Path]:
    noise = np.random.default_rng(1).standard_normal((3, 3 * RATE)) * 0.1
    paths = [folder / f"{i}.wav" for i in range(3)]
    for path, wave in zip(paths, noise, strict=True):
        sf.write(path, wave, RATE)
    return paths


def test_takes_of_the_same_seeds_and_clips_have_the_same_figures(tmp_path: Path) -> None:
    kind = Kind("rain", "rain", "rain", ("rain", "rain falls"), 3, 40)
    source = PlaneWaveSource()
    real = {"rain": clips(tmp_path)}
    (report,) = measure_kinds(source, RainTagger(), real, real, steps=1, kinds=[kind], seconds=3.2)
    assert source.seeds == [40, 41, 42]
    assert {request.prompt.text for request in source.requests} == {"rain", "rain falls"}
    assert set(report.takes) == set(report.real) == set(NAMES)
    assert report.takes["heard"] == report.real["heard"] == 1.0
    # Both are white noise.
    assert report.takes["nearest_db"] < 1.0
    assert report.takes["range_db"] == pytest.approx(report.real["range_db"], abs=0.5)
    text = sounds.format_kinds([report])
    assert "rain, 20 to 100 Hz, dB of all" in text
    assert "wind" not in text
    whole = json.loads(json.dumps(sounds.as_json([report], None)))
    assert whole["gates"][0]["passed"] is True


def test_without_real_clips_nothing_is_made_up() -> None:
    kind = Kind("door", None, "door", ("a door",), 1, 0)
    (report,) = measure_kinds(PlaneWaveSource(), RainTagger(), {}, {}, steps=1, kinds=[kind], seconds=0.5)
    assert report.clips == 0
    assert all(np.isnan(value) for value in report.real.values())
    assert np.isnan(report.takes["nearest_db"])
    assert sounds.as_json([report], None)["kinds"]["door"]["real"]["tonal"] is None
    assert not any(passed for *_, passed in sounds.gates_of([report]))


def test_every_take_has_a_seed_of_its_own_whichever_kinds_are_chosen() -> None:
    seeds = [kind.seed + index for kind in KINDS for index in range(kind.takes)]
    assert len(set(seeds)) == len(seeds) == 64


def test_gates_have_bounds_and_figures_that_exist() -> None:
    assert {gate.kind for gate in GATES} <= {kind.name for kind in KINDS}
    assert {gate.figure for gate in GATES} <= set(NAMES)
    both = Gate("wind", "lows_db", least=-6.0, most=6.0, to_real=True)
    assert both.passes(-10.0, -5.0)
    assert not both.passes(-12.0, -5.0)
    assert not both.passes(2.0, -5.0)
    assert not both.passes(float("nan"), -5.0)
    assert both.target == "at least -6 and at most 6 from real clips"
    assert set(kind.sound for kind in KINDS if kind.sound) <= set(CLASS_OF_SOUND)


def test_words_count_against_what_real_clips_reach() -> None:
    said = (TextPrompt("a", "rain"), TextPrompt("b", "dog"), TextPrompt("c", "wind"), TextPrompt("d", "bell"))
    agreed = {"rain": (8, 10), "dog": (4, 10), "wind": (1, 10), "bell": (0, 0)}
    known = judged(agreed, 0.4, said)
    assert known == ("rain", "dog")

    def take(text: str, sound: str, name: str) -> HeardTake:
        return HeardTake(text, sound, 0, ((name, 0.5),))

    report = TextReport((take("a", "rain", "Rain"), take("b", "dog", "Cat"), take("c", "wind", "Wind")))
    # One of two is heard; of real clips it is six tenths.
    assert relative_agreement(report, agreed, known) == pytest.approx(0.5 / 0.6)
    words = sounds.WordReport(report, {s: agreed.get(s, (0, 0)) for s in CLASS_OF_SOUND}, known)
    assert "wind (1 of 10)" in words.format()
    assert "rain (" not in words.format()


def test_medians_leave_out_what_could_not_be_measured() -> None:
    rows = [dict.fromkeys(NAMES, v) for v in (1.0, 2.0, 9.0)] + [dict.fromkeys(NAMES, float("nan"))]
    found = over_all(rows)
    assert found["rhythm"] == 2.0
    assert found["heard"] == 4.0


@pytest.mark.parametrize(
    ("options", "said"), [(["--only", "cat"], "no kind 'cat'"), (["--steps", "0"], "--steps"), ([], "missing")]
)
def test_what_cannot_be_measured_is_said(
    options: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sounds.main(["--data", str(tmp_path), "--yamnet", str(tmp_path / "none"), *options]) == 2
    assert said in capsys.readouterr().err
