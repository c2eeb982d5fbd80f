"""A sentence read by a model at an endpoint that the user names: its answer is checked, and never trusted."""

import json
import math
from dataclasses import dataclass
from typing import Final

from engine.annotation.chat_endpoint import ChatEndpoint, EndpointError
from engine.annotation.plain_text import printable
from engine.annotation.sentence.corrections import ideas_of
from engine.annotation.sentence.ideas import Ideas
from engine.contract.errors import SceneError
from engine.contract.planned_lane import PlannedLane
from engine.contract.scene.lane import LaneKind

MOST_SOUNDS: Final = 16
_LONGEST: Final = 200
_FIELDS: Final = frozenset(("words", "place", "kind", "level_db"))
_INSTRUCTION: Final = (
    "You read one sentence about a spatial sound scene and return its sounds as JSON. Answer with JSON alone: "
    '{"sounds": [{"words": "a dog barking", "place": "on the left", "kind": "point", "level_db": 0}]}. '
    f"One entry for each sound, at most {MOST_SOUNDS}, in the order of the sentence. "
    '"words" say in plain English what sounds, without its place. '
    '"place" is relative to the listener: "", "on the left", "on the right", "in front", "behind", "above", "below", '
    'a combination such as "behind on the left", a number such as "azimuth 30, elevation 10" (0 is the front, '
    'positive is left and up), or a movement such as "from left to right in 6 seconds" or "circling me". '
    '"kind" is "bed" for a sound from all around, such as rain or a crowd, else "point". '
    '"level_db" is 0, or from -12 (faint) to 6 (loud) if the sentence says how loud it is.'
)


@dataclass
class RemoteReader(ChatEndpoint):
    """Asks an endpoint which lanes a sentence describes."""

    def ideas(self, sentence: str) -> Ideas:
        """Return the lanes that a model reads in a sentence.

        Raises EndpointError if there is no answer, or if the answer is no list of sounds.
        """
        messages = [{"role": "system", "content": _INSTRUCTION}, {"role": "user", "content": sentence}]
        answer = self.ask(json.dumps({"model": self.model, "messages": messages}).encode())
        try:
            return ideas_of(rows_of(answer))
        except (SceneError, ValueError) as error:
            raise EndpointError(
                f"{self.base_url} did not answer with a list of sounds that can be used: try again, or another model."
            ) from error


def rows_of(answer: str) -> tuple[PlannedLane, ...]:
    """Return the rows in a model's answer, which may have words or a fence around its JSON.

    Raises ValueError if there is no JSON of the requested form: other fields, other types, too much of anything.
    """
    begin, end = answer.find("{"), answer.rfind("}")
    try:
        told = json.loads(answer[begin : end + 1], parse_constant=_no_number)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    sounds = told.get("sounds") if isinstance(told, dict) and set(told) == {"sounds"} else None
    if not isinstance(sounds, list) or not 1 <= len(sounds) <= MOST_SOUNDS:
        raise ValueError("no list of sounds")
    return tuple(_row(sound) for sound in sounds)


def _row(sound: object) -> PlannedLane:
    if not isinstance(sound, dict) or not {"words"} <= set(sound) <= _FIELDS:
        raise ValueError("not a sound")
    level_db = sound.get("level_db", 0)
    if isinstance(level_db, bool) or not isinstance(level_db, int | float) or not math.isfinite(level_db):
        raise ValueError("not a level")
    kind = sound.get("kind", LaneKind.POINT.value)
    if kind not in (LaneKind.POINT.value, LaneKind.BED.value):
        raise ValueError("not a kind")
    return PlannedLane(
        words=_line(sound["words"]), place=_line(sound.get("place") or ""), kind=LaneKind(kind), gain_db=float(level_db)
    )


def _line(text: object) -> str:
    if not isinstance(text, str) or len(text) > _LONGEST:
        raise ValueError("not a line")
    return printable(text)


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")
