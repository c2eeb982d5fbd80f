"""From a plan to sound: AmbiX of every source by its path, distance and room, and of beds. In torch, on any device.

Level falls with one over the distance, the air absorbs the highs, a moving source is delayed by its distance (so its
pitch moves). A field is the sum; everything random was drawn in the plan.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from engine.ambisonics.encoding import sn3d_gains
from engine.contract.conventions import PATCH_SAMPLES, SAMPLE_RATE_HZ
from engine.scenes.beds import diffuse_field, surroundings
from engine.scenes.filters import convolved, delayed, needed_samples, retimed, through_air
from engine.scenes.paths import CONTROL_HZ, Path
from engine.scenes.performing.laying_out import Performance, lay_out
from engine.scenes.performing.material import material_of
from engine.scenes.performing.room_tone import room_tone
from engine.scenes.plan import PlannedSource, ScenePlan
from engine.scenes.rooms import RoomBank
from engine.scenes.sound_bank import Sound, SoundBank

_SPEED_OF_SOUND = 343.0
_FADE_IN, _FADE_OUT = 96, 13_440
"""2 ms, so that an onset keeps its edge, and 0.28 s."""
_ACTIVE_SHARE = 0.03
_LAYER_DB = (0.0, 8.0)
"""How much quieter the second clip of an ambience is."""
_HIGHEST_PEAK = 0.95
_AIR_FROM_M = 2.0
_POINTED = 0.9
_TURNS, _TURNS_FROM = 5, 0.2
"""The number of directions in which a room answers a moving source, and the path length that counts as moving."""


@dataclass(frozen=True, eq=False)
class Rendered:
    """AmbiX (4, N) float32; per source (patches,) whether it sounds, and the times (s) at which its events begin."""

    foa: Tensor
    active: tuple[NDArray[np.bool_], ...]
    onsets_s: tuple[NDArray[np.float64], ...]


class SceneRenderer:
    """Renders plans with the sounds of a bank, in rooms (None if no plan names one), on a device."""

    def __init__(self, bank: SoundBank, rooms: RoomBank | None, device: torch.device | str) -> None:
        self._bank, self._rooms, self._device = bank, rooms, torch.device(device)

    @torch.inference_mode()
    def render(self, plan: ScenePlan) -> Rendered:
        """Return the sound of a plan; if a peak would exceed 0.95, the whole scene is quieter."""
        foa = torch.zeros(4, plan.samples, device=self._device)
        active, onsets = [], []
        for source in plan.sources:
            field, sounds, begins = self._source(source, plan)
            foa += field
            active.append(sounds)
            onsets.append(begins)
        if plan.bed is not None:
            foa += self._source(plan.bed, plan)[0]
        if plan.tone_db is not None:
            foa += room_tone(plan.samples, plan.tone_db, plan.caption_seed, self._device)
        foa *= _HIGHEST_PEAK / foa.abs().max().clamp(min=_HIGHEST_PEAK)
        return Rendered(foa, tuple(active), tuple(onsets))

    def _source(self, source: PlannedSource, plan: ScenePlan) -> tuple[Tensor, NDArray[np.bool_], NDArray[np.float64]]:
        """Return a source's AmbiX (4, N), in which patches it sounds and when (s) its events begin."""
        sound, onsets_s = self._performed(source, plan)
        whole = sound[0, : plan.patches * PATCH_SAMPLES].view(plan.patches, PATCH_SAMPLES)
        active = whole.square().mean(1).sqrt() > _ACTIVE_SHARE * 10 ** (source.level_db / 20)
        if source.path is not None:
            field = placed(sound[0], source, source.path, self._rooms)
        else:
            field = diffuse_field(sound[0], sound[1] if len(sound) > 1 else None, source.seed + 1)
        return field, active.numpy(force=True), onsets_s

    def _performed(self, source: PlannedSource, plan: ScenePlan) -> tuple[Tensor, NDArray[np.float64]]:
        """Return (C, samples) of a clip laid out, re-timed and equalised in its window, and its onsets in seconds."""
        begin = source.begin_patch * PATCH_SAMPLES
        leaves = source.end_patch < plan.patches
        end = min(source.end_patch * PATCH_SAMPLES + _FADE_OUT, plan.samples) if leaves else plan.samples
        length = end - begin
        needed, rng = needed_samples(length, source.rate), np.random.default_rng(source.seed)
        shown = self._played(source.sound, source, needed, rng)
        channels = shown.channels
        if source.layer is not None:
            other = self._played(source.layer, source, needed, rng).channels
            share = 10 ** (-rng.uniform(*_LAYER_DB) / 20)
            # A mono clip is the middle of a stereo one.
            both = np.zeros((max(len(channels), len(other)), needed), np.float32)
            both[: len(channels)] = channels
            both[: len(other)] += np.float32(share) * other
            channels = both / np.float32(np.hypot(1.0, share))
        sound = torch.from_numpy(channels).to(self._device)
        part = retimed(sound, length, source.rate, source.tone) * 10 ** (source.level_db / 20)
        if leaves:
            fade = min(_FADE_OUT, length)
            part[:, length - fade :] *= torch.linspace(1.0, 0.0, fade, device=self._device).square()
        if begin:
            part[:, :_FADE_IN] *= torch.linspace(0.0, 1.0, _FADE_IN, device=self._device)
        onsets = shown.onsets / source.rate
        return functional.pad(part, (begin, plan.samples - end)), (begin + onsets[onsets < length]) / SAMPLE_RATE_HZ

    def _played(self, sound: Sound, source: PlannedSource, needed: int, rng: np.random.Generator) -> Performance:
        material = material_of(self._bank, sound, needed, rng, stereo=source.path is None)
        return lay_out(material, needed, rng, at_once=source.begin_patch > 0, once=source.once)


