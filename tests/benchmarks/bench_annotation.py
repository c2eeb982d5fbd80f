"""How well sources are found in mixes whose truth is known, and what an hour of sound costs. Run it by hand:

    python -m tests.benchmarks.bench_annotation --data DIR [--mixes N] [--seed S] [--seconds N]

Real clips (the rows of DIR/sounds.tsv that are points) at random directions, in a diffuse field 20 dB below: first
single seconds, then whole files as `annotate` sees them. A source counts as found if a direction within 10 degrees is
its own; a direction that is nobody's counts as invented. Errors are in degrees, their median and 95th percentile;
"missed" is the part of the energy in the analysed band of the loudest source that was missed. `--seconds` is the length
of a file that is annotated for the time it takes. Levels are equal over all frequencies, or in the band where it says.
"""

import argparse
import csv
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from scipy.optimize import linear_sum_assignment
from scipy.signal import butter, fftconvolve, sosfilt

from engine.ambisonics.encoding import encode_path, encode_point, path_at
from engine.ambisonics.intensity import DOA_BAND_HZ, direction_and_diffuseness, smoothed_directions
from engine.annotation.annotate import annotate
from engine.annotation.several import sources_in
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.directions import angle_between, unit_vectors
from engine.export.ambix_wav import AmbixWriter

_FIELD_DB = -20.0
_NEAR_DEG = 10.0
_APART_DEG = 60.0
_FILE_S = 8
_MIXES = 100
_LONG_S = 60
_BLOCK_S = 10
_ROOMS = 6
_COMMAND = "import sys; from app.cli import main; main(sys.argv[1:]); print(open('/proc/self/status').read())"
"""The program, and then what Linux says of its memory: `getrusage` would begin with the memory of this process."""


@dataclass
class Tally:
    """What was found of mixes: angles of found sources, and how many mixes, sources, whole mixes, invented ones.

    `missed` is the greatest part of a mix's energy, in the band, of a source that was not found.
    """

    errors_deg: list[float] = field(default_factory=list)
    missed: float = 0.0
    mixes: int = 0
    sources: int = 0
    whole: int = 0
    invented: int = 0

    def count(self, found: np.ndarray, truth: np.ndarray, shares: np.ndarray) -> None:
        """Match found directions (K, 3) to the true ones (S, 3), which have these parts of the energy (S,)."""
        near, missed = np.zeros(0), np.full(len(truth), True)
        if len(found):
            angles = np.degrees(angle_between(found[:, None], truth[None]))
            rows, columns = linear_sum_assignment(np.minimum(angles, _NEAR_DEG))
            good = angles[rows, columns] < _NEAR_DEG
            near = angles[rows, columns][good]
            missed[columns[good]] = False
        self.errors_deg += near.tolist()
        self.missed = max(self.missed, *shares[missed], 0.0)
        self.mixes += 1
        self.sources += len(truth)
        self.whole += len(near) == len(truth)
        self.invented += len(found) - len(near)

    def row(self) -> str:
        """Return the columns of the table."""
        middle, high = np.percentile(self.errors_deg or [np.nan], (50, 95))
        return (
            f"{self.whole:5d} of {self.mixes:<4d} {len(self.errors_deg):5d} of {self.sources:<4d} "
            f"{self.invented:8d} {middle:9.2f} {high:7.2f} {self.missed:8.1%}"
        )


