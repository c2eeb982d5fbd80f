import threading
import time
from dataclasses import dataclass

import pytest

from engine.runtime.processes.outbox import Outbox


@dataclass(frozen=True)
class Settings:
    number: int


@dataclass(frozen=True)
class Seek:
    number: int


class Pipe:
    """Takes messages only while its gate is open."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.got: list[object] = []
        self.broken = False

    def send(self, message) -> None:
        assert self.gate.wait(5.0)
        if self.broken:
            raise BrokenPipeError
        self.got.append(message)


@pytest.fixture
def pipe():
    return Pipe()


@pytest.fixture
def outbox(pipe):
    made = Outbox(pipe.send, "send to test")
    yield made
    pipe.gate.set()
    made.close(5.0)


def wait_for(condition) -> None:
    until = time.monotonic() + 5.0
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.002)


def test_nobody_waits_for_a_child_that_takes_nothing_and_it_gets_the_newest_of_each(pipe, outbox):
    pipe.gate.clear()
    outbox.put(Settings(-1))
    wait_for(lambda: not outbox._waiting)  # it is being sent
    began = time.monotonic()
    for number in range(10_000):
        outbox.put(Seek(number))
        outbox.put(Settings(number))
    assert time.monotonic() - began < 1.0
    assert len(outbox._waiting) == 2
    pipe.gate.set()
    wait_for(lambda: len(pipe.got) == 3)
    assert pipe.got == [Settings(-1), Seek(9_999), Settings(9_999)]


def test_what_waits_is_sent_before_it_closes(pipe, outbox):
    for number in range(3):
        outbox.put(Seek(number))
        outbox.put(Settings(number))
    outbox.close(5.0)
    assert Seek(2) in pipe.got
    assert pipe.got[-1] == Settings(2)


def test_a_child_that_has_gone_ends_the_thread(pipe, outbox):
    pipe.broken = True
    outbox.put(Seek(1))
    wait_for(lambda: not outbox._thread.is_alive())
    outbox.put(Seek(2))
    outbox.close(1.0)
