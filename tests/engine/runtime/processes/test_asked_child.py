import multiprocessing
import os
import signal
import time
from multiprocessing.connection import Connection

import pytest

from engine.contract.errors import CancelledError, DeviceError, MediaError, WorkerError
from engine.runtime.processes.asked_child import asked_child, told_as


def double(number: int, answers: Connection) -> None:
    answers.send(2 * number)


def die(answers: Connection) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def hang(answers: Connection) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    answers.send("hanging")
    time.sleep(60.0)


def refuse(answers: Connection) -> None:
    answers.send(DeviceError("No."))


@pytest.mark.slow
def test_it_answers() -> None:
    with asked_child("double", double, 21) as child:
        assert child.answer(30.0) == 42


@pytest.mark.slow
def test_one_that_dies_is_told_from_one_that_is_late() -> None:
    with asked_child("die", die) as child, pytest.raises(EOFError):
        child.answer(30.0)
    with asked_child("hang", hang) as child:
        child.answer(30.0)
        with pytest.raises(TimeoutError):
            child.answer(0.1)


@pytest.mark.slow
def test_a_cancel_is_noticed_and_one_that_refuses_to_end_is_ended() -> None:
    with asked_child("hang", hang) as child:
        child.answer(30.0)
        with pytest.raises(InterruptedError):
            child.answer(30.0, cancelled=lambda: True)
    assert not multiprocessing.active_children()


@pytest.mark.slow
def test_an_error_that_is_its_answer_is_raised() -> None:
    with asked_child("refuse", refuse) as child, pytest.raises(DeviceError, match=r"^No\.$"):
        child.answer(30.0)


def test_the_caller_says_what_the_user_is_told() -> None:
    errors = {
        InterruptedError: CancelledError("cancelled"),
        TimeoutError: MediaError("late"),
        EOFError: WorkerError("died"),
    }
    for raised, told in errors.items():
        cancelled, late, died = errors.values()
        with pytest.raises(type(told), match=f"^{told}$"), told_as(cancelled=cancelled, late=late, died=died):
            raise raised
