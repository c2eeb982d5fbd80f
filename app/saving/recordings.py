"""The user's sound files become recordings in lanes."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject

from app.bridge.background_task import BackgroundTask
from app.context import AppContext
from app.project.media import Recording, read_recording
from app.project.open_project import OpenProject
from app.window.dialogs import Answer, choose, short_name
from app.window.file_dialogs import ask_for_file
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.directions import Direction
from engine.contract.scene.blocks import Convention
from engine.contract.scene.checks import LONGEST_NAME
from engine.contract.scene.edits.blocks import add_recording
from engine.contract.scene.edits.change import Change, quoted, together
from engine.contract.scene.edits.lanes import add_lane
from engine.contract.scene.lane import LaneKind
from engine.contract.scene.place import LanePath
from engine.contract.scene.scene import Scene
from engine.contract.telemetry import EngineNotice
from widgets.timeline.gestures.requests import EditRequest

SOUND_SUFFIXES: Final = frozenset(
    ".wav .wave .w64 .rf64 .bw64 .flac .ogg .oga .opus .mp3 .aif .aiff .aifc .caf .amb .au .m4a .aac".split()
)
_CONVENTIONS: Final = {
    "AmbiX": Convention.AMBIX,
    "FuMa": Convention.FUMA,
    "N3D": Convention.N3D,
    "A-format": Convention.A_FORMAT,
}
_FILTER: Final = f"Sounds ({' '.join(f'*{suffix}' for suffix in sorted(SOUND_SUFFIXES))});;All files (*)"


class Recordings(QObject):
    """Reads sound files in the background, and adds each as a lane with one block."""

    def __init__(self, context: AppContext) -> None:
        super().__init__(context.window)
        self._context = context

    def ask(self) -> None:
        """Ask for a sound file and add it at the playhead."""
        settings = self._context.settings
        path = ask_for_file(self._context.window, "Add a recording", settings.folder("recording"), _FILTER)
        if path is not None:
            settings.remember_folder("recording", path.parent)
            self.add(path, None)

    def add(self, path: Path, at_s: float | None, place: NDArray[np.float64] | None = None) -> None:
        """Add a sound file at a film time in seconds, at the playhead if it is None; a failure is a dialog.

        With a unit vector (3,), its lane is placed there.
        """
        seconds = self._context.window.transport.position_s if at_s is None else at_s
        start_sample = round(seconds * SAMPLE_RATE_HZ)
        task = BackgroundTask("recording", lambda _progress, _cancelled: read_recording(path), self)
        lane_path = None if place is None else _fixed(place)
        project = self._context.editor.project
        task.succeeded.connect(partial(self._take_or_ask, project, start_sample, lane_path))
        task.failed.connect(lambda error: self._context.errors.show("This sound cannot be added", str(error)))
        task.start()

    def wait(self, timeout_s: float) -> None:
        """Wait for what is being read, at the end of the application."""
        for task in self.findChildren(BackgroundTask):
            task.wait(timeout_s)

    def _take_or_ask(
        self, project: OpenProject, start_sample: int, path: LanePath | None, recording: Recording
    ) -> None:
        """Take a recording, or first ask which convention it has if the file does not say."""
        if recording.likely is None:
            self._take(project, start_sample, path, recording)
            return
        choose(
            self._context.window,
            f"What are the channels of {short_name(recording.file.name)}?",
            "The file does not say in which convention its sound field is stored. With the wrong one, sounds come from "
            "wrong directions. The one that its sound suggests is selected.",
            {
                Answer(text, is_usual=convention is recording.likely): partial(
                    self._take, project, start_sample, path, replace(recording, convention=convention, likely=None)
                )
                for text, convention in _CONVENTIONS.items()
            },
        )

    def _take(self, project: OpenProject, start_sample: int, path: LanePath | None, recording: Recording) -> None:
        if project is not self._context.editor.project:
            said = f"{recording.file.name} was not added: another project was opened meanwhile. Add it again."
            self._context.bridge.notice(EngineNotice(said, topic="recording"))
            return
        lane_id = self._context.editor.project.scene.next_id
        edit = partial(_with_recording, recording=recording, start_sample=start_sample, path=path)
        self._context.editor.make(EditRequest(edit))
        if any(lane.lane_id == lane_id for lane in self._context.editor.project.scene.lanes):
            self._context.selected.choose_block(lane_id + 1)


def _fixed(place: NDArray[np.float64]) -> LanePath:
    return LanePath.fixed(Direction.of(place))


def _with_recording(scene: Scene, recording: Recording, start_sample: int, path: LanePath | None) -> Change:
    """Return the scene with the recording in a lane of its kind: mono is a source, anything else is a bed."""
    name = Path(recording.file.name).stem[:LONGEST_NAME] or "Recording"
    kind = LaneKind.POINT if recording.convention is Convention.MONO else LaneKind.BED
    add_block = partial(
        add_recording,
        lane_id=scene.next_id,
        file=recording.file,
        file_samples=recording.samples,
        convention=recording.convention,
        start_sample=start_sample,
    )
    return together(
        scene, f"Add recording {quoted(name)}", [partial(add_lane, name=name, kind=kind, path=path), add_block]
    )