def placed(mono: Tensor, source: PlannedSource, path: Path, rooms: RoomBank | None) -> Tensor:
    """Return AmbiX (4, N) of a performance (N,) along a path, in the source's room."""
    device, samples = mono.device, len(mono)
    distance = path.distance_m
    nearest = float(distance.min())
    if np.ptp(path.points, axis=0).max() > 1e-6:
        points = along(path.points.T, samples, device)
        way = points.norm(dim=0)
        if np.ptp(distance) > 0.05:
            mono = delayed(mono, (way - nearest) * (SAMPLE_RATE_HZ / _SPEED_OF_SOUND))
        if distance.max() > _AIR_FROM_M:
            mono = through_air(mono, way.float())
        x, y, z = (points / way).float()
        direct = mono * (nearest / way).float()
        foa = torch.stack([direct, direct * y, direct * z, direct * x])
    else:
        if nearest > _AIR_FROM_M:
            mono = through_air(mono, torch.tensor([nearest], device=device))
        foa = _gains(path.points[0] / nearest, device)[:, None] * mono
    if source.extended:
        # Rain or a sea is not a point: a part of its field is diffuse, while W stays the sound itself.
        foa[1:] = _POINTED * foa[1:] + (1.0 - _POINTED**2) ** 0.5 * surroundings(mono, None, source.seed + 1)
    if source.response >= 0:
        assert rooms is not None
        foa += source.wet * _in_room(mono, source, path, rooms)
    return foa


def _in_room(mono: Tensor, source: PlannedSource, path: Path, rooms: RoomBank) -> Tensor:
    """Return the room's answer (4, N); while a source moves, its early part follows in a few cross-faded turns."""
    samples = len(mono)
    moves = np.ptp(path.points / path.distance_m[:, None], axis=0).max() > _TURNS_FROM
    count = _TURNS if moves else 1
    places = np.linspace(0, len(path.points) - 1, 2 * count + 1)[1::2].astype(int)
    foa = mono.new_zeros(4, samples)
    centres = (np.arange(count) + 0.5) * samples / count
    grid = torch.arange(samples, device=mono.device)
    for centre, place in zip(centres, places, strict=True):
        x, y = path.points[place, :2]
        response = rooms.turned_to(source.response, float(np.arctan2(y, x)), mirrored=source.mirrored)
        share = mono
        if count > 1:
            # Ramps between the centres add up to one; the first and the last extend to the ends.
            ramp = 1.0 - (grid - float(centre)).abs() * (count / samples)
            inside = ramp.clamp(min=0.0)
            if place == places[0]:
                inside = torch.where(grid < centre, 1.0, inside)
            if place == places[-1]:
                inside = torch.where(grid > centre, 1.0, inside)
            share = mono * inside
        foa += convolved(share[None], torch.from_numpy(response).to(mono.device), samples)
    return foa


def _gains(vector: NDArray[np.float64], device: torch.device) -> Tensor:
    return torch.from_numpy(sn3d_gains(vector)).float().to(device)


def along(values: NDArray[np.float64], samples: int, device: torch.device) -> Tensor:
    """Return (C, samples) float64 of control values (C, M) at 25 Hz, linear between them, the last one held."""
    step = SAMPLE_RATE_HZ // CONTROL_HZ
    points = torch.from_numpy(np.ascontiguousarray(values)).to(device)
    ramp = torch.arange(step, device=device, dtype=torch.float64) / step
    inner = points[:, :-1, None] + (points[:, 1:] - points[:, :-1])[:, :, None] * ramp
    flat = inner.flatten(1)[:, :samples]
    short = samples - flat.shape[1]
    return torch.cat([flat, points[:, -1:].expand(-1, short)], dim=1) if short > 0 else flat
