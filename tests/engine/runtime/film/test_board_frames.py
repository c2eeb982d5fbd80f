import threading
import time

import numpy as np
import pytest

from engine.contract.errors import MediaError
from engine.runtime.film.board_frames import BoardFrames
from engine.runtime.film.conditioning_feed import Seen
from engine.runtime.film.picture_board import BoardReader, PictureBoard

LONG_S = 5.0


class Own:
    """A reader that the model opens for itself."""

    def __init__(self) -> None:
        self.begun: list[float] = []
        self.asked: list[float] = []
        self.closed = False
        self.seen: Seen | None = None
        self.error: Exception | None = None

    def begin(self, t_s):
        self.begun.append(t_s)

    def advance_to(self, t_s, patience_s):
        self.asked.append(t_s)
        if self.error is not None:
            raise self.error
        return self.seen or Seen((int(t_s * 4), grey(200)), 0.0)

    def close(self):
        self.closed = True


@pytest.fixture
def board():
    made = PictureBoard()
    made.serve(1)
    yield made
    made.close()


@pytest.fixture
def opened():
    return []


@pytest.fixture
def frames(board, opened):
    def open_own():
        opened.append(Own())
        return opened[-1]

    reader = BoardReader(board.name)
    yield BoardFrames(reader, 1, open_own)
    reader.close()


def grey(level: int) -> np.ndarray:
    return np.full((128, 256, 3), level % 256, np.uint8)


def pin(board, *indices, film=1):
    for index in indices:
        board.pin(film, index, index, grey(index))


def test_each_patch_gets_the_picture_of_its_time_and_no_reader_is_opened(board, frames, opened):
    frames.begin(0.0)
    for patch in range(20):
        index = int(patch * 0.16 * 4 + 1e-6)
        pin(board, index + 2)
        pin(board, index)
        seen = frames.advance_to(patch * 0.16, 0.0)
        assert (seen.frame[0], seen.frame[1][0, 0, 0], seen.late_s) == (index, index, 0.0)
    assert opened == []


def test_a_picture_that_stands_is_in_time_at_each_index(board, frames):
    board.pin(1, 0, 1 << 40, grey(9))
    frames.begin(0.0)
    assert [frames.advance_to(t_s, 0.0).frame[0] for t_s in (0.0, 0.3, 0.6, 60.0)] == [0, 1, 2, 240]
    assert frames.advance_to(60.2, 0.0).late_s == 0.0


def test_what_is_not_there_is_waited_for_no_longer_than_allowed_and_the_newest_is_used(board, frames):
    pin(board, 0)
    frames.begin(0.0)
    frames.advance_to(0.0, LONG_S)
    began_s = time.perf_counter()
    late = frames.advance_to(0.5, 0.1)
    assert 0.1 <= time.perf_counter() - began_s < 0.5
    assert (late.frame[0], late.late_s) == (0, 0.5)
    timer = threading.Timer(0.1, lambda: pin(board, 2))
    timer.start()
    seen = frames.advance_to(0.5, LONG_S)
    assert (seen.frame[0], seen.late_s) == (2, 0.0)
    timer.join()


def test_before_the_first_picture_there_is_none(frames):
    frames.begin(5.0)
    seen = frames.advance_to(5.0, 0.0)
    assert (seen.frame, seen.late_s) == (None, 0.25)


def test_a_take_begins_without_pictures_of_another_place(board, frames):
    pin(board, 36)
    frames.begin(9.0)
    assert frames.advance_to(9.0, 0.0).frame[0] == 36
    frames.begin(3.0)
    assert frames.advance_to(3.0, 0.0).frame is None
    pin(board, 12)
    assert frames.advance_to(3.0, 0.0).frame[0] == 12
    frames.begin(3.0)
    assert frames.advance_to(3.0, 0.0).frame[0] == 12


def test_after_a_jump_back_the_last_picture_holds_until_the_new_one_is_there(board, frames):
    pin(board, 36)
    frames.begin(9.0)
    frames.advance_to(9.0, 0.0)
    iteration = frames.advance_to(0.0, 0.0)
    assert (iteration.frame[0], iteration.late_s) == (36, 0.25)
    pin(board, 0)
    assert frames.advance_to(0.0, 0.0).frame[0] == 0


def test_a_film_that_is_not_served_is_read_here_from_where_the_take_is(board, frames, opened):
    board.refuse(1)
    frames.begin(2.0)
    assert frames.advance_to(2.5, 0.0).frame[1][0, 0, 0] == 200
    (own,) = opened
    assert own.begun == [2.5]
    frames.begin(7.0)
    assert own.begun == [2.5, 7.0]
    frames.close()
    assert own.closed


def test_when_serving_ends_the_last_picture_holds_until_the_own_reader_has_one(board, frames, opened):
    pin(board, 0)
    frames.begin(0.0)
    frames.advance_to(0.0, 0.0)
    board.refuse(1)
    first = Own()
    first.seen = Seen(None, 0.25)
    frames._open_own = lambda: opened.append(first) or first
    late = frames.advance_to(0.3, 0.0)
    assert (late.frame[0], late.late_s) == (0, 0.25)
    first.seen = None
    assert frames.advance_to(0.3, 0.0).frame[0] == 1
    board.serve(1)  # once it is read here, it stays so
    pin(board, 2)
    assert frames.advance_to(0.5, 0.0).frame[1][0, 0, 0] == 200


def test_damage_comes_out_of_the_own_reader(board, frames, opened):
    board.refuse(1)
    frames.begin(0.0)
    frames.advance_to(0.0, 0.0)
    opened[0].error = MediaError("The film is damaged at a place.")
    with pytest.raises(MediaError, match="damaged"):
        frames.advance_to(0.5, 0.0)


def test_no_reader_is_opened_for_a_film_that_another_one_has_replaced(board, frames, opened):
    pin(board, 0)
    frames.begin(0.0)
    frames.advance_to(0.0, 0.0)
    board.serve(2)
    assert frames.advance_to(0.3, LONG_S).frame[0] == 0
    assert opened == []
