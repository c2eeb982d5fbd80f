"""A signal at any moment of staging: all outputs are old or all are new, and no private folder stays."""

import os
import shutil
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.files import owned_folder, staging
from engine.files.owned_folder import OwnedFolder
from engine.files.staging import Staging
from engine.files.stopping import Stopped, stopping_in_order, undisturbed

CALLS = [
    (owned_folder.os, "open"), (owned_folder.os, "unlink"), (owned_folder.os, "listdir"), (owned_folder.os, "scandir"),
    (owned_folder.os, "close"), (Path, "mkdir"), (Path, "rmdir"), (Path, "unlink"), (staging.os, "replace"),
    (staging.os, "link"), (shutil, "copymode"),
]  # fmt: skip


def signalling(call: Callable, number: int, at: int) -> Callable:
    """Return a function that does what another does, and raises a signal right after its call number `at`."""
    calls = [0]

    def called(*arguments, **named):
        made = call(*arguments, **named)
        calls[0] += 1
        if calls[0] == at:
            signal.raise_signal(number)
        return made

    return called


def write_three(folder: Path) -> None:
    with Staging() as outputs:
        for name in ("one", "two", "three"):
            outputs.write_text(folder / name, "new")
        outputs.commit()


@pytest.mark.slow
@pytest.mark.parametrize("at", [1, 2, 3, 5])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl+C"])
@pytest.mark.parametrize(("place", "name"), CALLS, ids=[f"{getattr(p, '__name__', p)}.{n}" for p, n in CALLS])
def test_a_signal_leaves_all_outputs_old_or_all_new_and_no_folder(tmp_path, monkeypatch, place, name, number, at):
    for output in ("one", "two", "three"):
        (tmp_path / output).write_text("old")
    OwnedFolder(tmp_path).remove()  # the sweep of the place is done
    with monkeypatch.context() as patched, stopping_in_order():
        patched.setattr(place, name, signalling(getattr(place, name), number, at))
        try:
            write_three(tmp_path)
        except (Stopped, KeyboardInterrupt):
            pass
    assert sorted(os.listdir(tmp_path)) == ["one", "three", "two"]
    assert {(tmp_path / output).read_text() for output in ("one", "two", "three")} in ({"old"}, {"new"})


def stop_twice(done: list[str]) -> None:
    with undisturbed():
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
        done.append("the rest of the step")


def test_a_signal_waits_for_the_end_of_the_step_and_comes_once():
    done = []
    with stopping_in_order():
        with pytest.raises(Stopped) as stopped:
            stop_twice(done)
        done.append("after")
    assert (done, stopped.value.status) == (["the rest of the step", "after"], 143)


def stop_in_the_inner_step(done: list[str]) -> None:
    with undisturbed():
        stop_twice(done)
        done.append("the outer step")


def test_a_step_inside_a_step_waits_for_the_outer_one():
    done = []
    with stopping_in_order(), pytest.raises(Stopped):
        stop_in_the_inner_step(done)
    assert done == ["the rest of the step", "the outer step"]


def test_another_thread_changes_no_handler():
    before, seen = signal.getsignal(signal.SIGINT), []

    def elsewhere() -> None:
        with undisturbed():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert seen == [before]


def test_a_scratch_folder_that_is_interrupted_while_it_is_made_is_gone(tmp_path, monkeypatch):
    OwnedFolder(tmp_path).remove()
    monkeypatch.setattr(Path, "mkdir", signalling(Path.mkdir, signal.SIGTERM, 1))
    with stopping_in_order(), pytest.raises(Stopped):
        OwnedFolder(tmp_path)
    assert os.listdir(tmp_path) == []


def test_a_folder_whose_owner_was_interrupted_before_it_could_remove_it_goes_with_the_owner(tmp_path):
    kept = OwnedFolder(tmp_path)
    assert kept.path.is_dir()
    del kept
    assert os.listdir(tmp_path) == []
