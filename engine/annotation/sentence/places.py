"""The place of a lane as words that are read back as the same place, and the other way round."""

import math
from collections.abc import Iterator
from functools import cache
from typing import Final

from engine.annotation.sentence.ideas import distance_of
from engine.contract.directions import Direction
from engine.contract.errors import SceneError
from engine.contract.scene.place import USUAL_DISTANCE_M
from engine.words.movement import Movement
from engine.words.phrases import place_phrases
from engine.words.reading import LONGEST, read_sources
from engine.words.vocabulary import place_in_words

Place = Direction | Movement | None

AROUND: Final = "all around"
_SOUND: Final = "a sound"
_JUST_PLACED: Final = (_SOUND, f"{_SOUND} passing", f"{_SOUND} passes", f"{_SOUND} flying", f"{_SOUND} flies")
_DISTANCES: Final = (", far away", ", close by")
_POINTS: Final = (
    "left", "right", "front", "behind", "front left", "front right", "back left", "back right", "above", "below",
)  # fmt: skip


def words_of_place(place: Place, distance_m: float = USUAL_DISTANCE_M) -> str:
    """Return a place in words, "" for None. If no words say it, degrees do."""
    if place is None:
        return ""
    ends = ("",) if distance_m == USUAL_DISTANCE_M else _DISTANCES
    for words in _movement_words(place) if isinstance(place, Movement) else _direction_words(place):
        for said in (f"{words}{end}" for end in ends):
            if _says(said, place, distance_m):
                return said
    return _in_degrees(place)


def place_of_words(text: str) -> tuple[Place, float]:
    """Return the place that words say and the distance in metres; "" and "all around" are None.

    Raises SceneError, with a hint, if they are no place.
    """
    text = " ".join(text.split()).strip(" ,;.")
    if not text:
        return None, USUAL_DISTANCE_M
    if len(text) < LONGEST // 2:
        sources = read_sources(f"{_SOUND} {text}").sources
        if len(sources) == 1 and sources[0].place is not None and sources[0].words in _JUST_PLACED:
            return sources[0].place, distance_of(sources[0].gain_db)
        phrases = place_phrases(text)
        if len(phrases) == 1 and phrases[0].place.all_round and phrases[0].end - phrases[0].start == len(text):
            return None, USUAL_DISTANCE_M
    shown = text if len(text) <= 60 else f"{text[:59]}…"
    raise SceneError(
        f'"{shown}" is not understood as a place: write, for example, "on the left", "behind", "azimuth 30, '
        'elevation 10" or "from left to right".'
    )


def stops_of(place: Place) -> tuple[Direction, ...]:
    """Return the directions of a place: none, one, or the stops of a movement."""
    if place is None:
        return ()
    return place.stops if isinstance(place, Movement) else (place,)


def _direction_words(place: Direction) -> Iterator[str]:
    yield place_in_words(place.unit_vector())
    yield f"azimuth {round(place.azimuth_deg, 3):g}, elevation {round(place.elevation_deg, 3):g}"


def _movement_words(movement: Movement) -> Iterator[str]:
    seconds = f"in {movement.seconds:g} seconds"
    if movement.repeats:
        for way in ("clockwise", "anticlockwise"):
            yield f"circling me {way} {seconds}"
        yield f"back and forth in {movement.seconds / 2:g} seconds"
    first, last = movement.stops[0], movement.stops[-1]
    for start in (name for name, point in _points().items() if point == first):
        for end in (name for name, point in _points().items() if point == last):
            yield f"from {start} to {end} {seconds}"
    if len(movement.stops) == 3:
        beside = place_in_words(movement.stops[1].unit_vector())
        yield f"passing {beside} {seconds}"
        for start in (name for name, point in _points().items() if point == first):
            yield f"passing {beside} from {start} {seconds}"


@cache
def _points() -> dict[str, Direction]:
    """Return the points from which a movement can begin, and their directions."""
    found = {}
    for name in _POINTS:
        place = read_sources(f"{_SOUND} from {name} to {'right' if name != 'right' else 'left'}").sources[0].place
        if isinstance(place, Movement):
            found[name] = place.stops[0]
    return found


def _says(words: str, place: Place, distance_m: float) -> bool:
    try:
        read, read_m = place_of_words(words)
    except SceneError:
        return False
    return read == place and math.isclose(read_m, distance_m)


def _in_degrees(place: Direction | Movement) -> str:
    stops = " to ".join(f"{stop.azimuth_deg:g},{stop.elevation_deg:g}" for stop in stops_of(place))
    if not isinstance(place, Movement):
        return stops
    return f"{stops} in {place.seconds:g} s{', again and again' if place.repeats else ''}"
