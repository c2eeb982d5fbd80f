"""From what a person asks for to what the model is asked for: the prompt's places become directions, its sources lanes.

Live, in exports and on the command line it is this one function.
"""

from dataclasses import dataclass, replace
from typing import Final

from engine.contract.control import GenerationSettings, Lane, Prompt
from engine.words.reading import Reading, read_prompt

_FIRST_LANE: Final = 1_001
"""Lanes of the prompt count from here, so that a lane that is added by hand changes none of them."""


@dataclass(frozen=True)
class Placed:
    """Settings whose prompt says no place any more, and one sentence for each thing that the user should know."""

    settings: GenerationSettings
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
    return Placed(placed, (*_read_as(settings, reading), *reading.remarks))


def _read_as(settings: GenerationSettings, reading: Reading) -> list[str]:
    if not reading.is_placed:
        return []
    main, *others = reading.sources
    if settings.path is None:
        return [f"The prompt places {', '.join(source.in_words() for source in reading.sources)}."]
    told = [f"The prompt places {', '.join(source.in_words() for source in others)}."] if others else []
    if main.place is not None:
        told.append(f'"{main.words}" is heard from the direction that is set, not from where the prompt says.')
    return told
