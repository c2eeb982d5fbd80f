"""Reads a prompt: its sources, their places and movements, and what cannot be followed."""

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from engine.contract.control import DirectionPath
from engine.contract.directions import Direction
from engine.words.clause import Clause, tidy
from engine.words.clauses import clauses_of
from engine.words.movement import Movement, movement_in, without_movement
from engine.words.place import Place

MOST_SOURCES: Final = 4
"""Each takes the time of a separate take."""
LONGEST: Final = 2_000
"""Number of characters that are searched for places."""
_DISTANCE_DB: Final = {"far": -9.0, "near": 3.0}
_OBJECT: Final = re.compile(
    r"\b(?:behind|above|below|beneath|underneath|in front of|beside|next to|between) (?:the|an?|that|this|some) \w+",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Source:
    """One source of a prompt: its words without the place, and the place, or None."""

    words: str
    place: Direction | Movement | None = None
    gain_db: float = 0.0

    def path(self, begins_s: float, until_s: float) -> DirectionPath | None:
        """Return its direction in a take that ends at `until_s`, if its words are first heard at `begins_s`."""
        if isinstance(self.place, Movement):
            return self.place.path(begins_s, until_s)
        return None if self.place is None else DirectionPath.fixed(self.place)

    def in_words(self, length_s: float = math.inf) -> str:
        """Return the sound and its place, for a line on how a prompt was understood; it lasts `length_s` at most."""
        if isinstance(self.place, Movement):
            ways = " to ".join(f"{stop.azimuth_deg:g},{stop.elevation_deg:g}" for stop in self.place.stops)
            again = ", again and again" if self.place.repeats else ""
            seconds = self.place.seconds if self.place.repeats else min(self.place.seconds, length_s)
            return f'"{self.words}" from {ways} in {seconds:g} s{again}'
        if self.place is None:
            return f'"{self.words}" where the model puts it'
        return f'"{self.words}" at {self.place.azimuth_deg:g},{self.place.elevation_deg:g}'


@dataclass(frozen=True)
class Reading:
    """The content of a prompt: at least one source, the first is the main one; `remarks` are sentences for the user."""

    sources: tuple[Source, ...]
    remarks: tuple[str, ...] = ()

    @property
    def is_placed(self) -> bool:
        """Return whether any source has a place."""
        return any(source.place is not None for source in self.sources)


@lru_cache(maxsize=32)
def read_prompt(text: str) -> Reading:
    """Return the content of a prompt. A prompt without a place is one source with unchanged words."""
    reading = read_sources(text)
    sources, remarks = reading.sources, list(reading.remarks)
    if len(sources) > MOST_SOURCES:
        dropped = ", ".join(f'"{source.words}"' for source in sources[MOST_SOURCES:])
        remarks.append(f"A prompt can place {MOST_SOURCES} sources: {dropped} is not heard.")
        sources = sources[:MOST_SOURCES]
    if any(source.gain_db for source in sources):
        remarks.append("Distance only changes the level of a sound.")
    return Reading(sources, tuple(remarks))


def read_sources(text: str) -> Reading:
    """Return all sources of a text, however many; text of more than 2,000 characters is one source."""
    text = text.strip()
    if not text or len(text) > LONGEST:
        return Reading((Source(text),))
    clauses = clauses_of(text)
    sources = [_source(clause) for clause in clauses.sounds]
    remarks = []
    if clauses.excluded:
        said = ", ".join(clauses.excluded)
        remarks.append(f'Sounds cannot be excluded: the model does not read "{said}".')
    unknown = _OBJECT.search(text)
    if unknown is not None:
        remarks.append(
            f'Places are relative to the listener: "{unknown.group()}" places nothing. '
            'Use, for example, "on the left", "behind me" or "above".'
        )
    return Reading(tuple(sources), tuple(remarks))


def _source(clause: Clause) -> Source:
    places = clause.places
    movement = movement_in(clause.words, clause.said, clause.ways, places)
    pointing = _together([place for place in places if place.is_direction])
    if movement is None and pointing is None:
        # Sound from all around has no direction, and the model was trained with these words, so they stay.
        return Source(clause.said)
    gain_db = next((_DISTANCE_DB[place.distance] for place in places if place.distance), 0.0)
    words = clause.bare
    if movement is not None:
        return Source(tidy(without_movement(words)) or words or clause.said, movement, gain_db)
    assert pointing is not None
    return Source(words or clause.said, pointing.direction, gain_db)


def _together(places: list[Place]) -> Place | None:
    """Return the combination of places, as far as they do not contradict the first."""
    if not places:
        return None
    said = places[0]
    for place in places[1:]:
        said = said.joined(place) or said
    return said
