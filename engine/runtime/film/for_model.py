"""The model's part in the decoder of the window: whether a film can be decoded once, and what the model needs next.

Threads: `begin` belongs to the session's thread, all else to the decoder's; see `picture_board`.
"""

import time
from math import ceil
from typing import Final

from engine.contract.conventions import PATCH_S, SAMPLE_RATE_HZ
from engine.contract.video import UPRIGHT, Projection, StereoLayout, VideoInfo
from engine.runtime.film.decoding import Place, Seeable
from engine.runtime.film.picture_board import PictureBoard
from engine.runtime.shared.state import SharedState
from engine.video.grid import indices_on_show

LEAD_S: Final = 0.5
"""How far ahead of the model the film is decoded: two pictures of the 4-fps grid."""
MOST_BYTES: Final = 128 << 20
"""Limit for pictures that wait for the display because the model has seen them already."""

_DEVICE_S: Final = 0.1
_YUV_BYTES: Final = 1.5


class PicturesForModel:
    """Hands the model its pictures of a film from the decoder that the display has too."""

    def __init__(
        self, board: PictureBoard, state: SharedState, buffer_s: float, latency_s: float, most_bytes: int = MOST_BYTES
    ) -> None:
        self._board = board
        self._state = state
        self._ahead_s = buffer_s + PATCH_S + latency_s + LEAD_S + _DEVICE_S
        self.most_bytes = most_bytes

    def begin(self, film: VideoInfo, film_number: int, eye_width: int) -> bool:
        """Begin a film; return whether one decoder serves both. It does if the frames that wait for display fit."""
        is_served = self._bytes_ahead(film, eye_width) <= self.most_bytes
        if is_served:
            self._board.serve(film_number)
        else:
            self._board.refuse(film_number)
        return is_served

    def give_up(self, film_number: int) -> None:
        """Let the model read this film for itself from now on."""
        self._board.refuse(film_number)

    def show(self, film_number: int, picture: Seeable) -> None:
        """Hand over a picture, unless it comes and goes between two times at which the model looks."""
        indices = indices_on_show(picture.from_s, picture.until_s)
        if indices is not None:
            self._board.pin(film_number, *indices, picture.for_model())

    @property
    def reached(self) -> Place:
        """Where the model continues."""
        epoch, sample = self._state.reached
        return epoch, sample / SAMPLE_RATE_HZ

    @property
    def heard(self) -> Place:
        """What is heard now."""
        clock = self._state.clock
        return clock.epoch, clock.sample_at(time.perf_counter()) / SAMPLE_RATE_HZ

    def _bytes_ahead(self, film: VideoInfo, eye_width: int) -> float:
        """Return what the pictures take between the sound and the decoder."""
        pictures = 1 if film.times == "still" else ceil(film.fps * self._ahead_s)
        return pictures * _YUV_BYTES * film.width * film.height * _narrowed_by(film, eye_width) ** 2


def _narrowed_by(film: VideoInfo, eye_width: int) -> float:
    """Return how much smaller than the film its pictures wait: see `engine.video.unpacking.Unpacking.narrowed`."""
    is_spread_out = film.projection is Projection.EQUIRECTANGULAR and film.bounds.is_whole and film.pose == UPRIGHT
    if not is_spread_out or film.is_in_strips:
        return 1.0
    across = 2 if film.layout is StereoLayout.LEFT_RIGHT else 1
    return min(1.0, across * eye_width / (film.width if film.active is None else film.active.width))
