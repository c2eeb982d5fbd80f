"""The few numbers that the three processes share: the requests, and the state of playback.

Threads: every field has one writer. The session writes the requests (play, take, loop, view, volume, channels); the
audio process writes the clock and its counters; the generation process writes how far it is. Aligned 8-byte values are
read and written whole by every processor that this runs on; fields that belong together go through a sequence count.
"""

from enum import IntEnum
from typing import Final

from engine.runtime.shared.epochs import first_epoch, take_of
from engine.runtime.shared.numbers import Real, Whole
from engine.runtime.shared.played import Clock, Dropouts
from engine.runtime.shared.requests import Requests


class Phase(IntEnum):
    """What the audio process is doing with the take that it plays."""

    WAITING = 0
    PLAYING = 1
    REBUFFERING = 2
    ENDED = 3


_RETRIES: Final = 100


class SharedState(Requests):
    """The shared numbers. Made by the session (name None), attached to by the children."""

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self._last_clock = Clock(first_epoch(), 0, 0, 0, 0.0)
        if name is None:
            self._floats[Real.VOLUME] = 1.0
            self.channel_gains[:] = 1.0

    # Playback: written by the audio process.

    def publish_clock(self, clock: Clock) -> None:
        """Publish what has been heard. The audio process calls it."""
        ints = self._ints
        ints[Whole.CLOCK_SEQUENCE] += 1
        self._fence.pass_through()
        ints[Whole.CLOCK_EPOCH] = clock.epoch
        ints[Whole.CLOCK_FROM] = clock.from_sample
        ints[Whole.CLOCK_UNTIL] = clock.until_sample
        ints[Whole.LAP_START] = clock.iteration_start
        self._floats[Real.CLOCK_HEARD_AT] = clock.heard_at_s
        self._fence.pass_through()
        ints[Whole.CLOCK_SEQUENCE] += 1

    @property
    def clock(self) -> Clock:
        """The clock as last published.

        If its writer stops half-way (it was held up, or has died), that is the last one that was read whole.
        """
        ints = self._ints
        for _ in range(_RETRIES):
            before = int(ints[Whole.CLOCK_SEQUENCE])
            self._fence.pass_through()
            clock = Clock(
                int(ints[Whole.CLOCK_EPOCH]),
                int(ints[Whole.CLOCK_FROM]),
                int(ints[Whole.CLOCK_UNTIL]),
                int(ints[Whole.LAP_START]),
                float(self._floats[Real.CLOCK_HEARD_AT]),
            )
            self._fence.pass_through()
            if before % 2 == 0 and before == int(ints[Whole.CLOCK_SEQUENCE]):
                self._last_clock = clock
                break
        return self._last_clock

    @property
    def phase(self) -> Phase:
        """What the audio process does."""
        return Phase(int(self._ints[Whole.PHASE]))

    @phase.setter
    def phase(self, phase: Phase) -> None:
        self._ints[Whole.PHASE] = phase

    @property
    def audible(self) -> bool:
        """Whether some of the wanted take has been played to the listener already."""
        return int(self._ints[Whole.AUDIBLE]) == take_of(self.wanted_epoch)

    def note_audible(self, epoch: int) -> None:
        """Note that a take has begun to sound."""
        self._ints[Whole.AUDIBLE] = take_of(epoch)

    @property
    def ended(self) -> bool:
        """Whether the wanted take has been played to the film's end."""
        is_wanted_take = take_of(self.clock.epoch) == take_of(self.wanted_epoch)  # first: see Playback._begin
        return is_wanted_take and self.phase is Phase.ENDED

    @property
    def underruns(self) -> int:
        """How often the ring ran empty."""
        return int(self._ints[Whole.UNDERRUNS])

    @property
    def underrun_samples(self) -> int:
        """How many samples were missing in all."""
        return int(self._ints[Whole.UNDERRUN_SAMPLES])

    @property
    def played_samples(self) -> int:
        """Samples of the field that went to the device since the start, all takes together."""
        return int(self._ints[Whole.PLAYED_SAMPLES])

    @property
    def callbacks(self) -> int:
        """How often the device requested sound: a device that has disappeared no longer does."""
        return int(self._ints[Whole.CALLBACKS])

    def count_underrun(self) -> None:
        """Count one more time that the ring ran empty."""
        self._ints[Whole.UNDERRUNS] += 1

    def count(self, played: int, missing: int) -> None:
        """Count a callback: samples played, and samples that were due but missing."""
        ints = self._ints
        ints[Whole.PLAYED_SAMPLES] += played
        ints[Whole.UNDERRUN_SAMPLES] += missing
        ints[Whole.CALLBACKS] += 1

    @property
    def audio_beats(self) -> int:
        """Grows while the audio process does anything, by its main loop or by its device; 0 until it has begun."""
        beats = int(self._ints[Whole.AUDIO_BEATS])
        return beats + self.callbacks if beats else 0

    def beat_audio(self) -> None:
        """Show that the audio process is alive."""
        self._ints[Whole.AUDIO_BEATS] += 1

    @property
    def device_gaps(self) -> int:
        """How often a device had nothing to play since the start, although sound was ready."""
        return int(self._ints[Whole.DEVICE_GAPS])

    @device_gaps.setter
    def device_gaps(self, count: int) -> None:
        self._ints[Whole.DEVICE_GAPS] = count

    @property
    def dropouts(self) -> Dropouts:
        """Everything that was counted since the start."""
        ints = self._ints
        return Dropouts(
            self.underruns + int(ints[Whole.MISSES]),
            self.underrun_samples + int(ints[Whole.MISSING_SAMPLES]),
            self.device_gaps,
        )

    @property
    def opening_device(self) -> bool:
        """Whether the audio process is inside the system's sound driver, which may take seconds."""
        return bool(self._ints[Whole.OPENING_DEVICE])

    @opening_device.setter
    def opening_device(self, on: bool) -> None:
        self._ints[Whole.OPENING_DEVICE] = int(on)

    def count_missing(self, misses: int, samples: int) -> None:
        """Count sounds of a scene that fell silent because they were not there in time, and for how long."""
        self._ints[Whole.MISSES] += misses
        self._ints[Whole.MISSING_SAMPLES] += samples

    # The feeder of scenes: written by its process.

    def publish_primed(self, epoch: int, scene_version: int) -> None:
        """Publish that the sounds for the start of a take of the scene are there, as far as they exist."""
        self._ints[Whole.PRIMED_VERSION] = scene_version
        self._fence.pass_through()
        self._ints[Whole.PRIMED_EPOCH] = epoch

    @property
    def is_primed(self) -> bool:
        """Whether the wanted take of the scene can begin to sound."""
        is_wanted_take = take_of(int(self._ints[Whole.PRIMED_EPOCH])) == take_of(self.wanted_epoch)
        return is_wanted_take and int(self._ints[Whole.PRIMED_VERSION]) == self.scene_version

    # Generation: written by the generation process.

    def publish_produced(self, epoch: int, until_sample: int) -> None:
        """Publish up to which film sample an epoch is generated."""
        self._ints[Whole.PRODUCED_UNTIL] = until_sample
        self._fence.pass_through()
        self._ints[Whole.PRODUCED_EPOCH] = epoch

    @property
    def generation_beats(self) -> int:
        """Grows while the generation process does anything but load the model or work on a patch."""
        return int(self._ints[Whole.GENERATION_BEATS])

    def beat_generation(self) -> None:
        """Show that the generation process is alive."""
        self._ints[Whole.GENERATION_BEATS] += 1

    @property
    def reached(self) -> tuple[int, int]:
        """The epoch, which counts iterations, and the film sample at which the model continues the wanted take."""
        wanted, produced = self.wanted_epoch, int(self._ints[Whole.PRODUCED_EPOCH])
        if self.wants_scene:  # no model follows the film
            clock = self.clock
            return (
                (clock.epoch, clock.until_sample)
                if take_of(clock.epoch) == take_of(wanted)
                else (wanted, self.wanted_start)
            )
        if take_of(produced) != take_of(wanted):
            return wanted, self.wanted_start
        return produced, int(self._ints[Whole.PRODUCED_UNTIL])

    @property
    def produced_until(self) -> int:
        """The film sample up to which the wanted take exists; its start if nothing exists yet."""
        if take_of(int(self._ints[Whole.PRODUCED_EPOCH])) != take_of(self.wanted_epoch):
            return self.wanted_start
        return int(self._ints[Whole.PRODUCED_UNTIL])
