"""What the audio process tells of its playing: where the sound is, and how often it ran dry."""

from dataclasses import dataclass

from engine.contract.conventions import SAMPLE_RATE_HZ


@dataclass(frozen=True)
class Dropouts:
    """How often the sound ran dry and by how many samples, and how often a device had nothing to play."""

    underruns: int
    underrun_samples: int
    device_gaps: int

    def since(self, before: "Dropouts") -> "Dropouts":
        """Return what came after an earlier count."""
        return Dropouts(
            self.underruns - before.underruns,
            self.underrun_samples - before.underrun_samples,
            self.device_gaps - before.device_gaps,
        )


@dataclass(frozen=True)
class Clock:
    """Where the sound is: film samples `from_sample` to `until_sample` are heard from `heard_at_s` (perf_counter) on.

    `lap_start` is the film sample at which this lap of this take began: no position before it is ever told.
    """

    epoch: int
    from_sample: int
    until_sample: int
    lap_start: int
    heard_at_s: float

    def sample_at(self, now_s: float) -> int:
        """Return the film sample that leaves the device at a time of `time.perf_counter`."""
        heard = self.from_sample + round((now_s - self.heard_at_s) * SAMPLE_RATE_HZ)
        return max(self.lap_start, min(heard, self.until_sample))
