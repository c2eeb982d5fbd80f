"""Directions, paths, prompts, seeds and lanes."""

import json

import numpy as np
import soundfile

from tests.field.case import Bench, Case, Look, Wrong, is_long, near, says, sounds_from
from tests.field.judge import apart_deg, sound_direction


def along(
    points: object, seconds: float, right: list[tuple[float, float, float]], *options: str, text: str | None = None
) -> Look:
    """Rain on a path; `right` says at which second which azimuth and elevation."""

    def look(bench: Bench) -> str:
        path = bench.work / "path.json"
        path.write_text(text if text is not None else json.dumps(points), encoding="utf-8")
        out, _ = bench.generated(
            "path", "--prompt", "rain", "--path", path, "--seconds", seconds, "--seed", 3, *options
        )
        return ", ".join(sounds_from(out, (az, el), 6.0, t - 0.25, t + 0.25) for t, az, el in right)

    return look


def point(t_s: float, azimuth: float, elevation: float = 0.0) -> dict[str, float]:
    return {"t_s": t_s, "azimuth_deg": azimuth, "elevation_deg": elevation}


def refused_paths(bench: Bench) -> str:
    told = []
    for number, text in enumerate(
        [
            "[]",
            json.dumps([point(2, 0), point(1, 10)]),
            '{"a": 1}',
            '[{"t_s": 0, "azimuth_deg": 1' + "0" * 400 + "}]",
            "[" * 5000,
        ]
    ):
        path = bench.work / f"bad-{number}.json"
        path.write_text(text)
        told.append(
            bench.refused("generate", "--prompt", "rain", "--path", path, "--seconds", 1, "--out", bench.work / "x.wav")
        )
    return f"{len(told)} refused in one sentence each"


def wraps(bench: Bench) -> str:
    out, _ = bench.generated("wrapped", "--prompt", "rain", "--direction", "350,0", "--seconds", 2, "--seed", 3)
    return sounds_from(out, (-10.0, 0.0), 4.0)


def csv_path(bench: Bench) -> str:
    path = bench.work / "daw.csv"
    path.write_text("time,azimuth,elevation\n0,40,0\n2,40,0\n")
    out, _ = bench.generated("csv", "--prompt", "rain", "--path", path, "--seconds", 2, "--seed", 3)
    return sounds_from(out, (40.0, 0.0), 4.0)


def place_in_words(*seeds: int) -> Look:
    def look(bench: Bench) -> str:
        told = []
        for seed in seeds:
            out, _ = bench.generated("left", "--prompt", "a dog barks on the left", "--seed", seed, "--seconds", 4)
            told.append(sounds_from(out, (90.0, 0.0), 8.0))
        return ", ".join(told)

    return look


def apart(*arguments: object) -> Look:
    """Two sources, at the right and the left: each at its place, and their loud moments about as loud as each other."""

    def look(bench: Bench) -> str:
        stems = bench.work / "stems"
        bench.generated("two", *arguments, "--seconds", 6, "--stems", stems)
        files = sorted(stems.glob("*.wav"))
        seen = sorted(sound_direction(file)[:2] for file in files)
        loud_db = [20 * np.log10(np.percentile(np.abs(soundfile.read(file)[0][:, 0]), 99)) for file in files]
        text = f"{seen}, loud moments {', '.join(f'{level:.0f}' for level in loud_db)} dBFS"
        if (
            len(seen) != 2
            or apart_deg(seen[0], (-90, 0)) > 8.0
            or seen[1][0] < 50.0
            or abs(loud_db[0] - loud_db[1]) > 10.0
        ):
            raise Wrong(text)
        return text

    return look


def told_of(prompt: str, *words: str) -> Look:
    def look(bench: Bench) -> str:
        out, ran = bench.generated("told", "--prompt", prompt, "--seed", 3, "--seconds", 2)
        level_db = 20 * np.log10(np.sqrt(np.mean(soundfile.read(out)[0][:, 0] ** 2)) + 1e-12)
        return f"{says(ran.said, *words)} (W {level_db:.0f} dBFS)"

    return look


