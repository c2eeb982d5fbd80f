"""Movements in words: "from left to right", "passes overhead from behind", "circles around me clockwise".

A movement begins when its words are first heard and takes ten seconds, or the time until the end if that is
less; "slowly" makes it twenty, "quickly" four, "in 6 seconds" six. Then the sound stays where it arrived. A circling
sound continues, one turn in that time; a sound that goes back and forth continues as well.
"""

import itertools
import math
import re
from dataclasses import dataclass
from typing import Final

from engine.contract.control import DirectionPath, PathInterpolation, PathPoint
from engine.contract.directions import Direction
from engine.words.phrases import SELF
from engine.words.place import Place

USUAL_S: Final = 10.0
_SLOW_S: Final = 20.0
_QUICK_S: Final = 4.0
_CIRCLING_ABOVE_DEG: Final = 60.0
_MOST_POINTS: Final = 20_000


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])", re.IGNORECASE)


_ASIDE: Final = r"(?: (?:on|at|to) the (?:left|right)(?! side))?"
_POINT: Final = (
    rf"(?:(?:at|on|in) )?(?:(?:the|my|our|your) )?(?:far )?"
    rf"(?:(?:front|back|rear)[- ](?:left|right)|(?:left|right)[- ](?:front|back|rear)|left|right|front|back|rear|"
    rf"behind(?: {SELF})?{_ASIDE}|in front(?: of {SELF})?|(?:straight )?ahead{_ASIDE}|"
    rf"above|below|overhead|top|bottom|cent(?:er|re)|middle)"
    rf"(?:[- ]hand)?(?: side| ear)?(?:(?:, | )(?:above|below|high up|low down))?"
)
_FROM_TO: Final = _words(
    rf"(?:from )?{_POINT}(?:(?: all the way| over| across)?(?: to | towards? |-to-){_POINT})+|"
    rf"between {_POINT} and {_POINT}"
)
_STEP: Final = re.compile(
    r"(?: all the way| over| across)?(?: to | towards? |-to-| and )(?!the (?:left|right) to )", re.IGNORECASE
)
_TO_AND_FRO: Final = _words(r"back and forth|to and fro|(?:from )?side to side|and back again")
_PASSING: Final = _words(
    r"pass(?:es|ing|ed)?|cross(?:es|ing|ed)?|sweep(?:s|ing)?|zoom(?:s|ing)?|whoosh(?:es|ing)?|speed(?:s|ing)?|"
    r"rac(?:es|ing)|(?:fl(?:y|ies|ying)|driv(?:es?|ing)|rid(?:es?|ing)|go(?:es|ing)?|run(?:s|ning)?|walk(?:s|ing)?|"
    r"com(?:es?|ing)|mov(?:es?|ing)) (?:by|past|over|across)"
)
_FLYING: Final = _words(r"fl(?:y|ies|ying|ew)|soar(?:s|ing)?|swoop(?:s|ing)?|glid(?:es?|ing)")
_FLYING_OVER: Final = _words(r"fl(?:y|ies|ying) (?:right |directly |straight )?over(?:head)?")
_GOING: Final = _words(
    r"mov(?:es?|ing|ed)|go(?:es|ing)?|travel(?:s|ling|ing)?|driv(?:es?|ing)|run(?:s|ning)?|walk(?:s|ing)?|"
    r"roll(?:s|ing)?|drift(?:s|ing)?|pan(?:s|ning)|slid(?:es?|ing)|wander(?:s|ing)?|rush(?:es|ing)?|shift(?:s|ing)?|"
    r"fl(?:y|ies|ying)|rid(?:es?|ing)|gallop(?:s|ing)?|sail(?:s|ing)?|sweep(?:s|ing)?|pass(?:es|ing)?|speed(?:s|ing)?"
)
_CIRCLING: Final = _words(r"circl(?:es?|ing)|orbit(?:s|ing)?|revolv(?:es?|ing)|in (?:a )?circles?|round and round")
_ROUND_ME: Final = _words(
    r"(?:go(?:es|ing)?|mov(?:es?|ing)|travel(?:s|ling|ing)?|fl(?:y|ies|ying)|run(?:s|ning)?|walk(?:s|ing)?|driv(?:es?|ing)|"
    r"turn(?:s|ing)?|spin(?:s|ning)?|rotat(?:es?|ing)|swirl(?:s|ing)?|wander(?:s|ing)?|buzz(?:es|ing)?|pac(?:es?|ing))"
    r"(?: slowly| quickly| fast| clockwise| anti-?clockwise| counter-?clockwise)? ⟦\d+⟧"
)
_CLOCKWISE: Final = _words(r"(?P<counter>anti-?|counter-?)?clockwise")
_SLOWLY: Final = _words(r"slow(?:ly)?")
_QUICKLY: Final = _words(r"quick(?:ly)?|fast|rapidly|swiftly")
_NUMBERS: Final = "one two three four five six seven eight nine ten".split()
_DURATION: Final = _words(
    rf"(?:in|over|within|for|every|taking) (?P<number>\d{{1,4}}(?:\.\d{{1,3}})?|{'|'.join(_NUMBERS)}) "
    r"?(?:s|sec|secs|seconds?)"
)
_MOVING: Final = _words(
    rf"(?:is |are |it )?(?:mov(?:es?|ing|ed)|go(?:es|ing)?|circl(?:es?|ing)|orbit(?:s|ing)?|revolv(?:es?|ing)|"
    rf"travel(?:s|ling|ing)?|pan(?:s|ning)|cross(?:es|ing)?|sweep(?:s|ing)?|shift(?:s|ing)?)"
    rf"(?: (?:by|past|across|over|away|off))?|(?:past|by|over|around|round) {SELF}"
)
"""Verbs that express movement, and nothing about the sound."""


