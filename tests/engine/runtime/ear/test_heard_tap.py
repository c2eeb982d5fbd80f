"""What the meters are given is what was played, in order, and silence is not measured for ever."""

import numpy as np

from engine.runtime.ear.heard_tap import PIECE_SAMPLES, HeardTap


def ramp(begin: int, samples: int) -> np.ndarray:
    return np.arange(begin, begin + samples, dtype=np.float32)


def test_blocks_of_any_size_become_pieces_in_order() -> None:
    tap, at, pieces = HeardTap(), 0, []
    for size in [512, 1, 4799, 1999, 64] * 20:
        block = ramp(at, size)
        tap.write(np.stack([block, -block]), 2.0 * block)
        at += size
        piece = tap.next_piece()
        if piece is not None:
            pieces.append(piece)
    together = np.concatenate(pieces, axis=1)
    np.testing.assert_array_equal(together[0], ramp(0, together.shape[1]))
    np.testing.assert_array_equal(together[1], -together[0])
    np.testing.assert_array_equal(together[2], 2.0 * together[0])


def test_a_late_reader_gets_the_newest_whole_piece() -> None:
    tap = HeardTap()
    for at in range(0, 25 * PIECE_SAMPLES, 480):
        block = ramp(at, 480)
        tap.write(np.stack([block, block]), block)
    piece = tap.next_piece()
    assert piece is not None
    np.testing.assert_array_equal(piece[0], ramp(24 * PIECE_SAMPLES, PIECE_SAMPLES))
    assert tap.next_piece() is None


def test_silence_follows_a_sound_for_three_seconds_and_then_nothing() -> None:
    tap = HeardTap()
    tap.rest(512)
    assert tap.next_piece() is None
    tap.write(np.ones((2, PIECE_SAMPLES), np.float32), np.ones(PIECE_SAMPLES, np.float32))
    pieces = []
    for _ in range(1000):
        tap.rest(512)
        piece = tap.next_piece()
        if piece is not None:
            pieces.append(float(np.abs(piece).max()))
    assert pieces[0] == 1.0
    assert not any(pieces[1:])
    assert 30 <= len(pieces) <= 32
