"""From a clip to a performance of a scene's length: events follow each other with natural gaps, textures go on.

A clip of one bark in five seconds teaches a model to be silent. So a clip is cut into its events, and long silences
between them are shortened; the order of events stays.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.contract.conventions import SAMPLE_RATE_HZ

_FRAME = 480
_QUIET_SHARE = 0.003
"""An event is what lies within 25 dB of the clip's loud frames."""
_BEFORE_FRAMES, _AFTER_FRAMES = 3, 15
_TEXTURE_SHARE = 0.85
_SHORTEST_TEXTURE_S = 2.0
_FADE = 144
_JOIN = 2_400


@dataclass(frozen=True)
class Event:
    """A stretch of a clip in samples, and the silence that followed it there, in samples."""

    start: int
    stop: int
    gap: int


def find_events(wave: NDArray[np.float32]) -> tuple[list[Event], float]:
    """Return the events of a clip (N,) and the level of its loud part in RMS."""
    frames = max(len(wave) // _FRAME, 1)
    power = np.square(wave[: frames * _FRAME].reshape(frames, -1)).mean(axis=1)
    loud = power > _QUIET_SHARE * np.quantile(power, 0.95) + 1e-10
    level = float(np.sqrt(power[power > 0.05 * np.quantile(power, 0.95)].mean() + 1e-12))
    reach = np.convolve(loud, np.ones(_BEFORE_FRAMES + _AFTER_FRAMES + 1), "full")[_BEFORE_FRAMES:][:frames] > 0
    edges = np.flatnonzero(np.diff(np.concatenate([[0], reach.astype(np.int8), [0]])))
    starts, stops = edges[::2] * _FRAME, np.minimum(edges[1::2] * _FRAME, len(wave))
    followed = np.append(starts[1:], len(wave) + int(starts[0]) if len(starts) else len(wave))
    return [Event(int(a), int(b), int(n - b)) for a, b, n in zip(starts, stops, followed, strict=True)], level


def is_texture(events: list[Event], length: int) -> bool:
    """Return whether a clip sounds on and on, so that it can be looped across a fade."""
    sounding = sum(e.stop - e.start for e in events)
    return sounding > _TEXTURE_SHARE * length and length > _SHORTEST_TEXTURE_S * SAMPLE_RATE_HZ


def lay_out(wave: Tensor, samples: int, rng: np.random.Generator) -> Tensor:
    """Return a performance (samples,) at a loud level of 1 RMS of a clip (N,), on the clip's device."""
    plain = wave.numpy(force=True)
    events, level = find_events(plain)
    wave = wave / max(level, 1e-5)
    if not events:
        return wave.new_zeros(samples)
    if is_texture(events, len(wave)):
        return _texture(wave, samples, rng)
    return _events(wave, events, samples, rng)


def _texture(wave: Tensor, samples: int, rng: np.random.Generator) -> Tensor:
    length = len(wave)
    if length >= samples:
        start = int(rng.integers(length - samples + 1))
        return wave[start : start + samples].clone()
    fade = torch.sin(torch.linspace(0, torch.pi / 2, _JOIN, device=wave.device))
    piece = wave.clone()
    piece[:_JOIN] *= fade
    piece[-_JOIN:] *= fade.flip(0)
    out = wave.new_zeros(samples)
    position = -int(rng.integers(length - _JOIN))
    while position < samples:
        begin, end = max(position, 0), min(position + length, samples)
        out[begin:end] += piece[begin - position : end - position]
        position += length - _JOIN
    return out


def _events(wave: Tensor, events: list[Event], samples: int, rng: np.random.Generator) -> Tensor:
    out = wave.new_zeros(samples)
    ramp = torch.linspace(0.0, 1.0, _FADE, device=wave.device)
    at = int(rng.integers(len(events)))
    position = int(rng.uniform(0.0, 0.3) * SAMPLE_RATE_HZ)
    while position < samples:
        event = events[at % len(events)]
        piece = wave[event.start : event.stop].clone()
        edge = min(_FADE, len(piece) // 2)
        piece[:edge] *= ramp[:edge] if edge == _FADE else torch.linspace(0.0, 1.0, edge, device=wave.device)
        piece[len(piece) - edge :] *= torch.linspace(1.0, 0.0, edge, device=wave.device)
        end = min(position + len(piece), samples)
        out[position:end] += piece[: end - position]
        position += len(piece) + _gap(event.gap, rng)
        at += 1
    return out


def _gap(natural: int, rng: np.random.Generator) -> int:
    """Return the clip's own silence where it is short, else one drawn; now and then a long one."""
    longest = rng.uniform(1.0, 1.8) if rng.random() < 0.08 else rng.uniform(0.12, 0.55)
    return min(natural, int(longest * SAMPLE_RATE_HZ))