@dataclass(frozen=True)
class Movement:
    """Where a sound goes: through `stops`, evenly, in `seconds`; with `repeats` it starts again."""

    stops: tuple[Direction, ...]
    seconds: float = USUAL_S
    repeats: bool = False

    def path(self, begins_s: float, until_s: float) -> DirectionPath:
        """Return the path of a movement whose words are first heard at one time, in a take that ends at another."""
        left_s = max(until_s - begins_s, 0.1)
        length_s = self.seconds if self.repeats else min(self.seconds, left_s)
        legs = len(self.stops) - 1
        rounds = int(min(left_s // length_s + 1, _MOST_POINTS // legs)) if self.repeats else 1
        points = [PathPoint(begins_s, self.stops[0])]
        for index in range(1, rounds * legs + 1):
            points.append(PathPoint(begins_s + length_s * index / legs, self.stops[(index - 1) % legs + 1]))
        over_a_pole = any(abs(stop.elevation_deg) == 90.0 for stop in self.stops)
        between = PathInterpolation.GREAT_CIRCLE if over_a_pole else PathInterpolation.AZIMUTH_ELEVATION
        return DirectionPath(tuple(points), between)


@dataclass(frozen=True)
class Way:
    """A part of a text with places in a row: "from left to right"."""

    start: int
    end: int
    stops: tuple[Place, ...]


def ways_in(text: str) -> list[Way]:
    """Return the parts of a text that describe a way from place to place, in order."""
    ways = []
    for hit in _FROM_TO.finditer(text):
        said = re.sub(r"^(?:from|between) ", "", hit.group(), flags=re.IGNORECASE)
        stops = tuple(_place_of(part) for part in _STEP.split(said))
        ways.append(Way(hit.start(), hit.end(), stops))
    return ways


def _place_of(words: str) -> Place:
    said = set(re.findall(r"\w+", words.lower()))

    def one_of(**names: str) -> str:
        return next((value for value, keys in names.items() if said & set(keys.split())), "")

    return Place(
        side=one_of(left="left", right="right"),
        depth=one_of(front="front ahead center centre middle", back="back rear behind"),
        height=one_of(up="above overhead top high", down="below bottom low"),
    )


def movement_in(words: str, said: str, ways: list[Way], places: list[Place]) -> Movement | None:
    """Return how a clause moves, or None if it stays; `words` are `said` with ⟦n⟧ in place of movements and places."""
    seconds = _seconds(words)
    if (_CIRCLING.search(words) and _is_around(words, places)) or _round_me(words, places):
        return Movement(_circle(words, places), seconds, repeats=True)
    to_and_fro = _TO_AND_FRO.search(words) is not None
    if ways:
        stops = _stops(ways[0].stops, _via(places), _FLYING.search(words) is not None)
        if to_and_fro:
            return Movement((*stops, *stops[-2::-1]), 2.0 * seconds, repeats=True)
        return Movement(stops, seconds)
    if to_and_fro:
        sides = (Direction(90.0), Direction(0.0), Direction(-90.0))
        return Movement((*sides, *sides[-2::-1]), 2.0 * seconds, repeats=True)
    if not places:
        return None
    if _PASSING.search(words) or _FLYING_OVER.search(said):
        return _passing(places, _FLYING.search(words) is not None, seconds)
    target = next((place for place in places if place.goes and place.is_direction), None)
    if target is not None and _GOING.search(words):
        start = next((place for place in places if place is not target and place.is_direction), Place(depth="front"))
        return Movement(_stops((start, target), (), False), seconds)
    return None


def without_movement(words: str) -> str:
    """Return the words of a moving clause without the words of the movement."""
    for pattern in (_DURATION, _CLOCKWISE, _TO_AND_FRO, _CIRCLING, _MOVING, _SLOWLY, _QUICKLY):
        words = pattern.sub(" ", words)
    return words


def _seconds(words: str) -> float:
    duration = _DURATION.search(words)
    if duration:
        number = duration["number"].lower()
        return max(float(1 + _NUMBERS.index(number) if number in _NUMBERS else number), 0.5)
    return _SLOW_S if _SLOWLY.search(words) else _QUICK_S if _QUICKLY.search(words) else USUAL_S


def _is_around(words: str, places: list[Place]) -> bool:
    return bool(places) or _CLOCKWISE.search(words) is not None or re.search(SELF, words, re.IGNORECASE) is not None


def _round_me(words: str, places: list[Place]) -> bool:
    """Return whether a clause goes "around me", which counts as a place without a direction."""
    return any(place.all_round for place in places) and _ROUND_ME.search(words) is not None


def _circle(words: str, places: list[Place]) -> tuple[Direction, ...]:
    hit = _CLOCKWISE.search(words)
    onwards = 90.0 if hit and hit["counter"] else -90.0
    start = next((place.direction for place in places if place.side or place.depth), Direction(0.0))
    raised = any(place.height == "up" for place in places)
    azimuths = [(start.azimuth_deg + onwards * quarter + 180.0) % 360.0 - 180.0 for quarter in range(5)]
    return tuple(Direction(azimuth, _CIRCLING_ABOVE_DEG if raised else 0.0) for azimuth in azimuths)


def _passing(places: list[Place], flies: bool, seconds: float) -> Movement | None:
    """Return how something passes: from its origin to the other side, or through the place where it passes."""
    start = next((place for place in places if place.comes and place.is_direction), None)
    via = _via([place for place in places if place is not start])
    goal = next((place for place in places if place.goes and place.is_direction), None)
    if start is None and goal is not None:
        start = next((place for place in places if place is not goal and place.is_direction), None)
        via = ()
    if start is not None:
        return Movement(_stops((start, goal or _opposite(start)), via, flies), seconds)
    beside = next((place for place in places if place.is_direction), None)
    if beside is None:
        return None
    if beside.height:
        return Movement(_stops((Place(depth="front"), Place(depth="back")), via, flies), seconds)
    azimuth = beside.direction.azimuth_deg
    if beside.depth:
        ways = (45.0, 0.0, -45.0) if beside.depth == "front" else (135.0, 180.0, -135.0)
        return Movement(tuple(Direction(each) for each in ways), seconds)
    before, after = (azimuth / 3.0, azimuth * 5.0 / 3.0) if abs(azimuth) <= 108.0 else (azimuth, 0.0)
    return Movement((Direction(before), Direction(azimuth), Direction(after)), seconds)


def _via(places: list[Place]) -> tuple[Place, ...]:
    return tuple(place for place in places if not place.comes and not place.goes and place.is_direction)


def _opposite(place: Place) -> Place:
    swapped = {"left": "right", "right": "left", "front": "back", "back": "front", "up": "down", "down": "up", "": ""}
    if place.azimuth_deg is not None:
        return Place(azimuth_deg=place.azimuth_deg - 180.0 if place.azimuth_deg > 0.0 else place.azimuth_deg + 180.0)
    if place.side or place.depth:
        return Place(side=swapped[place.side], depth=swapped[place.depth])
    return Place(height=swapped[place.height])


def _stops(places: tuple[Place, ...], via: tuple[Place, ...], flies: bool) -> tuple[Direction, ...]:
    """Return the directions of a movement, with a point between opposite ones: as stated, or the usual one."""
    stops = [places[0].direction]
    for before, after in itertools.pairwise(places):
        stops += [*_between(before, after, via, flies), after.direction]
    return tuple(stops)


def _between(before: Place, after: Place, via: tuple[Place, ...], flies: bool) -> list[Direction]:
    a, b = before.direction, after.direction
    if abs(a.elevation_deg) == 90.0 or abs(b.elevation_deg) == 90.0:
        # The pole has no azimuth; from pole to pole it passes through the front.
        return [Direction(0.0, 0.0)] if a.elevation_deg == -b.elevation_deg else []
    if any(place.height == "up" for place in via):
        return [Direction(0.0, 90.0)]
    through = next((place.direction for place in via if place.side or place.depth), None)
    if through is not None and through not in (a, b):
        return [through]
    if abs(abs(a.azimuth_deg - b.azimuth_deg) - 180.0) > 1.0:
        return []
    if before.depth and not before.side:
        return [Direction(0.0, 90.0)] if flies else [Direction(-90.0)]
    middle = 0.5 * (a.azimuth_deg + b.azimuth_deg)
    return [Direction(middle if abs(middle) <= 90.0 else middle - math.copysign(180.0, middle))]
