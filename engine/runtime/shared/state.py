"""The few numbers that the three processes share: the requests, and the state of playback.

Threads: every field has one writer. The session writes the requests (play, take, loop, view, volume, channels); the
audio process writes the clock and its counters; the generation process writes how far it is. Aligned 8-byte values are
read and written whole by every processor that this runs on; fields that belong together go through a sequence count.
"""

from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import FOA_CHANNELS
from engine.contract.view import ViewOrientation
from engine.runtime.shared.block import Fence, SharedBlock
from engine.runtime.shared.epochs import first_epoch, take_of
from engine.runtime.shared.played import Clock, Dropouts


class Phase(IntEnum):
    """What the audio process is doing with the take that it plays."""

    WAITING = 0
    PLAYING = 1
    REBUFFERING = 2
    ENDED = 3


class _I(IntEnum):
    WANTED_EPOCH = 0
    WANTED_START = 1
    PLAY = 2
    LOOP = 3
    CLOCK_SEQUENCE = 4
    CLOCK_EPOCH = 5
    CLOCK_FROM = 6
    CLOCK_UNTIL = 7
    LAP_START = 8
    PHASE = 9
    UNDERRUNS = 10
    UNDERRUN_SAMPLES = 11
    PLAYED_SAMPLES = 12
    CALLBACKS = 13
    PRODUCED_EPOCH = 14
    PRODUCED_UNTIL = 15
    AUDIBLE = 16
    GENERATION_BEATS = 17
    AUDIO_BEATS = 18
    OPENING_DEVICE = 19
    DEVICE_GAPS = 20


class _F(IntEnum):
    CLOCK_HEARD_AT = 0
    VOLUME = 1
    YAW = 2
    PITCH = 3
    ROLL = 4
    CHANNEL_GAINS = 5  # four, in ACN order


_INT_BYTES: Final = 8 * len(_I)
_FLOATS: Final = _F.CHANNEL_GAINS + FOA_CHANNELS
_RETRIES: Final = 100


