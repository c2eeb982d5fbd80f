import threading

import numpy as np

from engine.runtime.film.picture_board import PLACES


def grey(level: int) -> np.ndarray:
    return np.full((128, 256, 3), level % 256, np.uint8)


def test_a_picture_is_found_at_every_index_at_which_it_is_on_show(board, reader):
    board.pin(1, 4, 9, grey(7))
    for wanted in range(4, 10):
        found = reader.newest(1, 4, wanted)
        assert (found.first, found.last, found.picture[0, 0, 0]) == (4, 9, 7)
    assert reader.newest(1, 3, 3) is None
    assert reader.newest(2, 4, 5) is None


def test_the_newest_since_the_begin_stands_in_for_what_is_missing(board, reader):
    for index in (0, 1, 2):
        board.pin(1, index, index, grey(index))
    assert reader.newest(1, 0, 9).last == 2
    assert reader.newest(1, 3, 9) is None
    assert reader.newest(1, 0, 1).last == 1


def test_of_two_for_one_index_the_later_one_counts(board, reader):
    board.pin(1, 0, 8, grey(10))
    board.pin(1, 5, 5, grey(20))
    assert reader.newest(1, 0, 5).picture[0, 0, 0] == 20
    assert reader.newest(1, 0, 6).picture[0, 0, 0] == 10


def test_the_oldest_gives_way(board, reader):
    for index in range(PLACES + 3):
        board.pin(1, index, index, grey(index))
    assert reader.newest(1, 0, 2) is None
    assert reader.newest(1, 3, 3).picture[0, 0, 0] == 3
    assert reader.newest(1, 0, 99).last == PLACES + 2


def test_which_film_is_served(board, reader):
    assert not reader.is_served(1)
    board.serve(1)
    assert reader.is_served(1)
    assert not reader.is_past(1)
    board.refuse(1)
    assert not reader.is_served(1)
    assert not reader.is_past(1)
    board.serve(2)
    assert reader.is_past(1)


def test_no_picture_is_read_half_written(board, reader):
    ending = threading.Event()

    def write() -> None:
        index = 0
        while not ending.is_set():
            board.pin(1, index, index, grey(index))
            index += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        last, read = -1, 0
        while read < 1500:
            found = reader.newest(1, 0, 1 << 30)
            if found is None:
                continue
            read += 1
            assert found.last >= last
            assert found.picture.min() == found.picture.max() == found.last % 256
            last = found.last
    finally:
        ending.set()
        writer.join()
