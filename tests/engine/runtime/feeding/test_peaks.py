import numpy as np

from engine.runtime.feeding.peaks import Drawing


class Growing:
    number = 7
    is_whole = False

    def __init__(self, length: int) -> None:
        self.length = length

    def peaks(self):
        return np.zeros(self.length, np.float32)


def test_levels_are_told_twice_per_second_while_a_sound_grows_and_at_its_end():
    drawing, sound = Drawing(), Growing(0)
    told = []
    for at in range(0, 2000, 50):
        sound.length += 5
        if drawing.news(sound, at / 1000) is not None:
            told.append(at)
    assert told == [500, 1000, 1500]
    sound.is_whole = True
    peaks = drawing.news(sound, 1.99)
    assert peaks is not None
    assert len(peaks) == sound.length
    assert drawing.news(sound, 9.0) is None


def test_what_does_not_grow_is_not_told_again():
    drawing, sound = Drawing(), Growing(5)
    assert [drawing.news(sound, at) is not None for at in (0.0, 0.6, 1.2, 1.8)] == [False, True, False, False]


def test_a_take_that_is_wanted_longer_is_told_again():
    drawing, sound = Drawing(), Growing(5)
    sound.is_whole = True
    assert drawing.news(sound, 0.0) is not None
    sound.length, sound.is_whole = 9, False
    assert drawing.news(sound, 0.1) is None
    sound.is_whole = True
    assert drawing.news(sound, 0.2) is not None


def test_a_forgotten_sound_is_new():
    drawing, sound = Drawing(), Growing(5)
    sound.is_whole = True
    assert drawing.news(sound, 0.0) is not None
    drawing.forget(7)
    assert drawing.news(sound, 0.1) is not None
