from dataclasses import dataclass

import numpy as np

from engine.contract.video import ScreenFrame
from engine.runtime.film.look_ahead import LookAhead

FPS = 30.0


@dataclass(frozen=True)
class Picture:
    from_s: float
    size_bytes: int = 100

    def for_eye(self) -> np.ndarray:
        return np.zeros((2, 4, 4), np.uint8)


def make_all_ready(ahead: LookAhead) -> int:
    made = 0
    while (waiting := ahead.begin_next()) is not None:
        ahead.finish(waiting, ScreenFrame(waiting.epoch, waiting.picture.from_s, waiting.picture.for_eye()))
        made += 1
    return made


def test_threads_are_woken_for_several_pictures_at_once() -> None:
    ahead = LookAhead()
    for index in range(60):
        ahead.add(0, Picture(index / FPS))
    make_all_ready(ahead)
    batches = []
    for index in range(30):
        assert ahead.take_due(0, index / FPS) is not None
        if ahead.wants_work:
            batches.append(make_all_ready(ahead))
    assert min(batches) >= 3


def test_a_short_look_ahead_wants_every_picture() -> None:
    ahead = LookAhead()
    for index in range(8):
        ahead.add(0, Picture(index / FPS))
    make_all_ready(ahead)
    assert not ahead.is_short
    ahead.take_due(0, 0.0)
    assert ahead.wants_work