class Clips:
    """Real clips at random, cut to their loudest stretch, or repeated where they are shorter than it."""

    def __init__(self, data: Path) -> None:
        with (data / "sounds.tsv").open(encoding="utf-8", newline="") as table:
            rows = [row for row in csv.DictReader(table, delimiter="\t") if row["kind"] == "point"]
        self._paths = [data / row["path"] for row in rows if float(row["seconds"]) >= 1.0]
        self._band = butter(4, DOA_BAND_HZ, "bandpass", fs=SAMPLE_RATE_HZ, output="sos")

    def several(self, count: int, seconds: int, rng: np.random.Generator, *, in_band: bool) -> np.ndarray:
        """Return (count, N) of one level: of everything, or of what lies in the band that is analysed."""
        waves = []
        for index in rng.permutation(len(self._paths)):
            wave = _loudest(soundfile.read(self._paths[index], dtype="float32", always_2d=True)[0][:, 0], seconds)
            level = self.level(wave, in_band=in_band)
            if level > 1e-4:
                waves.append(0.05 * wave / level)
            if len(waves) == count:
                break
        return np.array(waves)

    def level(self, wave: np.ndarray, *, in_band: bool) -> float:
        """Return the root mean square of a wave (N,)."""
        return float(np.sqrt(np.mean((self.in_band(wave) if in_band else wave) ** 2)))

    def in_band(self, waves: np.ndarray) -> np.ndarray:
        """Return what of waves (..., N) lies in the band that is analysed."""
        kept: np.ndarray = sosfilt(self._band, waves, axis=-1)
        return kept

    def shares(self, waves: np.ndarray) -> np.ndarray:
        """Return the part of each of the waves (count, N) of their energy in the band that is analysed."""
        energies = np.mean(self.in_band(waves) ** 2, axis=1)
        shares: np.ndarray = energies / energies.sum()
        return shares


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--mixes", type=int, default=_MIXES, help="mixes in every row")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=int, default=_LONG_S, help="length of the long file, 0: none")
    parser.add_argument("--rooms", type=int, default=_ROOMS, help="simulated rooms, 0: none")
    args = parser.parse_args()
    if args.seconds:
        _print_cost(args.seconds)
    clips = Clips(args.data)
    print(f"{'':52} {'all found':>13} {'found':>13} {'invented':>8} {'median':>9} {'95 %':>7} {'missed':>8}")
    dominant = Tally()
    for foa, *known in _mixes(clips, args, 1, 1):
        dominant.count(direction_and_diffuseness(foa)[0][None], *known)
    print(f"{'1 s, the paper: 1 source':52} {dominant.row()}")
    for count, in_band in ((1, False), (2, False), (2, True), (3, False), (4, False)):
        tally = Tally()
        for foa, *known in _mixes(clips, args, count, 1, in_band=in_band):
            tally.count(_vectors(sources_in(foa, SAMPLE_RATE_HZ)), *known)
        print(f"{'1 s, ' + _name(count, in_band):52} {tally.row()}", flush=True)
    late = _rooms(args.rooms)
    if late:
        levels = [10 * np.log10(np.sum(response[0] ** 2)) for response in late]
        rooms = f"{min(levels):.0f} to {max(levels):.0f} dB, median {np.median(levels):.0f} dB"
        print(f"late sound of the rooms against the direct sound: {rooms}")
    dry: list[np.ndarray] = []
    cases = ((1, False, dry), (2, False, dry), (2, True, dry), (3, False, dry), (1, False, late), (2, True, late))
    for count, in_band, response in cases if args.rooms else cases[:4]:
        tally = Tally()
        files = max(args.mixes // 4, 1)
        for foa, *known in _mixes(clips, args, count, _FILE_S, mixes=files, in_band=in_band, late=response):
            tally.count(_tracked(foa), *known)
        name = f"{_FILE_S} s file, {_name(count, in_band)}{', rooms' * bool(response)}"
        print(f"{name:52} {tally.row()}", flush=True)
    for speed in (15, 45, 90):
        _print_moving(clips, speed, args)


def _print_moving(clips: Clips, speed_deg: float, args: argparse.Namespace) -> None:
    """Print in how many files a source that circles is one track, and the angle between its points and the truth."""
    files, tracks, errors = max(args.mixes // 4, 1), [], []
    for mix in range(files):
        rng = np.random.default_rng((args.seed, mix))
        wave = clips.several(1, _FILE_S, rng, in_band=True)[0]
        azimuth = np.radians(rng.uniform(0, 360) + speed_deg * np.arange(0, _FILE_S + 0.5, 0.5))
        way = unit_vectors(azimuth, np.full(azimuth.size, 0.2))
        times = np.arange(azimuth.size) * (SAMPLE_RATE_HZ // 2)
        foa = encode_path(wave, way, times)
        # Where it is when it sounds, averaged over three seconds as every path is.
        heard = path_at(way, times, np.arange(wave.size)) * clips.in_band(wave)[:, None] ** 2
        seconds = heard.reshape(_FILE_S, -1, 3).sum(axis=1)
        truth = smoothed_directions(seconds / np.maximum(np.linalg.norm(seconds, axis=1, keepdims=True), 1e-12))
        sources = _annotated(foa + _field(foa, clips.level(wave, in_band=True), rng))
        tracks.append(len(sources))
        for point in (point for source in sources for point in source["path"]):
            found = unit_vectors(*np.radians([point["azimuth_deg"], point["elevation_deg"]]))
            errors.append(float(np.degrees(angle_between(found, truth[int(point["t_s"])]))))
    middle, high = np.percentile(errors or [np.nan], (50, 95))
    print(
        f"{_FILE_S} s file, 1 source at {speed_deg} degrees a second: one track in {tracks.count(1)} of {files}, "
        f"{sum(tracks)} tracks in all; a second's error: median {middle:.1f}, 95 % {high:.1f}",
        flush=True,
    )


def _name(count: int, in_band: bool) -> str:
    apart = {1: "", 2: " 60 apart"}.get(count, " >= 60 apart")
    return f"{count} source{'s' * (count > 1)}{apart}{' (level in the band)' * in_band}"


def _mixes(
    clips: Clips,
    args: argparse.Namespace,
    count: int,
    seconds: int,
    *,
    in_band: bool = False,
    mixes: int | None = None,
    late: Sequence[np.ndarray] = (),
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yield AmbiX (4, N), the directions (count, 3) of its sources and their parts (count,) of the band's energy.

    `late` are answers of rooms (4, N), added with an azimuth at random.
    """
    for mix in range(args.mixes if mixes is None else mixes):
        rng = np.random.default_rng((args.seed, count, seconds, mix))
        truth = _directions(count, rng)
        waves = clips.several(count, seconds, rng, in_band=in_band)
        sources = [encode_point(wave, vector) for wave, vector in zip(waves, truth, strict=True)]
        foa: np.ndarray = np.sum(sources, axis=0)
        if late:
            for wave in waves:
                response = _turned(late[int(rng.integers(len(late)))], float(rng.uniform(0, 2 * np.pi)))
                foa = foa + fftconvolve(wave[None], response, axes=1)[:, : wave.size]
        foa = foa + _field(foa, clips.level(foa[0], in_band=in_band), rng)
        yield foa.astype(np.float32), truth, clips.shares(waves)


def _field(foa: np.ndarray, level: float, rng: np.random.Generator) -> np.ndarray:
    """Return a diffuse field (4, N) so many decibels below a level."""
    noise: np.ndarray = rng.normal(size=foa.shape) * np.array([1.0, *[3**-0.5] * 3])[:, None]
    return level * 10 ** (_FIELD_DB / 20) * noise


def _directions(count: int, rng: np.random.Generator) -> np.ndarray:
    """Return unit vectors (count, 3): two exactly 60 degrees apart, more at least so."""
    if count == 2:
        first, side = rng.normal(size=(2, 3))
        first /= np.linalg.norm(first)
        side -= side @ first * first
        side /= np.linalg.norm(side)
        return np.stack([first, np.cos(np.radians(_APART_DEG)) * first + np.sin(np.radians(_APART_DEG)) * side])
    while True:
        vectors = rng.normal(size=(count, 3))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        one, other = np.triu_indices(count, 1)
        if np.all(np.degrees(angle_between(vectors[one], vectors[other])) >= _APART_DEG):
            return vectors


def _loudest(wave: np.ndarray, seconds: int) -> np.ndarray:
    length = seconds * SAMPLE_RATE_HZ
    if wave.size <= length:
        return np.resize(wave, length)
    energy = np.concatenate([[0.0], np.cumsum(wave.astype(float) ** 2)])
    start = int(np.argmax(energy[length:] - energy[:-length]))
    return wave[start : start + length]


def _vectors(sources: tuple[Any, ...]) -> np.ndarray:
    return np.array([source.vector for source in sources]).reshape(-1, 3)


def _annotated(foa: np.ndarray) -> list[Any]:
    """Return the sources in the annotation of a file of AmbiX (4, N)."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mix.wav"
        with AmbixWriter(path) as writer:
            writer.write(foa.astype(np.float32))
        sources: Any = annotate(path)["sources"]
    return list(sources)


def _tracked(foa: np.ndarray) -> np.ndarray:
    """Return the mean direction (K, 3) of every source in the annotation of a file of AmbiX (4, N)."""
    means = []
    for source in _annotated(foa):
        angles = np.radians([[p["azimuth_deg"], p["elevation_deg"]] for p in source["path"]])
        means.append(unit_vectors(angles[:, 0], angles[:, 1]).mean(axis=0))
    vectors = np.array(means).reshape(-1, 3)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    directions: np.ndarray = vectors / np.maximum(lengths, 1e-9)
    return directions


def _rooms(count: int) -> list[np.ndarray]:
    """Return what follows the direct sound in simulated rooms (4, N), seen from the source."""
    from engine.scenes.room_images import simulate_room

    return [_turned(response.wave, -response.azimuth_rad) for seed in range(count) for response in simulate_room(seed)]


def _turned(foa: np.ndarray, azimuth_rad: float) -> np.ndarray:
    w, y, z, x = foa
    c, s = np.cos(azimuth_rad), np.sin(azimuth_rad)
    return np.stack([w, s * x + c * y, z, c * x - s * y])


def _print_cost(seconds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.wav"
        rng = np.random.default_rng(0)
        with AmbixWriter(path, "pcm24") as writer:
            for begin in range(0, seconds, _BLOCK_S):
                length = min(_BLOCK_S, seconds - begin) * SAMPLE_RATE_HZ
                turn = 2 * np.pi * begin / 120
                writer.write(
                    encode_point(0.1 * rng.normal(size=length), unit_vectors(turn, 0.0))
                    + encode_point(0.05 * rng.normal(size=length), unit_vectors(turn + 2.0, 0.4))
                )
        began = time.monotonic()
        command = [sys.executable, "-c", _COMMAND, "annotate", str(path), "--out", str(path.parent / "out")]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        took_s = time.monotonic() - began
    memory_mb = int(told.split("VmHWM:")[1].split()[0]) / 1024
    hour_s = took_s / seconds * 3600
    print(f"{seconds} s of sound: {took_s:.1f} s, which is {hour_s:.0f} s an hour; {memory_mb:.0f} MB at most")


if __name__ == "__main__":
    main()
