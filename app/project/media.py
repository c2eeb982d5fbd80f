"""The films and recordings of a scene: read for a new block, checked when a project opens, and relinked."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.contract.camera import camera_source
from engine.contract.conventions import FOA_CHANNELS, SAMPLE_RATE_HZ
from engine.contract.errors import SceneError
from engine.contract.scene.blocks import Convention, FileReference, RecordingBlock
from engine.contract.scene.edits.change import Change
from engine.contract.scene.edits.whole import relink_recording
from engine.contract.scene.scene import Scene, SceneFilm
from engine.contract.video import VideoInfo
from engine.files.content import content_hash
from engine.project.project_file import ReadProject


@dataclass(frozen=True)
class BrokenLink:
    """A film or sound of a scene that is missing, or is not what it was; `blocks` use it, `made_by` generated it."""

    file: FileReference
    is_film: bool
    is_missing: bool
    blocks: int
    made_by: str = ""

    @property
    def sentence(self) -> str:
        """What is wrong, for the user."""
        what = "film" if self.is_film else f"sound made by {self.made_by}" if self.made_by else "recording"
        used = "" if self.is_film else f" (used by {self.blocks} {'block' if self.blocks == 1 else 'blocks'})"
        if self.is_missing:
            return f"The {what} {self.file.path}{used} is missing: choose its new place."
        return f"The {what} {self.file.path}{used} has changed since the project was saved: choose the right one."


@dataclass(frozen=True)
class Recording:
    """A sound file of the user's that can become a block; `samples` counts at 48 kHz.

    If the file does not say what its channels are, only the user knows: `likely` is what they sound like then.
    """

    file: FileReference
    samples: int
    convention: Convention
    likely: Convention | None = None


def files_of(scene: Scene) -> list[FileReference]:
    """Return the sound files that blocks play or continue, once for each block."""
    files = (b.file if isinstance(b, RecordingBlock) else b.recipe.continued for b in scene.blocks())
    return [file for file in files if file is not None]


def broken_links(scene: Scene) -> tuple[BrokenLink, ...]:
    """Return what is missing or has changed, the film first. Reads at most 1 MiB of each file."""
    found = []
    if scene.film is not None:
        found.append(_checked(scene.film.file, is_film=True, blocks=0))
    used: dict[FileReference, int] = {}
    makers: dict[FileReference, str] = {}
    for block in scene.blocks():
        if isinstance(block, RecordingBlock):
            makers[block.file] = block.made_by
    for file in files_of(scene):
        used[file] = used.get(file, 0) + 1
    found += [
        _checked(file, is_film=False, blocks=blocks, made_by=makers.get(file, "")) for file, blocks in used.items()
    ]
    return tuple(link for link in found if link is not None)


def notices_of(project: ReadProject) -> list[str]:
    """Return what a command says of a project that it has rendered. A missing file stopped that if it was needed."""
    changed = [link.sentence for link in broken_links(project.scene) if not link.is_missing]
    return [project.read_only, *changed] if project.read_only else changed


def media_of(scene: Scene) -> dict[str, list[Path | None]]:
    """Return the film and the recordings that a scene reads, by what they are: nothing is written over one."""
    recordings = {file.path for file in files_of(scene)}
    return {
        "film": [None if scene.film is None or scene.film.is_live else Path(scene.film.file.path)],
        "recording": [Path(path) for path in sorted(recordings)],
    }


def found_nearby(link: BrokenLink, folders: Sequence[Path]) -> Path | None:
    """Return the file in one of the folders that has the name and the content of a lost one, or None."""
    if not link.file.content:
        return None
    for folder in folders:
        place = folder / link.file.name
        if content_hash(place) == link.file.content:
            return place
    return None


def read_recording(path: Path, convention: Convention | None = None) -> Recording:
    """Return what a sound file is, as one block of a scene. Raises MediaError, or SceneError for odd channels.

    Of more than four channels the first four count. They are read as `convention` says, or as the file
    says, and as AmbiX if neither says anything.
    """
    from engine.export.reading.ambix_reader import AmbixReader
    from engine.export.reading.opening import open_source

    source = open_source(path)
    try:
        channels, says = source.channels, source.says
        samples = round(source.frames * SAMPLE_RATE_HZ / source.rate_hz)
    finally:
        source.close()
    used = min(channels, FOA_CHANNELS)
    if used not in (1, 2, FOA_CHANNELS):
        raise SceneError(f"{path} has {channels} channels: use mono, stereo or first-order sound (4 channels).")
    if convention is not None and convention.channels != used:
        raise SceneError(f"{path} has {channels} channels, and {convention.value} needs {convention.channels}.")
    file = FileReference(os.path.abspath(path), content_hash(path))
    if convention is not None or used < FOA_CHANNELS:
        return Recording(file, samples, convention or (Convention.MONO if used == 1 else Convention.STEREO))
    if says is not None:
        return Recording(file, samples, Convention(says))
    with AmbixReader(path) as reader:
        likely = Convention.FUMA if reader.is_doubtful else Convention.AMBIX
    return Recording(file, samples, Convention.AMBIX, likely)


def scene_film(film: VideoInfo) -> SceneFilm:
    """Return a film that was opened as the film of a scene."""
    if film.is_live:
        file = FileReference(film.path)
    else:
        file = FileReference(os.path.abspath(film.path), content_hash(Path(film.path)))
    return SceneFilm(file, max(1, round(film.duration_s * SAMPLE_RATE_HZ)), film.choice)


def convention_of(scene: Scene, link: BrokenLink) -> Convention | None:
    """Return how the blocks that play a lost recording read its channels; None if it is only continued."""
    blocks = (b for b in scene.blocks() if isinstance(b, RecordingBlock) and b.file == link.file)
    return next((block.convention for block in blocks), None)


def relink(scene: Scene, link: BrokenLink, path: Path) -> Change:
    """Read the blocks of a lost recording from another file. Raises MediaError, or SceneError if it does not fit."""
    found = read_recording(path, convention_of(scene, link))
    return relink_recording(scene, link.file.path, found.file, found.samples)


def _checked(file: FileReference, *, is_film: bool, blocks: int, made_by: str = "") -> BrokenLink | None:
    if is_film and camera_source(file.path) is not None:  # whether it is plugged in shows when it is opened
        return None
    content = content_hash(Path(file.path))
    if content and (content == file.content or not file.content):
        return None
    return BrokenLink(file, is_film, not content, blocks, made_by)
