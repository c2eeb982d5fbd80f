"""Synthetic spatial scenes of real sounds: sources placed and moved, simple rooms, diffuse beds, exact labels.

A scene is a pure function of the bank and a seed. The sound is AmbiX; directions are unit vectors x, y, z.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve

from engine.ambisonics.encoding import sn3d_gains
from engine.contract.conventions import PATCH_SAMPLES, SAMPLE_RATE_HZ
from engine.contract.directions import unit_vectors
from engine.training.data.sound_bank import Sound, SoundBank
from engine.training.data.wording import describe_source

_CONTROL_HZ = 25
_EXTENDED_CLASSES = ("rain", "sea waves", "wind", "fire", "crowd", "applause", "water running")
_SPEED_OF_SOUND = 343.0
FOCUS_CLASSES = (
    "dog",
    "rain",
    "sea waves",
    "clock ticking",
    "car engine",
    "fire",
    "helicopter",
    "chainsaw",
    "baby crying",
    "rooster",
    "sneeze or cough",
    "wind",
    "birdsong",
    "thunder",
    "bell",
    "footsteps",
    "cricket",
    "big cat",
)
"""The classes that the data cover best; they are drawn three times as often."""


@dataclass(frozen=True, eq=False)
class SceneSource:
    """One sounding thing; `path` is (patches, 3) unit vectors at the patches' middles, None where it is all around."""

    sound_class: str
    label: str
    path: NDArray[np.float64] | None


@dataclass(frozen=True, eq=False)
class Scene:
    """A composed scene: `foa` (4, N) float32 AmbiX, its sources (the dominant one first) and a caption."""

    foa: NDArray[np.float32]
    sources: tuple[SceneSource, ...]
    caption: str


@dataclass(frozen=True)
class SceneOptions:
    """What to compose. `classes` restricts the dominant source; None takes all, weighted by minutes."""

    seconds: float = 8.0
    held_out: bool = False
    several: float = 0.15
    bed: float = 0.3
    room: float = 0.35
    moving: float = 0.35
    classes: tuple[str, ...] | None = None


