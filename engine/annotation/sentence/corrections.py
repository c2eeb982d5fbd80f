"""Rows of a preview and the ideas behind them: shown, corrected by the user, and taken back."""

from dataclasses import replace

from engine.annotation.sentence.ideas import Ideas, LaneIdea, idea_of, unknown_remarks
from engine.annotation.sentence.places import AROUND, place_of_words, stops_of, words_of_place
from engine.contract.errors import SceneError
from engine.contract.planned_lane import PlannedLane
from engine.contract.scene.checks import MOST_LANES, check_gain
from engine.contract.scene.lane import LaneKind


def planned(idea: LaneIdea) -> PlannedLane:
    """Return the row of an idea."""
    place = words_of_place(idea.place, idea.distance_m)
    return PlannedLane(
        words=idea.words,
        place=place or (AROUND if idea.kind is LaneKind.BED else ""),
        kind=idea.kind,
        gain_db=idea.gain_db,
        directions=stops_of(idea.place),
        sound="" if idea.sound is None else idea.sound.sound_class,
    )


def corrected(before: LaneIdea | None, row: PlannedLane) -> LaneIdea:
    """Return the idea of a row that the user changed; None before: the row is new.

    What the user left as it was stays as it was understood. Raises SceneError if words, place or gain cannot be.
    """
    check_gain(row.gain_db, "The loudness of a lane")
    shown = None if before is None else planned(before)
    if before is not None and shown is not None and row.words == shown.words:
        idea = before
    else:
        idea = idea_of(row.words)
    if before is not None and shown is not None and row.place == shown.place:
        place, distance_m = before.place, before.distance_m
    else:
        place, distance_m = place_of_words(row.place)
    return replace(idea, place=place, distance_m=distance_m, kind=row.kind, gain_db=row.gain_db)


def ideas_of(rows: tuple[PlannedLane, ...]) -> Ideas:
    """Return the ideas of rows that are not corrections. Raises SceneError if one of them cannot be, or for none."""
    if not 1 <= len(rows) <= MOST_LANES:
        raise SceneError(f"There are {len(rows)} sounds: 1 to {MOST_LANES} are possible.")
    lanes = tuple(corrected(None, row) for row in rows)
    return Ideas(lanes, unknown_remarks(lanes))
