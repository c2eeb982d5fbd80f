from engine.runtime.processes.child_watch import ChildWatch


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s

    def run(self, watch, seconds, beats, limit_s=3.0, step_s=0.05) -> bool:
        hung = False
        for _ in range(round(seconds / step_s)):
            self.now_s += step_s
            hung |= watch.check_hung(beats() if callable(beats) else beats, limit_s)
        return hung


def test_a_count_that_stands_still_is_a_hang_and_one_that_grows_is_not():
    clock = Clock()
    watch = ChildWatch(clock)
    growing = iter(range(10_000))
    assert not clock.run(watch, 20.0, lambda: next(growing))
    assert not clock.run(watch, 2.9, 7)
    assert clock.run(watch, 0.3, 7)


def test_a_limit_of_none_forgives_what_was():
    clock = Clock()
    watch = ChildWatch(clock)
    assert not clock.run(watch, 60.0, 0, limit_s=None)
    assert not clock.run(watch, 2.9, 0)
    assert not clock.run(watch, 1.0, 0, limit_s=None)
    assert not clock.run(watch, 2.9, 0)


def test_a_watcher_that_was_held_up_blames_nobody():
    clock = Clock()
    watch = ChildWatch(clock)
    watch.check_hung(7, 3.0)
    assert not clock.run(watch, 60.0, 7, step_s=60.0)
    assert not clock.run(watch, 2.5, 7)
    assert clock.run(watch, 0.5, 7)
