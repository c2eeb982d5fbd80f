"""The audio process's report on playback: the position of the sound, and the number of underruns."""

from dataclasses import dataclass

from engine.contract.conventions import SAMPLE_RATE_HZ


@dataclass(frozen=True)
class Dropouts:
    """How often and by how many samples the sound ran out, and how often a device had nothing to play."""

    underruns: int
    underrun_samples: int
    device_gaps: int

    def since(self, before: "Dropouts") -> "Dropouts":
        """Return the difference to an earlier count."""
        return Dropouts(
            self.underruns - before.underruns,
            self.underrun_samples - before.underrun_samples,
            self.device_gaps - before.device_gaps,
        )


@dataclass(frozen=True)
class Clock:
    """The position of the sound: film samples `from_sample` to `until_sample` are heard from `heard_at_s` on.

    `iteration_start` is the film sample at which this iteration of the loop began: no earlier position is reported.
    """

    epoch: int
    from_sample: int
    until_sample: int
    iteration_start: int
    heard_at_s: float

    def sample_at(self, now_s: float) -> int:
        """Return the film sample that leaves the device at a time of `time.perf_counter`."""
        heard = self.from_sample + round((now_s - self.heard_at_s) * SAMPLE_RATE_HZ)
        return max(self.iteration_start, min(heard, self.until_sample))
