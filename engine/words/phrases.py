"""Finds the phrases of a prompt that specify a place: "on the left", "far away behind me", "at 3 o'clock".

A place is relative to the listener. "Behind the door" and "at the front door" are not, and a bird that "left" is gone.
"""

import re
from dataclasses import dataclass, replace
from typing import Final

from engine.words.place import Place

SELF: Final = (
    r"(?:me|us|you|(?:the|my|our|your) (?:listener|viewer|audience|camera|microphone|position|seat|heads?)(?!\w))"
)
_THE: Final = r"(?:the|my|our|your) "
_AT: Final = r"(?P<at>on|to|at|from|in|by|off|over|towards?) "
_JUST: Final = (
    r"(?:(?:coming|heard|located|placed|positioned|somewhere|just|directly|right|slightly|way|"
    r"(?:off|out|over)(?= (?:on|to)\b)) )*"
)
_OF: Final = rf"(?: of (?:{SELF}|the \w+))?"
_FOLLOWS: Final = (
    r"(?=\s*(?:$|[,;.:!?⟦])| (?:and|or|on|to|at|in|from|of|above|below|high|low|far|near|close|while|then|over|up|down|"
    r"with|as|without|but|overhead|behind|slowly|quickly|fast|for|within|every|is|are|comes|there)\b)"
)
"""May follow a word that is also an adjective or has an object: "at the front", but not "at the front door"."""
_HOURS: Final = "one two three four five six seven eight nine ten eleven twelve".split()
_SIDE: Final = r"(?:[- ]hand)?(?: side| ear| shoulder| corner| speaker| channel)?"
_FAR: Final = r"(?:(?P<distance>far) )"
_ROOM: Final = r"(?:room|hall|stage|picture|church)"
_AFAR: Final = Place(distance="far")
_ROUND: Final = Place(all_round=True)
_NUMBER: Final = r"(?P<{}>[-+]?\d{{1,3}}(?:\.\d{{1,3}})?)\s?(?:°|degrees?\b|deg\b)?"


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])", re.IGNORECASE)


_TO_A_SIDE: Final = rf"(?:to|on|off)? ?(?:the |my )?(?P<way>left|right|up|above|down|below){_OF}"
_PLACES: Final = (
    # Numbers: azimuth and elevation, degrees off to a side, hours of a clock face.
    (
        rf"(?:at )?(?:an? )?azimuth (?:of )?{_NUMBER.format('az')}"
        rf"(?:,? (?:and )?(?:an? )?elevation (?:of )?{_NUMBER.format('el')})?",
        Place(),
    ),
    (rf"(?:at )?(?P<off>\d{{1,3}}) ?(?:°|degrees?) {_TO_A_SIDE}", Place()),
    (rf"at {_NUMBER.format('az')}(?<=[°se])(?! ?(?:celsius|fahrenheit|c|f)\b)", Place()),
    (rf"at (?P<hour>\d{{1,2}}|{'|'.join(_HOURS)}) o\W?\s?clock", Place()),
    # Left and right.
    (rf"{_JUST}(?:{_AT})?(?:{_THE})?(?P<depth>front|back|rear)[- ](?P<side>left|right){_SIDE}{_OF}", Place()),
    (rf"{_JUST}(?:{_AT})?(?:{_THE})?(?P<side>left|right)[- ](?P<depth>front|back|rear){_SIDE}{_OF}", Place()),
    (rf"{_JUST}(?:far )?{_AT}{_THE}(?:far |hard |very )?(?P<side>left|right){_SIDE}{_OF}", Place()),
    (rf"(?:{_AT})?(?:{_THE})?(?P<height>top|upper|bottom|lower)[- ](?P<side>left|right){_SIDE}", Place()),
    (rf"(?P<at>on|to|at|from) (?P<side>left|right){_FOLLOWS}", Place()),
    (rf"(?P<side>left|right){_SIDE} of {SELF}", Place()),
    (rf"(?P<side>left|right)(?:[- ]hand)? side{_FOLLOWS}", Place()),
    (rf"(?:hard|far) (?P<side>left|right){_FOLLOWS}", Place()),
    # Front and back.
    (rf"{_JUST}(?:straight |dead |{_FAR})?ahead(?: of {SELF})?", Place(depth="front")),
    (rf"{_JUST}(?:straight )?in front(?: of {SELF}|(?! of\b))", Place(depth="front")),
    (rf"{_JUST}{_AT}{_THE}(?P<depth>front|back|rear)(?: of (?:{SELF}|the {_ROOM}))?{_FOLLOWS}", Place()),
    (rf"{_JUST}(?P<at>from) (?P<depth>front|back)(?: of {SELF})?{_FOLLOWS}", Place()),
    (rf"{_JUST}{_FAR}?(?:(?P<at>from) )?(?P<depth>behind)(?: {SELF}|{_FOLLOWS})", Place()),
    # Above and below.
    (
        rf"{_JUST}(?:{_FAR}|high |straight )?(?:(?P<at>from) )?(?:overhead|above(?: {SELF}|{_FOLLOWS}))",
        Place(height="up"),
    ),
    (rf"{_JUST}(?:high )?over {SELF}|high up|up (?:high|above){_FOLLOWS}|in the sky|straight up", Place(height="up")),
    (rf"{_JUST}{_FAR}?(?:(?P<at>from) )?(?:below|beneath|underneath)(?: {SELF}|{_FOLLOWS})", Place(height="down")),
    (rf"under {SELF}|(?:under|below|beneath|at) (?:my|our|your) feet", Place(height="down")),
    (r"low down|down (?:low|below)|underfoot", Place(height="down")),
    (r"up front", Place(depth="front")),
    # Far, near, all around.
    (r"far (?:away|off)|farther (?:off|away)|in the (?:far )?distance|from afar|a long way (?:off|away)", _AFAR),
    (
        rf"close by|nearby|up close|(?:very )?(?:close|next|near) to {SELF}|(?:near|beside) {SELF}",
        Place(distance="near"),
    ),
    (rf"(?:from |on )?(?:all around(?: {SELF})?|everywhere|all sides)|from (?:all|every) directions?", _ROUND),
    (rf"(?:surrounding|around) {SELF}", _ROUND),
)
_UNITS: Final = tuple((_words(pattern), place) for pattern, place in _PLACES)
"""The earliest match wins; of several, the longest."""
_BARE_DISTANCE: Final = _words(
    r"(?P<distance>far|near|close)(?= (?:on|to|at|behind|above|below|in front|ahead|overhead|left|right)\b)"
)
_LABEL: Final = re.compile(
    r"(?:^|(?<=[,;.:!]))\s*(?P<side>left|right)(?: side| ear| speaker| channel)?(?=\s*[:,;!]|\s*$)", re.IGNORECASE
)
"""A side that labels the next words: "left: a dog, right: the sea"."""
_BARE: Final = re.compile(r"(?<=\w )(?P<side>left|right)(?=\s*(?:$|[,;.]|(?:and|while)\b))", re.IGNORECASE)
"""A side without "on the": "a clock ticks left, a fire crackles right". A single one is more likely a verb."""
_BETWEEN: Final = re.compile(r"\s*(?:,|and|,\s*and)?\s*", re.IGNORECASE)
_CLOCKS: Final = re.compile(r"\b(?:bells?|clocks?|chimes?|alarms?|strikes?)\b", re.IGNORECASE)
"""A sound at three o'clock happens at that time."""


