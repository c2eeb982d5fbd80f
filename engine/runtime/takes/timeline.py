"""The sound of a take along its film: the newest heard sound, with soft seams to older sound.

Nothing is ever overwritten, so a version does not change while the take continues: an export reads one version.
"""

from dataclasses import dataclass, replace
from typing import Final

from engine.runtime.takes.coverage import Coverage, Stretch, holes_of
from engine.runtime.takes.runs import Run

SEAM_SAMPLES: Final = 480
"""10 ms: the length of a fade where two runs meet or one ends."""


@dataclass(frozen=True)
class Piece:
    """Film samples `begin` to `end` from the sound file, over older sound; faded in or out over a seam."""

    begin: int
    end: int
    at_frame: int
    fades_in: bool
    fades_out: bool

    @property
    def solid(self) -> Stretch:
        """The stretch in which nothing older is heard."""
        return (
            self.begin + (SEAM_SAMPLES if self.fades_in else 0),
            self.end - (SEAM_SAMPLES if self.fades_out else 0),
        )


@dataclass(frozen=True)
class TakeVersion:
    """One version of a take: the pieces to layer in order, and which film samples they cover."""

    pieces: tuple[Piece, ...]
    stretches: tuple[Stretch, ...]
    heard_samples: int
    """All sound that was ever heard, loop iterations and repeats included: grows with everything that is heard."""

    @property
    def length(self) -> int:
        """The film sample after the last that was heard."""
        return self.stretches[-1][1] if self.stretches else 0

    @property
    def holes(self) -> tuple[Stretch, ...]:
        """The gaps before `length`: never generated, or not recorded."""
        return holes_of(self.stretches)


def heard_stretches(runs: tuple[Run, ...]) -> tuple[Stretch, ...]:
    """Return the film samples that were heard."""
    coverage = Coverage()
    for run in runs:
        coverage.add(run.start, run.heard_end)
    return coverage.stretches


def version_of(runs: tuple[Run, ...], film_end: int) -> TakeVersion:
    """Lay the heard part of runs, oldest first, along a film of `film_end` samples.

    A piece inside a newer one is left out, so that a hundred iterations cost no more than one.
    """
    heard = [run for run in runs if run.heard_end > run.start]
    solid = Coverage()
    pieces: list[Piece] = []
    for run in reversed(heard):
        end, fades_out = _end_of(run, solid, film_end)
        if not any(newer.begin <= run.start and end <= newer.end for newer in pieces):
            piece = Piece(run.start, end, run.at_frame, fades_in=True, fades_out=fades_out)
            pieces.append(piece)
            solid.add(*piece.solid)
    pieces.reverse()
    return TakeVersion(
        tuple(_starting(piece, pieces[:index]) for index, piece in enumerate(pieces)),
        heard_stretches(tuple(heard)),
        sum(run.heard_end - run.start for run in heard),
    )


def _starting(piece: Piece, older: list[Piece]) -> Piece:
    """Return a piece that does not fade in if it is the first of all at the start of the film."""
    is_first = piece.begin == 0 and not any(other.begin == 0 for other in older)
    return replace(piece, fades_in=not is_first)


def _end_of(run: Run, newer: Coverage, film_end: int) -> tuple[int, bool]:
    """Return where the piece of a run ends and whether it fades out there; `newer` hides what is below it."""
    end, beyond = run.heard_end, run.heard_end + SEAM_SAMPLES
    if newer.holds(end, end + 1):
        return end, False
    if run.end >= beyond and newer.holds(beyond, beyond + 1):
        return beyond, False  # the part beyond the last heard sample serves the fade to the next sound
    return end, end < film_end