def same_bytes(*arguments: object) -> Look:
    def look(bench: Bench) -> str:
        runs = [bench.generated(f"same-{k}", *arguments, "--seed", 3)[0].read_bytes() for k in range(2)]
        if runs[0] != runs[1]:
            raise Wrong("two runs differ")
        return "same bytes twice"

    return look


def with_film(bench: Bench) -> str:
    return same_bytes("--film", bench.films / "base.mp4", "--prompt", "rain")(bench)


def lane_alone(bench: Bench) -> str:
    out, _ = bench.generated("lane-alone", "--lane", "a dog barks@-90,0", "--seconds", 3, "--seed", 3)
    return sounds_from(out, (-90.0, 0.0), 6.0)


def odd_lanes(bench: Bench) -> str:
    bench.generated("at", "--prompt", "rain", "--lane", "a dog @ home@-90,0", "--seconds", 1)
    return "taken"


def part_of_a_film(bench: Bench) -> str:
    out, _ = bench.generated("part", "--film", bench.films / "long_10min.mp4", "--start", 300, "--seconds", 2)
    seen = is_long(out, 96_000)
    data = out.read_bytes()
    place = data.index(b"bext") + 8 + 256 + 32 + 32 + 10 + 8
    reference = int.from_bytes(data[place : place + 8], "little")
    azimuth, elevation, _ = sound_direction(out)
    return f"{seen}, time reference {reference / 48_000:g} s, at " + near((azimuth, elevation), (0.0, 0.0), 60.0)


def beyond_the_film(bench: Bench) -> str:
    out, ran = bench.generated("beyond", "--film", bench.films / "base.mp4", "--seconds", 9)
    return f"{soundfile.info(out).duration:g} s; " + says(ran.said, "2 s", "2.0 s", "2.00 s", "film")


CASES = [
    Case(
        "F36",
        "through the back",
        along([point(0, 170), point(6, -170)], 6, [(1, 173.3, 0), (3, 180, 0), (5, -173.3, 0)]),
        keeps=True,
    ),
    Case(
        "F37",
        "(0, 22) half-way",
        along([point(0, -90), point(6, 90, 45)], 6, [(1, -60, 7.5), (3, 0, 22.5), (5, 60, 37.5)]),
    ),
    Case(
        "F39", "by the front", along([point(0, 90), point(6, -90)], 6, [(1, 60, 0), (3, 0, 0), (5, -60, 0)]), keeps=True
    ),
    Case("F40", "-10", wraps),
    Case("F40p", "-10", along([point(0, 350)], 2, [(1, -10, 0)])),
    Case("F41", "one sentence each", refused_paths, keeps=True),
    Case("F42", "(30, 0)", along(None, 2, [(1, 30, 0)], text="\ufeff" + json.dumps([point(0, 30)]))),
    Case("F43", "CSV of a DAW", csv_path),
    Case("F44", "(30, 0) held", along([point(-2, 30), point(-1, 30)], 2, [(1, 30, 0)]), keeps=True),
    Case(
        "F45",
        "a cut",
        along([point(0, 60), point(1.6, 60), point(1.6, -60), point(4, -60)], 4, [(1, 60, 0), (3, -60, 0)]),
    ),
    Case("F46", "+90", place_in_words(3, 11)),
    Case(
        "F49",
        "two places",
        apart("--prompt", "a dog barks on the left and sea waves on the right", "--seed", 3),
    ),
    Case("F50", "one line", told_of("piano", "mapped to", "known from", "not trained on")),
    Case("F52", "dog, or one line that English is read", told_of("狗在叫", "English")),
    Case("F55", "same bytes", same_bytes("--prompt", "a dog barks", "--direction", "60,0", "--seconds", 3), keeps=True),
    Case("F56", "same bytes with a film", with_film, keeps=True),
    Case(
        "F57",
        "both heard at their places at 0 dB",
        apart("--prompt", "sea waves", "--direction", "60,0", "--seed", 2, "--lane", "a dog barks@-90,0@0"),
    ),
    Case("F58", "a lane is something to hear", lane_alone),
    Case("F59", "taken", odd_lanes, keeps=True),
    Case("S07", "--start", part_of_a_film),
    Case("S07b", "beyond the film is told", beyond_the_film),
]