@dataclass(frozen=True)
class Phrase:
    """A part of the text and the place that it describes."""

    start: int
    end: int
    place: Place


def place_phrases(text: str) -> list[Phrase]:
    """Return the phrases of a text that specify a place, in order; a distance counts only beside a direction."""
    joined: list[Phrase] = []
    for phrase in _units(text):
        before = joined[-1] if joined else None
        together = before and _together(text, before, phrase)
        if together:
            joined[-1] = together
        else:
            joined.append(phrase)
    return [phrase for phrase in joined if phrase.place.is_direction or phrase.place.all_round]


def _together(text: str, before: Phrase, phrase: Phrase) -> Phrase | None:
    """Return both as one phrase if only a joint that begins no clause, or nothing, is between them."""
    gap = text[before.end : phrase.start]
    if not _BETWEEN.fullmatch(gap):
        return None
    ends_clause = re.match(r"\s*(?:$|[,;.⟦]|(?:and|while|with|then|but)\b)", text[phrase.end :], re.IGNORECASE)
    if gap.strip() and not ends_clause:
        return None
    if phrase.place.comes and not before.place.comes:
        return None  # "overhead from behind" is two places
    place = before.place.joined(phrase.place)
    return Phrase(before.start, phrase.end, place) if place is not None else None


def _units(text: str) -> list[Phrase]:
    found: list[Phrase] = []
    bare = {hit["side"].lower() for hit in _BARE.finditer(text)}
    units = (*_ALL_UNITS, (_BARE, Place())) if len(bare) == 2 else _ALL_UNITS
    at = 0
    while at < len(text):
        hits = [(hit, place) for pattern, place in units if (hit := pattern.search(text, at)) is not None]
        if not hits:
            break
        hit, place = min(hits, key=lambda pair: (pair[0].start(), -pair[0].end()))
        said = _said(hit, place)
        if said is not None and not (hit.groupdict().get("hour") and _CLOCKS.search(text[: hit.start()])):
            found.append(Phrase(hit.start(), hit.end(), said))
        at = max(hit.end(), at + 1)
    return found


_ALL_UNITS: Final = (*_UNITS, (_BARE_DISTANCE, Place()), (_LABEL, Place()))


def _said(hit: re.Match[str], place: Place) -> Place | None:
    """Return the place of a match, or None if its numbers are not a place."""
    groups = {name: value.lower() for name, value in hit.groupdict().items() if value}
    if "hour" in groups:
        hour = int(groups["hour"]) if groups["hour"].isdigit() else 1 + _HOURS.index(groups["hour"])
        return Place(azimuth_deg=_wrapped(-30.0 * hour)) if 1 <= hour <= 12 else None
    if "off" in groups:
        return _turned(float(groups["off"]), groups["way"])
    if "az" in groups:
        azimuth, elevation = float(groups["az"]), float(groups.get("el", 0.0))
        in_range = -180.0 <= azimuth <= 360.0 and -90.0 <= elevation <= 90.0
        return Place(azimuth_deg=azimuth, elevation_deg=elevation) if in_range else None
    at, depth, height, distance = (groups.get(name, "") for name in ("at", "depth", "height", "distance"))
    return replace(
        place,
        side=groups.get("side", place.side),
        depth={"rear": "back", "behind": "back"}.get(depth, depth) or place.depth,
        height={"top": "up", "upper": "up", "bottom": "down", "lower": "down"}.get(height, place.height),
        distance={"close": "near"}.get(distance, distance) or place.distance,
        comes=at == "from",
        goes=at in ("to", "toward", "towards"),
    )


def _turned(degrees: float, way: str) -> Place | None:
    if way in ("left", "right"):
        return Place(azimuth_deg=degrees if way == "left" else -degrees) if degrees <= 180.0 else None
    sign = 1.0 if way in ("up", "above") else -1.0
    return Place(elevation_deg=sign * degrees) if degrees <= 90.0 else None


def _wrapped(azimuth_deg: float) -> float:
    return azimuth_deg + 360.0 if azimuth_deg < -180.0 else azimuth_deg
