from dataclasses import dataclass

from engine.runtime.film.decode_pace import DecodePace
from engine.video.effort import Effort


@dataclass
class Clock:
    now_s: float = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_it_steps_down_at_once_and_up_after_a_while_that_grows():
    clock = Clock()
    pace = DecodePace(tuple(Effort), clock)
    clock.now_s = 60.0
    assert pace.note_in_time() is Effort.EVERY
    assert pace.note_late() is Effort.REFERENCES
    waits = []
    for _ in range(6):
        fell_at = clock.now_s
        while pace.note_in_time() is Effort.REFERENCES:
            clock.now_s += 0.25
        waits.append(clock.now_s - fell_at)
        assert pace.note_late() is Effort.REFERENCES
    assert waits == [5.0, 10.0, 20.0, 40.0, 80.0, 120.0]


def test_it_never_decodes_less_than_key_pictures():
    pace = DecodePace((Effort.EVERY, Effort.KEYS), Clock())
    assert [pace.note_late() for _ in range(3)] == [Effort.KEYS] * 3
