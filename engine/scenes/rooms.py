"""A bank of room responses, simulated and measured, made once into a cache.

The direct sound is placed separately, so that a moving source stays exact. A response is turned (and mirrored) so that
its own direct sound would come from the source's direction. Late sound turns with it, which is exact for AmbiX.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save

from engine.ambisonics.rotation import turn_left
from engine.contract.conventions import AcnChannel
from engine.files.staging import make_folder, whole_file
from engine.scenes.room_images import Response, simulate_room
from engine.scenes.room_measured import measured_rooms
from engine.scenes.sound_bank import is_held_out

DEFAULT_ROOMS = 50
_HELD_OUT_SHARE = 0.15
_NAMES = ((0.35, "small room"), (0.75, "room"), (1.1, "large room"), (math.inf, "hall"))


@dataclass(frozen=True, eq=False)
class RoomBank:
    """Responses (K, 4, 48000) float16 of rooms.

    For each there are (K,): azimuth_rad and distance_m of its direct sound, the energy of its W relative to the direct
    sound's, the room's reverberation time and the number of its room.
    """

    responses: NDArray[np.float16]
    azimuth_rad: NDArray[np.float32]
    distance_m: NDArray[np.float32]
    energy: NDArray[np.float32]
    rt60_s: NDArray[np.float32]
    room: NDArray[np.int32]

    def side(self, *, held_out: bool) -> list[int]:
        """Return the numbers of the rooms of one side of the split; all if that side has none."""
        rooms = sorted({int(number) for number in self.room})
        return [r for r in rooms if is_held_out(f"room {r}", _HELD_OUT_SHARE) == held_out] or rooms

    def of_room(self, number: int) -> NDArray[np.int64]:
        """Return which responses belong to a room."""
        return np.flatnonzero(self.room == number)

    def name(self, number: int) -> str:
        """Return a listener's word for the room: small room, room, large room or hall."""
        rt60 = float(self.rt60_s[self.of_room(number)[0]])
        return next(name for longest, name in _NAMES if rt60 < longest)

    def turned_to(self, index: int, azimuth_rad: float, *, mirrored: bool) -> NDArray[np.float32]:
        """Return a response (4, 48000) turned so that its direct sound would come from an azimuth."""
        response = self.responses[index].astype(np.float32)
        own = float(self.azimuth_rad[index])
        if mirrored:
            response[AcnChannel.Y] *= -1.0
            own = -own
        return turn_left(response, azimuth_rad - own)


def bank_of(rooms: list[list[Response]]) -> RoomBank:
    """Return a bank of rooms, each with its responses."""
    rows = [(number, response) for number, responses in enumerate(rooms) for response in responses]
    return RoomBank(
        np.stack([r.wave for _, r in rows]).astype(np.float16),
        np.array([r.azimuth_rad for _, r in rows], np.float32),
        np.array([r.distance_m for _, r in rows], np.float32),
        np.array([np.square(r.wave[0], dtype=np.float64).sum() for _, r in rows], np.float32),
        np.array([r.rt60_s for _, r in rows], np.float32),
        np.array([number for number, _ in rows], np.int32),
    )


def load_rooms(
    cache: Path,
    data: Path | None = None,
    count: int = DEFAULT_ROOMS,
    workers: int = 1,
    progress: Callable[[float], None] = lambda done: None,
) -> RoomBank:
    """Return the rooms kept in `cache`; missing ones are made first: `count` simulated ones and data's own.

    `progress` gets the finished share, 0 to 1. Raises InvalidInputError if pyroomacoustics is missing, MediaError for
    a measured response that cannot be used and ExportError if the cache cannot be written.
    """
    path = cache / f"room-bank-{count}.safetensors"
    if not path.is_file():
        measured = [] if data is None else [[response] for response in measured_rooms(data)]
        simulated = []
        for room in _simulated(count, workers):
            simulated.append(room)
            progress(len(simulated) / count)
        # Measured ones come first: their numbers, and so the split, do not depend on the count.
        bank = bank_of(measured + simulated)
        make_folder(cache)
        with whole_file(path) as staged:
            staged.write_bytes(save({name: getattr(bank, name) for name in RoomBank.__dataclass_fields__}))
    return RoomBank(**load_file(path))


def _simulated(count: int, workers: int) -> Iterator[list[Response]]:
    if workers < 2:
        yield from map(simulate_room, range(count))
        return
    with get_context("spawn").Pool(workers) as pool:
        yield from pool.imap(simulate_room, range(count))
