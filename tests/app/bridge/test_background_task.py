import threading
import time

import pytest

from app.bridge.background_task import BackgroundTask
from engine.contract.errors import CancelledError, ExportError


def test_progress_then_the_result_in_this_thread(qtbot):
    seen = []

    def work(progress, cancelled):
        for k in range(5):
            progress(k / 4)
            time.sleep(0.03)
        return 42

    task = BackgroundTask("count", work)
    task.progressed.connect(lambda fraction: seen.append((fraction, threading.current_thread())))
    with qtbot.waitSignal(task.succeeded, timeout=3000) as told:
        task.start()
    assert told.args[0] == 42
    assert seen[-1][0] == 1.0
    assert {thread for _, thread in seen} == {threading.main_thread()}


@pytest.mark.parametrize("error", [ExportError("The disk is full."), ZeroDivisionError("oops")])
def test_an_error_is_handed_over(qtbot, error, caplog):
    def work(progress, cancelled):
        raise error

    task = BackgroundTask("fail", work)
    with qtbot.waitSignal(task.failed, timeout=3000) as told:
        task.start()
    assert told.args[0] is error
    assert "fail" in caplog.text


def test_cancelling(qtbot):
    def work(progress, cancelled):
        while not cancelled():
            time.sleep(0.005)
        raise CancelledError("cancelled")

    task = BackgroundTask("cancel", work)
    task.start()
    with qtbot.waitSignal(task.was_cancelled, timeout=3000):
        task.cancel()
    assert task.wait(1.0)
    assert not task.running


def test_waiting_for_a_task_that_was_never_started(qtbot):
    assert BackgroundTask("never", lambda progress, cancelled: None).wait(0.1)
