"""From a plan to sound: AmbiX of every source by its path, distance and room, and of a diffuse bed. In torch, on any device.

Level falls with one over the distance, the air takes the highs, a moving source is delayed by its way (so its pitch
moves). A field is the sum; whatever is random was drawn in the plan.
"""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from engine.ambisonics.encoding import sn3d_gains
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.training.data.paths import CONTROL_HZ, Path
from engine.training.data.performance import lay_out
from engine.training.data.rooms import RoomBank
from engine.training.data.scene_plan import PlannedSource, Tone

_SPEED_OF_SOUND = 343.0
_AIR_REFERENCE_M = 50.0
_AIR_DB_PER_M_AT_10_KHZ = 0.16
"""ISO 9613-1 at 20 degrees and 50 % humidity; it grows with the square of the frequency."""
_FADE_S = 0.2
_DECORRELATION = 4_096


def performed(wave: NDArray[np.float32], source: PlannedSource, samples: int, device: torch.device) -> Tensor:
    """Return a source's performance (samples,): its clip equalised, re-timed, laid out and faded into its window."""
    rng = np.random.default_rng(source.seed)
    clip = equalised(torch.from_numpy(wave).to(device), source.tone)
    if abs(source.rate - 1.0) > 1e-3:
        clip = read_at(clip, torch.arange(0.0, len(clip) - 1, source.rate, dtype=torch.float64, device=device))
    begin, end = round(source.begin_s * SAMPLE_RATE_HZ), min(round(source.end_s * SAMPLE_RATE_HZ), samples)
    out = torch.zeros(samples, device=device)
    part = lay_out(clip, end - begin, rng) * 10 ** (source.level_db / 20)
    edge = min(round(_FADE_S * SAMPLE_RATE_HZ), len(part) // 2)
    if end < samples:
        part[len(part) - edge :] *= torch.cos(torch.linspace(0, torch.pi / 2, edge, device=device))
    if begin > 0:
        short = min(480, len(part))
        part[:short] *= torch.linspace(0, 1, short, device=device)
    out[begin:end] = part
    return out


def placed(mono: Tensor, source: PlannedSource, rooms: RoomBank | None) -> Tensor:
    """Return AmbiX (4, N) of a performance (N,) along the source's path, in its room."""
    assert source.path is not None
    path, samples = source.path, len(mono)
    distance = path.distance
    if np.ptp(distance) > 0.05:
        way = along(distance[None], samples, mono.device)[0].double()
        delay = (way - float(distance.min())) / _SPEED_OF_SOUND * SAMPLE_RATE_HZ
        mono = read_at(mono, torch.arange(samples, dtype=torch.float64, device=mono.device) - delay)
        mono = mono * (float(distance.min()) / way).float()
    if distance.max() > 3.0:
        far = along(np.clip(distance / _AIR_REFERENCE_M, 0.0, 1.0)[None], samples, mono.device)[0]
        mono = mono + far * (through_air(mono) - mono)
    gains = along(sn3d_gains(path.points / distance[:, None]).T, samples, mono.device)
    foa = gains * mono
    if source.extended:
        foa = foa + _widened(mono, path, np.random.default_rng(source.seed + 1))
    if rooms is not None and source.room >= 0:
        foa = foa + in_room(mono, path, rooms, source)
    return foa


def all_around(mono: Tensor, seed: int) -> Tensor:
    """Return a diffuse field (4, N): decorrelated copies of a sound, Y, Z, X at 1/sqrt 3 (SN3D) of W."""
    return decorrelated(torch.stack([mono] * 4), seed)


def surrounding(mid: Tensor, side: Tensor, seed: int) -> Tensor:
    """Return a diffuse field (4, N) of a stereo bed: what is common feeds W and X, what differs Y and Z; all decorrelated.

    The stereo picture stays left and right as far as it has any; Y keeps the sign of left minus right.
    """
    level = mid.square().mean().sqrt()
    wide = side * (level / side.square().mean().sqrt().clamp(min=1e-6)) if side.abs().max() > 1e-5 else mid
    return decorrelated(torch.stack([mid, wide, wide, mid]), seed)


def decorrelated(sounds: Tensor, seed: int) -> Tensor:
    """Return (4, N): each of four sounds through an all-pass of random phases of its own, weighted as a diffuse field."""
    length = sounds.shape[1]
    rng = np.random.default_rng(seed)
    phases = np.exp(2j * np.pi * rng.random((4, _DECORRELATION // 2 + 1)))
    phases[:, [0, -1]] = 1.0
    spread = np.fft.irfft(phases, axis=1) * np.hanning(_DECORRELATION)
    spread /= np.sqrt(np.square(spread).sum(axis=1, keepdims=True))
    weights = torch.tensor([1.0, 3**-0.5, 3**-0.5, 3**-0.5], device=sounds.device)[:, None]
    return weights * convolved(sounds, torch.from_numpy(spread.astype(np.float32)).to(sounds.device), length)


def in_room(mono: Tensor, path: Path, rooms: RoomBank, source: PlannedSource) -> Tensor:
    """Return the room's answer (4, N), turned so that its direct sound would come from the middle of the path."""
    middle = path.points[len(path.points) // 2]
    angle = float(np.arctan2(middle[1], middle[0])) - float(rooms.azimuth_rad[source.room])
    w, y, z, x = torch.from_numpy(rooms.responses[source.room].astype(np.float32)).to(mono.device)
    c, s = math.cos(angle), math.sin(angle)
    turned = torch.stack([w, s * x + c * y, z, c * x - s * y])
    return convolved(mono[None], turned, len(mono)) * 10 ** (source.wet_db / 20)


def _widened(mono: Tensor, path: Path, rng: np.random.Generator) -> Tensor:
    """Return two later, quieter copies (4, N) from around the source: rain or a sea is no point."""
    middle = path.points[len(path.points) // 2]
    foa = mono.new_zeros(4, len(mono))
    for lag in (1501, 3203):
        spread = middle / np.linalg.norm(middle) + rng.normal(0.0, 0.25, 3)
        gains = torch.from_numpy(sn3d_gains(spread / np.linalg.norm(spread)).astype(np.float32)).to(mono.device)
        foa += 0.5 * gains[:, None] * functional.pad(mono[:-lag], (lag, 0))
    return foa


def along(values: NDArray[np.float64], samples: int, device: torch.device) -> Tensor:
    """Return (C, samples) of control values (C, M) at 25 Hz, linear between them."""
    step = SAMPLE_RATE_HZ // CONTROL_HZ
    points = torch.from_numpy(np.ascontiguousarray(values)).float().to(device)
    ramp = torch.arange(step, device=device) / step
    inner = points[:, :-1, None] + (points[:, 1:] - points[:, :-1])[:, :, None] * ramp
    flat = inner.flatten(1)[:, :samples]
    return functional.pad(flat, (0, samples - flat.shape[1]), mode="replicate") if flat.shape[1] < samples else flat


def read_at(wave: Tensor, positions: Tensor) -> Tensor:
    """Return a sound (N,) at fractional positions (M,) in samples, by cubic Hermite interpolation; silence outside."""
    base = positions.floor()
    t = (positions - base).float()
    at = base.long() + 2
    padded = functional.pad(wave, (2, 3))
    limit = len(padded) - 3
    inside = (at >= 1) & (at <= limit)
    at = at.clamp(1, limit)
    a, b, c, d = padded[at - 1], padded[at], padded[at + 1], padded[at + 2]
    slope, bend = 0.5 * (c - a), a - 2.5 * b + 2 * c - 0.5 * d
    value = b + t * (slope + t * (bend + t * (0.5 * (d - a) + 1.5 * (b - c))))
    return value * inside


def equalised(wave: Tensor, tone: Tone) -> Tensor:
    """Return a clip (N,) through an equaliser, without delay."""
    size = _fast_length(len(wave))
    frequency = torch.fft.rfftfreq(size, 1 / SAMPLE_RATE_HZ, device=wave.device).clamp(min=20.0)
    octaves = torch.log2(frequency / tone.peak_hz)
    gain_db = 20 * tone.tilt * torch.log10(frequency.clamp(min=60.0) / 1_000.0)
    gain_db += tone.low_db * torch.sigmoid(-4 * torch.log2(frequency / 200.0))
    gain_db += tone.high_db * torch.sigmoid(4 * torch.log2(frequency / 5_000.0))
    gain_db += tone.peak_db * torch.exp(-octaves.square())
    return torch.fft.irfft(torch.fft.rfft(wave, size) * torch.exp(gain_db * (math.log(10) / 20)), size)[: len(wave)]


def through_air(wave: Tensor) -> Tensor:
    """Return a sound (N,) after 50 m of air."""
    size = _fast_length(len(wave))
    frequency = torch.fft.rfftfreq(size, 1 / SAMPLE_RATE_HZ, device=wave.device)
    lost_db = _AIR_DB_PER_M_AT_10_KHZ * _AIR_REFERENCE_M * (frequency / 10_000.0).square()
    return torch.fft.irfft(torch.fft.rfft(wave, size) * 10 ** (-lost_db.clamp(max=60.0) / 20), size)[: len(wave)]


def convolved(sounds: Tensor, responses: Tensor, length: int) -> Tensor:
    """Return (C, length) of sounds (1 or C, N) through responses (C, L)."""
    size = _fast_length(sounds.shape[1] + responses.shape[1])
    product = torch.fft.rfft(sounds, size) * torch.fft.rfft(responses, size)
    return torch.fft.irfft(product, size)[:, :length]


def _fast_length(samples: int) -> int:
    """Return a length at least as long that splits into small primes."""
    best = 1 << (samples - 1).bit_length()
    for odd in (3, 5, 9, 15, 25, 27, 45, 75):
        size = odd
        while size < samples:
            size *= 2
        best = min(best, size)
    return best
