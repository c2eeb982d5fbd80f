"""Kills the real window with SIGKILL in the middle of edits and takes, again and again, and counts what is lost.

    python -m tests.field.crashes [--kills 20] [--seed 0] [--tones] [--out TABLE.md]

Needs Xvfb and xdotool. The window is driven by keys and the mouse and killed after a random time, every second time
while a take is being made. It is started again, and its offer is accepted. A row says what was edited, whether a take
was being made at the kill, and how many of the last edits the offer and the file do not have. With `--tones`, a model
of tones makes the takes. Exits with 1 if more than the last second is lost, if a take cannot be read, or if a process
outlives the window.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from engine.annotation.sentence.ideas import lane_ideas
from engine.annotation.sentence.lanes import add_ideas
from engine.contract.scene.edits.whole import set_length
from engine.contract.scene.scene import Scene
from engine.project.project_file import write_project

ROOT: Final = Path(__file__).resolve().parents[2]
SECOND: Final = 48_000
MOST_LOST_S: Final = 1.0
LANES: Final = 2
SIZE: Final = "1280x800x24"
FIRST_BLOCK: Final = ("340", "628")
"""A place in the block of the first lane, in a window of that size."""
PATIENCE_S: Final = 600.0  # a busy machine, and the model
KEYS: Final = ("m", "m", "m", "i", "o", "d", "ctrl+z", "ctrl+shift+z", "shift+r", "shift+r", "space", "ctrl+s")
HEADER: Final = (
    "| kill | edited for | edits | takes | in a take | saved | offered | edits lost | seconds lost | "
    "takes unreadable | processes left |\n|---|---|---|---|---|---|---|---|---|---|---|"
)


Value = TypeVar("Value")


@dataclass(frozen=True)
class Seen:
    """A line of the log of the window."""

    t: float
    what: str
    digest: str
    takes: int
    unreadable: int


class Wrong(Exception):
    """The window did not do what it should."""


class Desk:
    """A virtual screen, with a folder for everything that the window writes."""

    def __init__(self, folder: Path, display: str, model: str) -> None:
        self._model = model
        self.project, self.log = folder / "walk.swan", folder / "log.jsonl"
        self._out = folder / "window.txt"
        self._environment = os.environ | {
            "DISPLAY": display,
            "QT_QPA_PLATFORM": "xcb",
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "PYTHONPATH": str(ROOT),
        }
        settings = folder / "config" / "SwanSphere" / "SwanSphere.conf"
        settings.parent.mkdir(parents=True)
        settings.write_text("[window]\nfirst_steps_seen=true\n")
        scene = set_length(Scene(), 30 * SECOND).scene
        ideas = lane_ideas("a dog barks on the left while rain falls").lanes
        write_project(self.project, add_ideas(scene, ideas, 0, 4 * SECOND).scene)

    def start(self) -> subprocess.Popen[bytes]:
        """Start the window with the project."""
        command = [sys.executable, "-m", "tests.field.watched_window", str(self.log), self._model, str(self.project)]
        with self._out.open("ab") as out:
            return subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=out, stderr=out)

    def seen(self, begin: int = 0) -> list[Seen]:
        """Return the whole lines of the log from one on; the last may be cut off by a kill."""
        if not self.log.exists():
            return []
        lines = self.log.read_text().split("\n")[:-1]
        return [Seen(**json.loads(line)) for line in lines[begin:]]

    def until(self, what: str, begin: int) -> list[Seen]:
        """Wait for lines of one kind after one, and return them."""
        return wait(lambda: [line for line in self.seen(begin) if line.what == what], f"the window never {what}")

    def press(self, *words: str) -> str:
        """Run xdotool; returns what it prints."""
        done = subprocess.run(["xdotool", *words], env=self._environment, capture_output=True, text=True, check=False)
        return done.stdout


def wait(condition: Callable[[], Value], why: str, patience_s: float = PATIENCE_S) -> Value:
    """Wait until a condition holds, and return its value."""
    until_s = time.monotonic() + patience_s
    while not (value := condition()):
        if time.monotonic() > until_s:
            raise Wrong(why)
        time.sleep(0.05)
    return value


@contextmanager
def screen() -> Iterator[str]:
    """Start a screen and return its display."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", SIZE]
    server = subprocess.Popen(command, pass_fds=(write,), stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        with os.fdopen(read) as number:
            yield f":{number.readline().strip()}"
    finally:
        server.terminate()
        server.wait()


def lives(pid: int) -> bool:
    """Return whether a process exists and has not ended; one that has ended may wait for a long time to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def below(pid: int) -> set[int]:
    """Return the processes that a process has started, and those that they have."""
    parents: dict[int, list[int]] = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = place.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(words[1]), []).append(int(place.parent.name))
    found: set[int] = set()
    left = [pid]
    while left:
        children = parents.get(left.pop(), [])
        found.update(children)
        left += children
    return found


def recover(desk: Desk, begin: int) -> set[str]:
    """Wait for the window and accept its offer; returns the digests of what is not lost: the file's and the offer's."""
    kept = {line.digest for line in desk.until("opened", begin)}
    desk.until("searched", begin)
    time.sleep(0.5)  # the project is opened in the background before the window shows it
    offered = [line for line in desk.seen(begin) if line.what == "offered"]
    for _ in offered:
        window = wait(
            lambda: desk.press("search", "--onlyvisible", "--name", "Recover unsaved work").split(), "no offer"
        )
        desk.press("windowfocus", "--sync", window[0], "key", "Return")
    if offered:
        desk.until("recovered", begin)
    return kept | {line.digest for line in offered}


def edit(desk: Desk, rng: random.Random, begin: int, seconds: float, *, in_a_take: bool) -> None:
    """Press keys at random for some time from the first edit on, at least until there is one, or a take is made."""
    window = desk.press("search", "--onlyvisible", "--name", "SwanSphere").split()
    desk.press("windowfocus", window[-1], "mousemove", *FIRST_BLOCK, "click", "1")
    first_s, tries_until_s = None, time.monotonic() + PATIENCE_S
    while first_s is None or time.monotonic() < first_s + seconds or (in_a_take and not is_making(desk.seen(begin))):
        desk.press("key", rng.choice(KEYS))
        time.sleep(rng.uniform(0.02, 0.3))
        if first_s is None and any(line.what == "edit" for line in desk.seen(begin)):
            first_s = time.monotonic()
        if time.monotonic() > tries_until_s + seconds:
            raise Wrong("no key was an edit, or none made a take")


def is_making(lines: list[Seen]) -> bool:
    """Return whether a take is being made."""
    return [line.what for line in lines if line.what in ("making", "idle")][-1:] == ["making"]


@dataclass
class Killed:
    """A session that was killed: its states in order, when, and its other figures."""

    states: list[Seen]
    at_s: float
    seconds: float
    in_a_take: bool
    saved: int
    left: int

    def lost(self, kept: set[str]) -> tuple[int, float]:
        """Return how many of the last edits are in none of the scenes that were kept, and how old the first is."""
        last = max((index for index, state in enumerate(self.states) if state.digest in kept), default=-1)
        lost = self.states[last + 1 :]
        return len(lost), self.at_s - lost[0].t if lost else 0.0


def killed(desk: Desk, window: subprocess.Popen[bytes], rng: random.Random, begin: int, *, in_a_take: bool) -> Killed:
    """Edit in a window that is ready, and kill it, on request while a take is being made."""
    if begin == 0:
        wait(lambda: any(line.takes >= LANES for line in desk.seen()), "no take was made")
    seconds = rng.uniform(0.3, 12.0)
    edit(desk, rng, begin, seconds, in_a_take=in_a_take)
    children = below(window.pid)
    window.send_signal(signal.SIGKILL)
    at_s = time.monotonic()
    window.wait()
    until_s = time.monotonic() + 10.0
    while any(map(lives, children)) and time.monotonic() < until_s:
        time.sleep(0.1)
    left = sum(map(lives, children))
    seen = desk.seen(begin)
    states = [line for line in seen if line.what in ("opened", "recovered", "edit", "take")]
    return Killed(states, at_s, seconds, is_making(seen), sum(line.what == "saved" for line in seen), left)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.field.crashes", description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tones", action="store_true")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    if missing := [name for name in ("Xvfb", "xdotool") if shutil.which(name) is None]:
        print(f"{' and '.join(missing)} are needed: install them.", file=sys.stderr)
        return 2
    rng, lines, wrong = random.Random(arguments.seed), [HEADER], 0
    print(HEADER, flush=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        desk = Desk(folder, stack.enter_context(screen()), "tones" if arguments.tones else "shipped")
        begin, before = 0, None
        for number in range(arguments.kills + 1):
            window = desk.start()
            stack.callback(window.kill)
            kept = recover(desk, begin)
            if before is not None:
                count, seconds = before.lost(kept)
                found = desk.seen(begin)
                unreadable = max(line.unreadable for line in found)
                offers = sum(line.what == "offered" for line in found)
                wrong += seconds > MOST_LOST_S or unreadable > 0 or before.left > 0
                edits = sum(state.what == "edit" for state in before.states)
                in_a_take = "yes" if before.in_a_take else "no"
                lines.append(
                    f"| {number} | {before.seconds:.1f} s | {edits} | {before.states[-1].takes} | {in_a_take} | "
                    f"{before.saved} | {offers} | {count} | {seconds:.2f} | {unreadable} | {before.left} |"
                )
                print(lines[-1], flush=True)
            if number < arguments.kills:
                before = killed(desk, window, rng, begin, in_a_take=number % 2 == 1)
                begin = len(desk.seen())
            else:
                window.terminate()
                window.wait()
    lines.append(f"\n{arguments.kills - wrong} of {arguments.kills} lost nothing beyond the last second")
    print(lines[-1])
    if arguments.out:
        arguments.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
