"""The real window, which also writes down what happens to its project: `crashes.py` starts it, and kills it.

    python -m tests.field.watched_window LOG shipped|tones [arguments of main.py]

Each line of LOG is JSON: when (the clock of the machine), what, a digest of the scene, its takes, and how many of them
cannot be read. "edit" is a user's, "take" a take that has come. "making" and "idle" say whether one is being made from
then on. Nothing is buffered.
"""

import hashlib
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from tests.field.tones import Tones

if TYPE_CHECKING:
    from app.project.open_project import OpenProject
    from engine.runtime.making.messages import MakingProgress


def watch(log: Path) -> None:
    """Let every change of a project, and every offer of lost work, write a line."""
    from app.bridge.scene_bridge import SceneBridge
    from app.project.open_project import OpenProject
    from app.saving.recovering import Recovering
    from engine.contract.scene.edits.change import Edit
    from engine.contract.scene.scene import Scene

    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def note(what: str, scene: Scene, unreadable: int = 0) -> None:
        digest = hashlib.sha256(repr(scene).encode()).hexdigest()[:16]
        values = {
            "t": time.monotonic(),
            "what": what,
            "digest": digest,
            "takes": len(scene.take_ids),
            "unreadable": unreadable,
        }
        os.write(file, (json.dumps(values) + "\n").encode())

    become, write, found = OpenProject._become, OpenProject._write, Recovering._found
    read, recovered = OpenProject.read, OpenProject.recovered
    amend, is_take = OpenProject.amend, False
    pass_on, is_making = SceneBridge._pass_progress_on, False

    def becomes(project: OpenProject, history: Any) -> None:
        before = project.scene
        become(project, history)
        if project.scene is not before:
            note("take" if is_take else "edit", project.scene)

    def amends(project: OpenProject, edit: Edit) -> None:
        nonlocal is_take
        is_take = True
        try:
            amend(project, edit)
        finally:
            is_take = False

    def writes(project: OpenProject, *where: Any) -> None:
        write(project, *where)
        note("saved", project.scene)

    def finds(recovering: Recovering, works: Any) -> None:
        for work in works:
            note("offered", work.scene)
        note("searched", Scene())
        found(recovering, works)

    def opens(*asked: Any) -> OpenProject:
        project = read(*asked)
        note("opened", project.scene, unreadable_takes(project))
        return project

    def recovers(*asked: Any) -> OpenProject:
        project = recovered(*asked)
        note("recovered", project.scene, unreadable_takes(project))
        return project

    def progresses(bridge: SceneBridge, progress: "MakingProgress") -> None:
        nonlocal is_making
        if is_making != (progress.working_on is not None):
            is_making = not is_making
            note("making" if is_making else "idle", Scene())
        pass_on(bridge, progress)

    for owner, name, seen in (
        (OpenProject, "_become", becomes),
        (OpenProject, "amend", amends),
        (OpenProject, "_write", writes),
        (OpenProject, "read", opens),
        (OpenProject, "recovered", recovers),
        (Recovering, "_found", finds),
        (SceneBridge, "_pass_progress_on", progresses),
    ):
        mock.patch.object(owner, name, seen).start()


def unreadable_takes(project: "OpenProject") -> int:
    """Return how many takes of a project are not on disk, or are damaged."""
    from engine.contract.errors import MediaError
    from engine.runtime.block_takes.store import BlockTakes

    store, count = BlockTakes(project.takes_folder or Path()), 0
    for take_id in project.scene.take_ids:
        try:
            store.open(take_id).close()
        except MediaError:
            count += 1
    return count


def main() -> int:
    """Run the window with the arguments of main.py."""
    from app.cli import main as program

    watch(Path(sys.argv[1]))
    if sys.argv[2] == "tones":
        mock.patch("app.preferences.preferred_model.PreferredModel", return_value=Tones()).start()
    return int(program(sys.argv[3:]))


if __name__ == "__main__":
    raise SystemExit(main())
