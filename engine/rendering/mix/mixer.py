"""The mix of a scene: lanes in, a field and head-locked stereo out, block by block."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.limiter import FoaLimiter
from engine.contract.conventions import FOA_CHANNELS
from engine.contract.scene.lane import Lane, LaneKind
from engine.contract.scene.scene import Scene
from engine.rendering.mix.arrangement import Arrangement
from engine.rendering.mix.sounds import BlockSound
from engine.rendering.mix.spans import LaneSpans, Span
from engine.rendering.mix.ticks import TICK_SAMPLES
from engine.rendering.mix.voice import Voice

_HELD_SEGMENTS: Final = 4
"""The limiter holds its gain for 20 ms: between two peaks of the lowest tones it does not recover."""


class _Key(NamedTuple):
    """What makes a voice: if any of it changes, the voice fades out and another one fades in."""

    lane_id: int
    sound_id: int
    is_head_locked: bool
    sound: int
    span: Span


@dataclass(frozen=True, eq=False)
class Mixed:
    """A stretch of the mix: AmbiX `field` (4, n), head-locked stereo (2, n), and each lane if they are kept apart.

    `lanes` has the lanes by their id: (4, n), or (2, n) for a head-locked one. They hold every gain, the master's too,
    and add up to the mix before it is limited.
    """

    field: NDArray[np.float32]
    head_locked: NDArray[np.float32]
    lanes: Mapping[int, NDArray[np.float32]]


class SceneMixer:
    """Mixes a scene from a sample of the film on; it opens no files.

    Threads: one thread reads and seeks, and one may call `change` and `hear` meanwhile. Neither waits for the
    other.

    `sounds` are the sounds of the blocks by block id, and of the film's own sound by its lane's; what is missing is
    silent. A changed scene is heard from the next tick on, within 10 ms, and every change is a ramp. The samples do
    not depend on how many are read at a time. With `limited`, the field is kept below full scale; `keeps_lanes` gives
    each lane, too.
    """

    def __init__(
        self,
        scene: Scene,
        sounds: Mapping[int, BlockSound],
        *,
        start_sample: int = 0,
        limited: bool = True,
        keeps_lanes: bool = False,
    ) -> None:
        self._is_limited, self._keeps_lanes = limited, keeps_lanes
        self._sounds = dict(sounds)
        self._arrangement = Arrangement.of(scene)
        self.seek(start_sample)

    @property
    def position(self) -> int:
        """The sample of the film that is read next."""
        return self._at + self._used - TICK_SAMPLES

    def change(self, scene: Scene) -> None:
        """Mix another scene from the next tick on."""
        self._arrangement = Arrangement.of(scene, self._arrangement)

    def hear(self, sounds: Mapping[int, BlockSound]) -> None:
        """Take the sounds of all blocks instead of those before; what is missing now falls silent."""
        self._sounds = dict(sounds)

    def seek(self, sample: int) -> None:
        """Continue at another sample of the film, where everything is in its place at once."""
        self._start(sample, {})

    def seek_following(self, sample: int) -> None:
        """Continue at another sample of the film, with the turns that would have led there from the start.

        It takes longer the longer ago the blocks began. Air and limiter need a short run-up besides.
        """
        self._start(sample, self._followed(sample // TICK_SAMPLES * TICK_SAMPLES))

    def _start(self, sample: int, voices: "dict[_Key, Voice]") -> None:
        self._voices = voices
        self._limiter = FoaLimiter(hold_segments=_HELD_SEGMENTS)
        self._mixed = self._arrangement, self._sounds
        self._at = sample // TICK_SAMPLES * TICK_SAMPLES
        self._tick = self._next_tick()
        self._used = sample - (self._at - TICK_SAMPLES)

    def read(self, count: int) -> Mixed:
        """Return the next samples of the mix."""
        parts = list(self._parts(count))
        if len(parts) == 1:
            return parts[0]
        lanes: dict[int, NDArray[np.float32]] = {}
        at = 0
        for part in parts:
            end = at + part.field.shape[1]
            for lane_id, own in part.lanes.items():  # lanes come and go
                lanes.setdefault(lane_id, np.zeros((len(own), count), np.float32))[:, at:end] = own
            at = end
        field = _joined([part.field for part in parts], FOA_CHANNELS)
        return Mixed(field, _joined([part.head_locked for part in parts], 2), lanes)

    def _parts(self, count: int) -> Iterator[Mixed]:
        while count > 0:
            if self._used == TICK_SAMPLES:
                self._tick, self._used = self._next_tick(), 0
            part = slice(self._used, min(self._used + count, TICK_SAMPLES))
            self._used = part.stop
            count -= part.stop - part.start
            lanes = {key: own[:, part] for key, own in self._tick.lanes.items()}
            yield Mixed(self._tick.field[:, part], self._tick.head_locked[:, part], lanes)

    def _next_tick(self) -> Mixed:
        at = self._at
        field = np.zeros((FOA_CHANNELS, TICK_SAMPLES), np.float32)
        stereo = np.zeros((2, TICK_SAMPLES), np.float32)
        lanes: dict[int, NDArray[np.float32]] = {}
        voices: dict[_Key, Voice] = {}
        arrangement, sounds = self._arrangement, self._sounds  # another thread may replace them meanwhile
        is_changed = arrangement is not self._mixed[0] or sounds is not self._mixed[1]
        for lane, spans in arrangement.lanes:
            own = np.zeros_like(stereo if lane.kind is LaneKind.HEAD_LOCKED else field)
            for key, sound, gain in _sounding(lane, spans, sounds, at):
                voice = self._voices.pop(key, None)
                if voice is None:
                    fades_in = is_changed and key.span.start < at
                    voice = Voice(sound, key.span, head_locked=key.is_head_locked, fades_in=fades_in)
                voices[key] = voice
                made = voice.tick(at, arrangement.place(lane, at + TICK_SAMPLES), gain * arrangement.gain(lane))
                if made is not None:
                    own += made
            self._leave(lane, at, own)
            (stereo if lane.kind is LaneKind.HEAD_LOCKED else field)[:] += own
            if self._keeps_lanes:
                lanes[lane.lane_id] = own
        for key, voice in self._voices.items():  # of lanes that were removed
            left = voice.leave(at)
            if left is not None:
                (stereo if key.is_head_locked else field)[:] += left
        self._voices, self._mixed = voices, (arrangement, sounds)
        self._at += TICK_SAMPLES
        if self._is_limited:
            field = self._limiter.process(field)
        return Mixed(field, stereo, lanes)

    def _followed(self, at: int) -> "dict[_Key, Voice]":
        """Return the voices of a tick that may have turned, as if they had been mixed since they began."""
        voices = {}
        for lane, spans in self._arrangement.lanes:
            is_still = lane.path is None and lane.width_deg is None
            if is_still or self._arrangement.gain(lane) == 0.0:
                continue
            for key, sound, _gain in _sounding(lane, spans, self._sounds, at):
                voice = voices[key] = Voice(sound, key.span, head_locked=key.is_head_locked, fades_in=False)
                for before in range(key.span.start // TICK_SAMPLES * TICK_SAMPLES, at, TICK_SAMPLES):
                    voice.follow(before, self._arrangement.place(lane, before + TICK_SAMPLES))
        return voices

    def _leave(self, lane: Lane, at: int, own: NDArray[np.float32]) -> None:
        """Fade out the voices of a lane whose block was changed or removed, and forget those that have ended."""
        is_head_locked = lane.kind is LaneKind.HEAD_LOCKED
        for key in [key for key in self._voices if (key.lane_id, key.is_head_locked) == (lane.lane_id, is_head_locked)]:
            left = self._voices.pop(key).leave(at)
            if left is not None:
                own += left


def _sounding(
    lane: Lane, spans: LaneSpans, sounds: Mapping[int, BlockSound], at: int
) -> Iterator[tuple[_Key, BlockSound, float]]:
    """Yield what sounds in a tick of a lane: the key of its voice, its sound, and the linear gain of its block."""
    is_head_locked = lane.kind is LaneKind.HEAD_LOCKED
    for index in spans.in_tick(at):
        sound_id = spans.keys[index]
        sound = sounds.get(sound_id)
        # The sound of a block may still be that of an earlier scene, in which it was not head-locked.
        if sound is not None and not (is_head_locked and sound.channels == FOA_CHANNELS):
            yield _Key(lane.lane_id, sound_id, is_head_locked, id(sound), spans.spans[index]), sound, spans.gains[index]


def _joined(parts: list[NDArray[np.float32]], channels: int) -> NDArray[np.float32]:
    return np.concatenate(parts, axis=1) if parts else np.zeros((channels, 0), np.float32)
