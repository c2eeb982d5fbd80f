"""Files that are dropped on the window, or opened by name: projects, sounds and films."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.context import AppContext
from app.film.opening import FilmOpening
from app.saving.project_files import ProjectFiles
from app.saving.recordings import SOUND_SUFFIXES, Recordings
from engine.project.project_file import SUFFIX


class Dropping:
    """A project is opened, every sound becomes a recording, and the first film is opened and played."""

    def __init__(self, context: AppContext, files: ProjectFiles, opening: FilmOpening, recordings: Recordings) -> None:
        self._bridge = context.bridge
        self._files, self._opening, self._recordings = files, opening, recordings
        context.window.files_dropped.connect(self.take)

    def take(self, paths: Sequence[Path], at_s: float | None, place: NDArray[np.float64] | None = None) -> None:
        """Take dropped files.

        `at_s` is the film time in seconds, None for the playhead; `place` is the unit vector (3,) of the film where
        they were dropped, or None.
        """
        projects = [path for path in paths if path.suffix.lower() == SUFFIX]
        if projects:
            self._files.open(projects[0])
            return
        films = []
        for path in paths:
            if path.suffix.lower() in SOUND_SUFFIXES:
                self._recordings.add(path, at_s, place)
            else:
                films.append(path)
        if films:
            self._opening.open(films[0], then=self._bridge.play)
