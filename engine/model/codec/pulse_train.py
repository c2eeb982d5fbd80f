"""One pulse per period, at a gliding pitch: the raw material of a tone before it is shaped."""

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.model.codec.analysis import FFT_SIZE, HOP, SAMPLE_RATE_HZ

_GLIDE = HOP * 2


@dataclass(frozen=True)
class PulseState:
    """Streaming state of the pulse train.

    `recent` (B, 1440) are samples that later frames see too; `phase` (B,) is 0 to 1, `rest` (B,) that of a pulse
    between two samples, `cycles` (B,) the pitch so far, in cycles per sample.
    """

    recent: Tensor
    phase: Tensor
    rest: Tensor
    cycles: Tensor


def initial_pulses(batch: int, like: Tensor) -> PulseState:
    """Return the state before the first frame."""
    nothing = like.new_zeros(batch)
    return PulseState(like.new_zeros(batch, FFT_SIZE - HOP), nothing.double(), nothing, nothing.double())


def pulse_frames(pitch: Tensor, hops: int, state: PulseState) -> tuple[Tensor, PulseState]:
    """Return frames (B, n * hops, 1920) of pulses of unit power at pitches in Hz (B, n), each held for `hops` hops.

    The pitch glides to its new value over 20 ms, and phases continue: a change makes no click. A pulse falls between
    samples.
    """
    count = pitch.shape[1]
    wanted = pitch.double() / SAMPLE_RATE_HZ
    before = torch.cat([torch.where(state.cycles > 0, state.cycles, wanted[:, 0])[:, None], wanted[:, :-1]], dim=1)
    length = hops * HOP
    along = (torch.arange(1, length + 1, device=pitch.device, dtype=torch.float64) / _GLIDE).clamp(max=1.0)
    cycles = (before[..., None] + (wanted - before)[..., None] * along).flatten(1)
    phase = state.phase[:, None] + cycles.cumsum(1)
    turns = phase.floor()
    begins = torch.diff(turns, dim=1, prepend=state.phase.floor()[:, None]) > 0
    # The pulse came `late` samples before this one: it is shared between this sample and the next.
    late = (phase - turns) / cycles
    height = torch.where(begins, cycles.rsqrt(), 0.0)
    here, later = (height * late).to(pitch.dtype), (height * (1.0 - late)).to(pitch.dtype)
    train = here + torch.cat([state.rest[:, None], later[:, :-1]], dim=1)
    recent = torch.cat([state.recent, train], dim=1)
    left = PulseState(recent[:, count * length :], phase[:, -1] - turns[:, -1], later[:, -1], wanted[:, -1])
    return recent.unfold(1, FFT_SIZE, HOP), left
