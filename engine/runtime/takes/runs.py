"""From the records of a journal to runs: sound that was generated in one go, and how much of it was heard."""

from dataclasses import dataclass

from engine.runtime.shared.epochs import take_of
from engine.runtime.takes.journal import Record

Moment = tuple[int, int, int]
"""Sitting, epoch and film sample that the listener had reached."""


@dataclass(frozen=True)
class Run:
    """Film samples `start` to `end` are in the sound file from `at_frame` on; they were heard up to `heard_end`."""

    start: int
    end: int
    heard_end: int
    at_frame: int


@dataclass
class _Growing:
    sitting: int
    epoch: int
    start: int
    end: int
    at_frame: int


class RunTable:
    """Takes records in the order of the journal, and returns the runs at any time."""

    def __init__(self) -> None:
        self._runs: list[_Growing] = []
        self._heard: dict[tuple[int, int], int] = {}
        self._last_lap: dict[tuple[int, int], int] = {}
        self.frames = 0
        """Frames of the sound file that belong to records."""
        self.records = 0
        self.sitting = 0
        """The last sitting, 0 if there was none."""

    def add(self, record: Record) -> None:
        """Add the next record."""
        self.records += 1
        self.sitting = max(self.sitting, record.sitting)
        self.note_heard((record.sitting, record.heard_epoch, record.heard_until))
        if record.samples == 0:
            return
        last = self._runs[-1] if self._runs else None
        if last is not None and (last.sitting, last.epoch, last.end) == (record.sitting, record.epoch, record.start):
            last.end += record.samples
        else:
            end = record.start + record.samples
            self._runs.append(_Growing(record.sitting, record.epoch, record.start, end, record.at_frame))
        self.frames += record.samples

    def note_heard(self, moment: Moment) -> None:
        """Update the listener's position; going back changes nothing."""
        sitting, epoch, until = moment
        iteration, take = (sitting, epoch), (sitting, take_of(epoch))
        self._heard[iteration] = max(self._heard.get(iteration, 0), until)
        self._last_lap[take] = max(self._last_lap.get(take, epoch), epoch)

    def has(self, moment: Moment) -> bool:
        """Return whether everything that the listener heard in this epoch until then was recorded."""
        sitting, epoch, until = moment
        ends = [run.end for run in self._runs if (run.sitting, run.epoch) == (sitting, epoch)]
        return not ends or max(ends) >= until

    def runs(self) -> tuple[Run, ...]:
        """Return the runs, oldest first."""
        return tuple(
            Run(run.start, run.end, max(run.start, min(run.end, self._heard_until(run))), run.at_frame)
            for run in self._runs
        )

    def _heard_until(self, run: _Growing) -> int:
        if self._last_lap.get((run.sitting, take_of(run.epoch)), run.epoch) > run.epoch:
            return run.end  # the loop has wrapped since: it was heard to its end
        return self._heard.get((run.sitting, run.epoch), 0)
