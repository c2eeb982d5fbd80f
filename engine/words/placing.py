"""From what a person asks for to what the model is asked for: the prompt's places become directions, its sources lanes.

Live, in exports and on the command line it is this one function.
"""

from dataclasses import dataclass, replace
from typing import Final

from engine.contract.control import GenerationSettings, Lane, Prompt
from engine.words.reading import read_prompt

_FIRST_LANE: Final = 1_001
"""Lanes of the prompt count from here, so that a lane that is added by hand changes none of them."""


@dataclass(frozen=True)
class Placed:
    """Settings whose prompt says no place any more.

    `read_as` says where its sources were placed, "" if it says no place; `remarks` say what is not followed.
    """

    settings: GenerationSettings
    read_as: str = ""
    remarks: tuple[str, ...] = ()


def place_sources(settings: GenerationSettings, begins_s: float, until_s: float) -> Placed:
    """Return settings of which every source has words of its own, and a path if its words say where it is.

    `begins_s` is the film time at which the prompt begins to be heard, `until_s` the end of film or take. A path that
    is drawn goes before the place in words. A prompt that says no place stays as it is.
    """
    reading = read_prompt(settings.prompt.text)
    main, *others = reading.sources
    path = settings.path if settings.path is not None else main.path(begins_s, until_s)
    lanes = tuple(
        Lane(number, Prompt(source.words, settings.prompt.weight), source.path(begins_s, until_s), source.gain_db)
        for number, source in enumerate(others, start=_FIRST_LANE)
    )
    placed = replace(
        settings,
        prompt=replace(settings.prompt, text=main.words),
        path=path,
        gain_db=settings.gain_db + main.gain_db,
        lanes=(*settings.lanes, *lanes),
    )
    read_as = f"The prompt places {', '.join(source.in_words() for source in reading.sources)}."
    remarks = reading.remarks
    if settings.path is not None and main.place is not None:
        read_as = f"The prompt places {', '.join(source.in_words() for source in others)}." if others else ""
        drawn = f'"{main.words}" is heard from the direction that is set, not from the place in the prompt.'
        remarks = (drawn, *remarks)
    return Placed(placed, read_as if reading.is_placed else "", remarks)
