"""Reads and writes project files (`NAME.swan`)."""

import json
import os
import stat
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Final

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import ExportError, InvalidInputError, SceneError
from engine.contract.scene.lane import Lane
from engine.contract.scene.scene import Scene
from engine.contract.version import VERSION as PROGRAM_VERSION
from engine.files.owned_folder import sweep_dead
from engine.files.staging import whole_file
from engine.project.fields import Fields
from engine.project.migration import VERSION, migrated
from engine.project.parsing import MOST_BYTES, parse
from engine.project.reading import SceneReader
from engine.project.writing import lane_values, scene_values

SUFFIX: Final = ".swan"
FORMAT: Final = "swansphere-project"
_LONGEST_NAME_BYTES: Final = 255
_NO_LANES: Final = '"lanes": null'
_LANES: Final = ('"lanes": [', "]")
"""The place of the lanes in a document (no text contains it: quotation marks are escaped), and their brackets."""


@dataclass(frozen=True)
class ReadProject:
    """A project file that was read: its scene, the hash of its bytes, and a sentence if it can only be read, or ""."""

    scene: Scene
    digest: str
    read_only: str = ""


def takes_folder(project: Path) -> Path:
    """Return the folder of a project's takes, beside its file: `NAME.swan` has `NAME.takes`."""
    return _linked(project).with_suffix(".takes")


def check_new_name(project: Path) -> None:
    """Raise ExportError for a name that leaves no room for that of its takes, unless there is such a file already."""
    over = len(os.fsencode(takes_folder(project).name)) - _LONGEST_NAME_BYTES
    if over > 0 and not os.path.lexists(project):
        raise ExportError(
            f"{project} cannot be written: its name is too long for the folder of its takes. Use a name that is at "
            f"least {over} bytes shorter."
        )


def read_project(path: Path) -> ReadProject:
    """Read a project file. Raises SceneError if it is missing, damaged or not a project; nothing is changed."""
    data = _bytes_of(path)
    try:
        scene, version = _read(data, _linked(path).parent)
    except InvalidInputError as error:
        sentence = str(error)
        raise SceneError(f"The project {path} cannot be opened: {sentence[0].lower()}{sentence[1:]}") from None
    read_only = ""
    if version > VERSION:
        read_only = (
            f"{path.name} was saved by a newer version of SwanSphere and is open for reading only. "
            "Parts of it may not be shown: update SwanSphere, or save a copy under another name."
        )
    return ReadProject(scene, sha256(data).hexdigest(), read_only)


def write_project(path: Path, scene: Scene) -> str:
    """Write a project file, whole or not at all; returns the hash of its bytes. Raises ExportError."""
    check_new_name(path)
    data = project_bytes(scene, _linked(path).parent)
    with whole_file(path) as staged:
        staged.write_bytes(data)
    return sha256(data).hexdigest()


class ProjectText:
    """The content of project files in a folder; a lane that was written before costs nothing again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lanes: dict[int, tuple[Lane, str]] = {}

    def of(self, scene: Scene) -> bytes:
        """Return the bytes of a project file. ASCII: names that are not valid Unicode are kept, and no tool errs."""
        lanes = {lane.lane_id: (lane, self._text_of(lane)) for lane in scene.lanes}
        self._lanes = lanes
        document = {
            "format": FORMAT,
            "version": VERSION,
            "program": PROGRAM_VERSION,
            "sample_rate_hz": SAMPLE_RATE_HZ,
            "scene": scene_values(replace(scene, lanes=()), self._folder) | {"lanes": None},
        }
        before, after = json.dumps(document, allow_nan=False).split(_NO_LANES, 1)
        texts = ", ".join(text for _lane, text in lanes.values())
        return f"{before}{_LANES[0]}{texts}{_LANES[1]}{after}\n".encode("ascii")

    def _text_of(self, lane: Lane) -> str:
        known, text = self._lanes.get(lane.lane_id, (None, ""))
        return text if known is lane else json.dumps(lane_values(lane, self._folder), allow_nan=False)


def project_bytes(scene: Scene, folder: Path) -> bytes:
    """Return the content of a project file in a folder."""
    return ProjectText(folder).of(scene)


def digest_of(path: Path) -> str:
    """Return the hash of a project file's bytes, or "" if there is none that can be read."""
    try:
        return sha256(_bytes_of(path)).hexdigest()
    except SceneError:
        return ""


def _read(data: bytes, folder: Path) -> tuple[Scene, int]:
    """Return the scene and the version of a document. Raises InvalidInputError."""
    value = parse(data)
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise SceneError("It is not a project of SwanSphere.")
    version = Fields(value, "The project", strict=False).whole("version")
    if version < 1:
        raise SceneError(f"The version {version} is not known.")
    strict = version <= VERSION
    present = migrated(value, version)
    document = Fields(present, "The project", strict=strict)
    for name in ("format", "version", "program", "scene"):
        document.is_null(name)
    if document.whole("sample_rate_hz") != SAMPLE_RATE_HZ:
        raise SceneError(f"The times do not count samples at {SAMPLE_RATE_HZ} Hz.")
    document.finish()
    return SceneReader(folder, strict=strict).scene(present["scene"]), version


def _bytes_of(path: Path) -> bytes:
    """Return a file's bytes, up to one more than a project may have. Raises SceneError."""
    try:
        if not os.path.lexists(path):
            sweep_dead(path.parent)  # a process that was killed while it saved may have moved it away
        if not stat.S_ISREG(os.stat(path).st_mode):  # a named pipe would wait for ever
            raise SceneError(f"{path} is not a project file: choose a file with the suffix {SUFFIX}.")
        with open(path, "rb") as file:
            return file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise SceneError(f"There is no project {path}: check the name and the folder.") from None
    except OSError as error:
        reason = (error.strerror or "an error of the disk").lower()
        raise SceneError(f"The project {path} cannot be read: {reason}.") from error
    except ValueError:
        raise SceneError("The name of the project cannot be used: it contains a NUL character.") from None


def _linked(path: Path) -> Path:
    """Return the file that a link leads to: it is what is written, and its folder is the project's."""
    return Path(os.path.realpath(path)) if os.path.islink(path) else path