class SceneComposer:
    """Composes scenes from a bank; sampling weights are fixed at construction."""

    def __init__(self, bank: SoundBank, options: SceneOptions) -> None:
        self._bank = bank
        self._options = options
        self._samples = round(options.seconds * SAMPLE_RATE_HZ)
        sounds = [
            s
            for s in bank.split(held_out=options.held_out)
            if options.classes is None or s.sound_class in options.classes
        ]
        minutes: dict[str, float] = {}
        for sound in sounds:
            minutes[sound.sound_class] = minutes.get(sound.sound_class, 0.0) + min(sound.length, self._samples)
        self._classes = sorted(minutes)
        focus = np.array([3.0 if c in FOCUS_CLASSES else 1.0 for c in self._classes])
        weights = focus * np.array([minutes[c] for c in self._classes]) ** 0.5
        self._class_weights = weights / weights.sum()
        self._by_class = {c: [s for s in sounds if s.sound_class == c] for c in self._classes}
        self._beds = [s for s in bank.split(held_out=options.held_out) if s.kind == "ambience"]

    def compose(self, seed: int) -> Scene:
        """Return the scene of this seed."""
        rng = np.random.default_rng(seed)
        options, n = self._options, self._samples
        foa = np.zeros((4, n))
        sources: list[SceneSource] = []
        phrases: list[str] = []
        count = 2 if rng.random() < options.several else 1
        for index in range(count):
            sound = self._pick(rng)
            level_db = rng.normal(-27.0, 3.0) - (rng.uniform(6.0, 14.0) if index else 0.0)
            mono = self._performance(sound, rng) * 10 ** (level_db / 20)
            if sound.kind == "ambience" and rng.random() < 0.5 and not index:
                foa += self._all_around(mono, rng)
                path = None
            else:
                control = self._path(rng)
                foa += self._placed(mono, control, sound, rng)
                path = self._at_patches(control)
            sources.append(SceneSource(sound.sound_class, sound.label, path))
            phrases.append(describe_source(sound.sound_class, sound.label, path, rng))
        if rng.random() < options.bed:
            bed = self._beds[rng.integers(len(self._beds))]
            mono = self._performance(bed, rng) * 10 ** ((rng.normal(-27.0, 2.0) - rng.uniform(14, 26)) / 20)
            foa += self._all_around(mono, rng)
        peak = np.abs(foa).max()
        if peak > 0.95:
            foa *= 0.95 / peak
        return Scene(foa.astype(np.float32), tuple(sources), " and ".join(phrases))

    def _pick(self, rng: np.random.Generator) -> Sound:
        clips = self._by_class[self._classes[rng.choice(len(self._classes), p=self._class_weights)]]
        weights = np.array([1.0 if s.trusted else 0.25 for s in clips]) * np.sqrt(
            [min(s.length, self._samples) for s in clips]
        )
        return clips[rng.choice(len(clips), p=weights / weights.sum())]

    def _performance(self, sound: Sound, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return (N,) at an active level of 0 dB RMS: long clips cut or tiled, short ones repeated as events."""
        n = self._samples
        wave = _resampled(self._bank.wave(sound), float(rng.uniform(0.93, 1.08)))
        wave = _tilted(wave, float(rng.normal(0.0, 0.12)))
        frame_power = np.mean(wave[: len(wave) // 480 * 480].reshape(-1, 480) ** 2, axis=1)
        active = frame_power > 0.05 * np.quantile(frame_power, 0.95)
        wave = wave / np.sqrt(np.mean(frame_power[active]) + 1e-12)
        out = np.zeros(n)
        if len(wave) >= n:
            start = rng.integers(len(wave) - n + 1)
            out[:] = wave[start : start + n]
            return out
        continuous = len(wave) > 2 * SAMPLE_RATE_HZ and active.mean() > 0.9
        fade = np.sin(np.linspace(0, np.pi / 2, 2400)) if continuous else np.linspace(0, 1, 96)
        wave[: len(fade)] *= fade
        wave[-len(fade) :] *= fade[::-1]
        position = -int(rng.integers(len(wave))) if continuous else int(rng.uniform(0, 0.5) * SAMPLE_RATE_HZ)
        while position < n:
            begin, end = max(position, 0), min(position + len(wave), n)
            out[begin:end] += wave[begin - position : end - position]
            gap = -2400 if continuous else int(rng.uniform(0.05, 0.8) * SAMPLE_RATE_HZ)
            position += len(wave) + gap
        return out

    def _path(self, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return control points (M, 3) at 25 Hz, of length = distance in metres: still, an arc, or a pass."""
        t = np.arange(int(self._options.seconds * _CONTROL_HZ) + 2) / _CONTROL_HZ
        elevation = np.clip(rng.normal(0.0, np.radians(22)), -1.4, 1.4)
        azimuth = rng.uniform(-np.pi, np.pi)
        distance = np.exp(rng.uniform(np.log(1.0), np.log(8.0)))
        if rng.random() >= self._options.moving:
            return np.broadcast_to(unit_vectors(azimuth, elevation) * distance, (len(t), 3)).copy()
        if rng.random() < 0.6:
            speed = np.radians(rng.uniform(10, 60)) * rng.choice([-1, 1])
            swing = elevation + np.radians(10) * np.sin(2 * np.pi * rng.uniform(0.05, 0.2) * t)
            return unit_vectors(azimuth + speed * t, np.clip(swing, -1.5, 1.5)) * distance
        closest = unit_vectors(azimuth, elevation) * max(distance / 2, 1.0)
        heading = np.cross(closest, rng.normal(size=3))
        heading /= np.linalg.norm(heading) + 1e-9
        middle = rng.uniform(0.25, 0.75) * self._options.seconds
        return closest + heading * rng.uniform(1.0, 6.0) * (t - middle)[:, None]

    def _at_patches(self, control: NDArray[np.float64]) -> NDArray[np.float64]:
        patches = self._samples // PATCH_SAMPLES
        middles = (np.arange(patches) + 0.5) * PATCH_SAMPLES / SAMPLE_RATE_HZ * _CONTROL_HZ
        grid = np.arange(len(control))
        points = np.stack([np.interp(middles, grid, control[:, i]) for i in range(3)], axis=1)
        return points / np.linalg.norm(points, axis=1, keepdims=True)

    def _placed(
        self, mono: NDArray[np.float64], control: NDArray[np.float64], sound: Sound, rng: np.random.Generator
    ) -> NDArray[np.float64]:
        distance = np.linalg.norm(control, axis=1)
        samples = np.arange(self._samples)
        grid = np.arange(len(control)) * SAMPLE_RATE_HZ / _CONTROL_HZ
        if np.ptp(distance) > 0.05:
            delay = np.interp(samples, grid, (distance - distance.min()) / _SPEED_OF_SOUND * SAMPLE_RATE_HZ)
            mono = np.interp(samples - delay, samples, mono) * np.interp(samples, grid, distance.min() / distance)
        gains = sn3d_gains(control / distance[:, None])
        foa = np.stack([np.interp(samples, grid, gains[:, c]) for c in range(4)]) * mono
        if sound.sound_class in _EXTENDED_CLASSES:
            axis = control[len(control) // 2] / distance[len(control) // 2]
            for lag in (1501, 3203):
                spread = axis + rng.normal(0.0, 0.25, 3)
                shifted = np.roll(mono, lag) * 0.5
                foa += sn3d_gains(spread / np.linalg.norm(spread))[:, None] * shifted
        if rng.random() < self._options.room:
            foa += _room(mono, rng)
        return foa

    def _all_around(self, mono: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
        """Return a diffuse field: the bed from eight directions, each a different stretch of it."""
        corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) / np.sqrt(3)
        foa = np.zeros((4, len(mono)))
        for corner in corners:
            foa += sn3d_gains(corner)[:, None] * np.roll(mono, int(rng.integers(len(mono)))) / np.sqrt(8)
        return foa


def _resampled(wave: NDArray[np.float32], rate: float) -> NDArray[np.float64]:
    positions = np.arange(0, len(wave) - 1, rate)
    return np.interp(positions, np.arange(len(wave)), wave)


def _tilted(wave: NDArray[np.float64], exponent: float) -> NDArray[np.float64]:
    spectrum = np.fft.rfft(wave)
    frequency = np.fft.rfftfreq(len(wave), 1 / SAMPLE_RATE_HZ)
    return np.fft.irfft(spectrum * (np.maximum(frequency, 60.0) / 1000.0) ** exponent, len(wave))


def _room(mono: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return early reflections from random directions and an exponential diffuse tail (SN3D: XYZ at 1/sqrt 3)."""
    rt60 = rng.uniform(0.15, 0.9)
    length = int(rt60 * 0.8 * SAMPLE_RATE_HZ)
    t = np.arange(length) / SAMPLE_RATE_HZ
    response = rng.normal(size=(4, length)) * np.exp(-6.9 * t / rt60)
    response[1:] /= np.sqrt(3)
    response[:, : int(0.01 * SAMPLE_RATE_HZ)] = 0.0
    response /= np.sqrt(np.sum(response[0] ** 2))
    for _ in range(6):
        at = int(rng.uniform(0.003, 0.04) * SAMPLE_RATE_HZ)
        direction = rng.normal(size=3)
        response[:, min(at, length - 1)] += sn3d_gains(direction / np.linalg.norm(direction)) * rng.uniform(0.1, 0.4)
    return fftconvolve(mono[None], response, axes=1)[:, : len(mono)] * 10 ** (rng.uniform(-16, -6) / 20)