class SharedState:
    """The shared numbers, by name. Made by the session (name None), attached to by the children."""

    def __init__(self, name: str | None = None) -> None:
        self._block = SharedBlock(name, _INT_BYTES + 8 * _FLOATS)
        self._ints = self._block.array(np.int64, (len(_I),), 0)
        self._floats = self._block.array(np.float64, (_FLOATS,), _INT_BYTES)
        self.channel_gains: NDArray[np.float64] = self._floats[_F.CHANNEL_GAINS :]
        """The gains (4,) of the channels at the ear; written by the session, without a copy."""
        self._fence = Fence()
        self._last_clock = Clock(first_epoch(), 0, 0, 0, 0.0)
        if name is None:
            self._floats[_F.VOLUME] = 1.0
            self.channel_gains[:] = 1.0

    @property
    def name(self) -> str:
        """The name by which another process opens the state."""
        return self._block.name

    def close(self) -> None:
        """Close it; after this nothing may be read or written."""
        if hasattr(self, "_ints"):
            del self._ints, self._floats, self.channel_gains
        self._block.close()

    # Requests: written by the session.

    def want_take(self, epoch: int, start_sample: int) -> None:
        """Request a new take from a film sample on; everything older is dropped."""
        self._ints[_I.WANTED_START] = start_sample
        self._fence.pass_through()
        self._ints[_I.WANTED_EPOCH] = epoch

    @property
    def wanted_epoch(self) -> int:
        """The epoch of the take that is wanted."""
        return int(self._ints[_I.WANTED_EPOCH])

    @property
    def wanted_start(self) -> int:
        """The film sample at which the wanted take starts."""
        return int(self._ints[_I.WANTED_START])

    @property
    def play(self) -> bool:
        """Whether the film is to play."""
        return bool(self._ints[_I.PLAY])

    @play.setter
    def play(self, on: bool) -> None:
        self._ints[_I.PLAY] = int(on)

    @property
    def loop(self) -> bool:
        """Whether the film starts again at its end."""
        return bool(self._ints[_I.LOOP])

    @loop.setter
    def loop(self, on: bool) -> None:
        self._ints[_I.LOOP] = int(on)

    @property
    def volume(self) -> float:
        """The playback volume, linear."""
        return float(self._floats[_F.VOLUME])

    @volume.setter
    def volume(self, linear: float) -> None:
        self._floats[_F.VOLUME] = linear

    @property
    def view(self) -> ViewOrientation:
        """The listener's view; a view that is read while it is written mixes two neighbours of one drag."""
        floats = self._floats
        return ViewOrientation(float(floats[_F.YAW]), float(floats[_F.PITCH]), float(floats[_F.ROLL]))

    @view.setter
    def view(self, view: ViewOrientation) -> None:
        self._floats[_F.YAW] = view.yaw_rad
        self._floats[_F.PITCH] = view.pitch_rad
        self._floats[_F.ROLL] = view.roll_rad

    # Playback: written by the audio process.

    def publish_clock(self, clock: Clock) -> None:
        """Publish what has been heard. The audio process calls it."""
        ints = self._ints
        ints[_I.CLOCK_SEQUENCE] += 1
        self._fence.pass_through()
        ints[_I.CLOCK_EPOCH] = clock.epoch
        ints[_I.CLOCK_FROM] = clock.from_sample
        ints[_I.CLOCK_UNTIL] = clock.until_sample
        ints[_I.LAP_START] = clock.iteration_start
        self._floats[_F.CLOCK_HEARD_AT] = clock.heard_at_s
        self._fence.pass_through()
        ints[_I.CLOCK_SEQUENCE] += 1

    @property
    def clock(self) -> Clock:
        """The clock as last published.

        If its writer stops half-way (it was held up, or has died), that is the last one that was read whole.
        """
        ints = self._ints
        for _ in range(_RETRIES):
            before = int(ints[_I.CLOCK_SEQUENCE])
            self._fence.pass_through()
            clock = Clock(
                int(ints[_I.CLOCK_EPOCH]),
                int(ints[_I.CLOCK_FROM]),
                int(ints[_I.CLOCK_UNTIL]),
                int(ints[_I.LAP_START]),
                float(self._floats[_F.CLOCK_HEARD_AT]),
            )
            self._fence.pass_through()
            if before % 2 == 0 and before == int(ints[_I.CLOCK_SEQUENCE]):
                self._last_clock = clock
                break
        return self._last_clock

    @property
    def phase(self) -> Phase:
        """What the audio process does."""
        return Phase(int(self._ints[_I.PHASE]))

    @phase.setter
    def phase(self, phase: Phase) -> None:
        self._ints[_I.PHASE] = phase

    @property
    def audible(self) -> bool:
        """Whether some of the wanted take has been played to the listener already."""
        return int(self._ints[_I.AUDIBLE]) == take_of(self.wanted_epoch)

    def note_audible(self, epoch: int) -> None:
        """Note that a take has begun to sound."""
        self._ints[_I.AUDIBLE] = take_of(epoch)

    @property
    def ended(self) -> bool:
        """Whether the wanted take has been played to the film's end."""
        is_wanted_take = take_of(self.clock.epoch) == take_of(self.wanted_epoch)  # first: see Playback._begin
        return is_wanted_take and self.phase is Phase.ENDED

    @property
    def underruns(self) -> int:
        """How often the ring ran empty."""
        return int(self._ints[_I.UNDERRUNS])

    @property
    def underrun_samples(self) -> int:
        """How many samples were missing in all."""
        return int(self._ints[_I.UNDERRUN_SAMPLES])

    @property
    def played_samples(self) -> int:
        """Samples of the field that went to the device since the start, all takes together."""
        return int(self._ints[_I.PLAYED_SAMPLES])

    @property
    def callbacks(self) -> int:
        """How often the device requested sound: a device that has disappeared no longer does."""
        return int(self._ints[_I.CALLBACKS])

    def count_underrun(self) -> None:
        """Count one more time that the ring ran empty."""
        self._ints[_I.UNDERRUNS] += 1

    def count(self, played: int, missing: int) -> None:
        """Count a callback: samples played, and samples that were due but missing."""
        ints = self._ints
        ints[_I.PLAYED_SAMPLES] += played
        ints[_I.UNDERRUN_SAMPLES] += missing
        ints[_I.CALLBACKS] += 1

    @property
    def audio_beats(self) -> int:
        """Grows while the audio process does anything, by its main loop or by its device; 0 until it has begun."""
        beats = int(self._ints[_I.AUDIO_BEATS])
        return beats + self.callbacks if beats else 0

    def beat_audio(self) -> None:
        """Show that the audio process is alive."""
        self._ints[_I.AUDIO_BEATS] += 1

    @property
    def device_gaps(self) -> int:
        """How often a device had nothing to play since the start, although sound was ready."""
        return int(self._ints[_I.DEVICE_GAPS])

    @device_gaps.setter
    def device_gaps(self, count: int) -> None:
        self._ints[_I.DEVICE_GAPS] = count

    @property
    def dropouts(self) -> Dropouts:
        """Everything that was counted since the start."""
        return Dropouts(self.underruns, self.underrun_samples, self.device_gaps)

    @property
    def opening_device(self) -> bool:
        """Whether the audio process is inside the system's sound driver, which may take seconds."""
        return bool(self._ints[_I.OPENING_DEVICE])

    @opening_device.setter
    def opening_device(self, on: bool) -> None:
        self._ints[_I.OPENING_DEVICE] = int(on)

    # Generation: written by the generation process.

    def publish_produced(self, epoch: int, until_sample: int) -> None:
        """Publish up to which film sample an epoch is generated."""
        self._ints[_I.PRODUCED_UNTIL] = until_sample
        self._fence.pass_through()
        self._ints[_I.PRODUCED_EPOCH] = epoch

    @property
    def generation_beats(self) -> int:
        """Grows while the generation process does anything but load the model or work on a patch."""
        return int(self._ints[_I.GENERATION_BEATS])

    def beat_generation(self) -> None:
        """Show that the generation process is alive."""
        self._ints[_I.GENERATION_BEATS] += 1

    @property
    def reached(self) -> tuple[int, int]:
        """The epoch, which counts iterations, and the film sample at which the model continues the wanted take."""
        wanted, produced = self.wanted_epoch, int(self._ints[_I.PRODUCED_EPOCH])
        if take_of(produced) != take_of(wanted):
            return wanted, self.wanted_start
        return produced, int(self._ints[_I.PRODUCED_UNTIL])

    @property
    def produced_until(self) -> int:
        """The film sample up to which the wanted take exists; its start if nothing exists yet."""
        if take_of(int(self._ints[_I.PRODUCED_EPOCH])) != take_of(self.wanted_epoch):
            return self.wanted_start
        return int(self._ints[_I.PRODUCED_UNTIL])
