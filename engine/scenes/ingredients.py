"""The sounds and rooms of a data folder, for everything that composes scenes of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from engine.contract.errors import InvalidInputError
from engine.scenes.rooms import RoomBank, load_rooms
from engine.scenes.sound_bank import SoundBank, load_sound_bank

_MOST_ROOMS: Final = 1_000


def load_ingredients(
    data: Path, cache: Path, rooms: int, progress: Callable[[float], None]
) -> tuple[SoundBank, RoomBank | None]:
    """Return the sounds of a folder and as many simulated rooms, None for 0; missing ones are made in the cache.

    Raises InvalidInputError if there is no such folder, if it has no sounds.tsv, or for an impossible number of rooms.
    """
    if not data.is_dir():
        raise InvalidInputError(f"There is no folder {data}: point --data to a folder with a sounds.tsv.")
    if not 0 <= rooms <= _MOST_ROOMS:
        raise InvalidInputError(f"{rooms} rooms cannot be made: choose 0 to {_MOST_ROOMS}.")
    bank = load_sound_bank(data, cache)
    return bank, load_rooms(cache, data, rooms, progress=progress) if rooms else None
