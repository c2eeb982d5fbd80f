"""Edits a project as fast as it can, saving now and then, until it is killed. Prints the number of each edit."""

import sys
import time
from pathlib import Path

from app.project.open_project import OpenProject
from app.project.recovery import RecoveryStore
from engine.contract.scene.edits.lanes import rename_lane


def main(path: Path, store: Path, pause_s: float) -> None:
    """Rename the first lane to the number of the edit, over and over."""
    project = OpenProject.read(path, RecoveryStore(store), lambda sentence: print(sentence, flush=True))
    number = 0
    while True:
        number += 1
        project.edit(rename_lane(project.scene, 1, str(number)))
        print(number, time.monotonic(), flush=True)
        if number % 40 == 0:
            project.save()
        time.sleep(pause_s)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]))
