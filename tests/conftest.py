"""For every test: nothing may be left behind - no thread, no child process, no shared memory."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.runtime.shared.block import shared_names_of_this_process

ROOT = Path(__file__).parent
# Nearly every test in these rooms and files loads a model, composes scenes or reads every file: they are slow as a
# whole, and the fast half does not import torch for them.
SLOW_ROOMS = [
    ROOT / room
    for room in (
        "engine/annotation", "engine/corpus", "engine/evaluation", "engine/model", "engine/scenes", "engine/training",
        "english", "fuzz", "golden",
        "app/commands/test_evaluate_held_out_cli.py", "app/commands/test_generate_lanes.py",
        "app/commands/test_import_vae_cli.py",
        "app/commands/test_scenes_cli.py", "engine/runtime/block_takes/test_making.py",
        "engine/runtime/block_takes/test_take_sounds.py", "engine/runtime/making",
    )
]  # fmt: skip
FAST = "not slow"
GRACE_S = 2.5
# Helpers of libraries that live as long as the interpreter.
LASTING_THREADS = ("pydevd", "ThreadPoolExecutor", "tqdm", "QueueManagerThread", "Dummy-")


def in_a_slow_room(file: Path) -> bool:
    return any(file.is_relative_to(room) for room in SLOW_ROOMS)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not even import the slow rooms for the fast half."""
    return True if config.option.markexpr == FAST and in_a_slow_room(collection_path) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if in_a_slow_room(item.path):
            item.add_marker("slow")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep the fast half fast: torch alone takes seconds to import."""
    if session.config.option.markexpr == FAST and "torch" in sys.modules:
        raise pytest.UsageError("A test of the fast half imports torch: import it in a slow test, or see SLOW_ROOMS.")


def running_threads() -> set[threading.Thread]:
    return {
        thread
        for thread in threading.enumerate()
        if thread is not threading.main_thread() and not thread.name.startswith(LASTING_THREADS)
    }


def child_processes() -> set[int]:
    """Children of this process that still run, without Python's own tracker of shared memory. Linux only."""
    if not sys.platform.startswith("linux"):
        return set()
    found = set()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            after_name = (folder / "stat").read_text().rpartition(")")[2].split()
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        state, parent = after_name[0], int(after_name[1])
        if parent == os.getpid() and state != "Z" and b"resource_tracker" not in command:
            found.add(int(folder.name))
    return found


def settled(look: Callable[[], set], before: set) -> set:
    """Return what is still there that was not there before, after a grace for what is just ending."""
    until = time.monotonic() + GRACE_S
    while (left := look() - before) and time.monotonic() < until:
        time.sleep(0.02)
    return left


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path_factory, monkeypatch) -> None:
    """No test sees or fills the takes of whoever runs it."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path_factory.getbasetemp() / "data-folder"))
    # Compiling takes longer than most tests; those of engine/model/compiled ask for it.
    monkeypatch.setenv("SWANSPHERE_RUNTIME", "torch")


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    looks = (running_threads, child_processes, shared_names_of_this_process)
    before = [look() for look in looks]
    yield
    left = {look.__name__: settled(look, was) for look, was in zip(looks, before, strict=True)}
    assert not any(left.values()), f"left behind: { {name: found for name, found in left.items() if found} }"
