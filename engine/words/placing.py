"""From the user's request to the model's: the prompt's places become directions, its sources become lanes.

Live playback, exports and the command line all use this function.
"""

from dataclasses import dataclass, replace
from typing import Final

from engine.contract.control import GenerationSettings, Lane, Prompt
from engine.words.reading import read_prompt

_FIRST_LANE: Final = 1_001
"""Lane numbers of the prompt start here, so that a manually added lane changes none of them."""


@dataclass(frozen=True)
class Placed:
    """Settings whose prompt no longer contains a place.

    `read_as` says where its sources were placed, or "" if it has no place; `remarks` name what cannot be followed.
    """

    settings: GenerationSettings
    read_as: str = ""
    remarks: tuple[str, ...] = ()


def place_sources(settings: GenerationSettings, begins_s: float, until_s: float) -> Placed:
    """Return settings in which every source has its own words, and a path if its words specify a place.

    `begins_s` is the film time at which the prompt is first heard, `until_s` the end of film or take. A drawn path
    takes precedence over the place in words. A prompt without a place is unchanged.
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
        drawn = f'"{main.words}" is heard from the chosen direction, not from the place in the prompt.'
        remarks = (drawn, *remarks)
    return Placed(placed, read_as if reading.is_placed else "", remarks)
