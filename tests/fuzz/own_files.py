"""What the program writes for itself: takes, projects and settings."""

import random
import zlib
from pathlib import Path
from typing import Any

from tests.fuzz.mutations import mutated_bytes, mutated_text
from tests.fuzz.target import Target, apart


def _settings(folder: Path) -> list[Path]:
    text = "[folders]\nexport=/tmp\nfilm=/tmp\n"
    text += "[output]\ndevice=Speakers\nvolume_percent=70\n[window]\ngeometry=@ByteArray(abc)\n"
    return apart(folder, {"settings.ini": text})


def _read_settings(path: Path) -> None:
    from app.files.settings import AppSettings

    settings = AppSettings(path)
    values: list[Any] = [settings.geometry, settings.volume_percent, settings.device_name]
    values += [settings.folder(kind) for kind in ("film", "export")]
    settings.save()


def _takes(folder: Path) -> list[Path]:
    import shutil

    from tests.engine.runtime.takes.take_rig import PATCH, Recording, noise

    recording = Recording(folder / "store")
    recording.play(noise(2 * PATCH))
    recording.seek(3 * PATCH)
    recording.play(noise(2 * PATCH, 1))
    take = recording.kept.folder
    recording.close()
    made = []
    for name in ("take.json", "journal.bin"):
        shutil.copytree(take, folder / name)
        made.append(folder / name / name)
    return made


def _read_take(path: Path) -> None:
    from engine.runtime.takes.folder import TakeFolder
    from engine.runtime.takes.store import _read as read
    from tests.engine.runtime.takes.take_rig import sound_of

    take = read(TakeFolder(path.parent))
    if take is not None:
        str(take)
        if take.heard_samples < 10_000_000:
            sound_of(path.parent)


def _mutate_take(data: bytes, rng: random.Random) -> bytes:
    if not data.startswith(b"SWT1"):
        return mutated_text(data, rng)
    mutant = bytearray(mutated_bytes(data, rng))
    size = data.find(b"SWT1", 4)
    for at in range(0, len(mutant) - size + 1, size):  # the checksum is no secret
        mutant[at + size - 4 : at + size] = zlib.crc32(mutant[at : at + size - 4]).to_bytes(4, "little")
    return bytes(mutant)


def _projects(folder: Path) -> list[Path]:
    from engine.contract.scene.scene import Scene
    from engine.project.project_file import write_project
    from tests.engine.contract.scene.scenes import whole_scene

    made = []
    for name, scene in (("whole", whole_scene()), ("again", whole_scene()), ("empty", Scene())):
        (folder / name).mkdir(parents=True)
        made.append(folder / name / "scene.swan")
        write_project(made[-1], scene)
    return made


def _read_project(path: Path) -> None:
    from engine.project.project_file import project_bytes, read_project

    project_bytes(read_project(path).scene, path.parent)


def _unsaved(folder: Path) -> list[Path]:
    from app.project.recovery import Origin, RecoveryStore
    from tests.engine.contract.scene.scenes import whole_scene

    file = RecoveryStore(folder).begin()
    file.write(whole_scene(), Origin(folder / "walk.swan", "digest"))
    file.leave()
    return [file.folder / "origin.json", file.scene_path]


def _read_unsaved(path: Path) -> None:
    from app.project.recovery import _read as read

    work = read(path.parent)
    if work is not None:
        str(work.sentence)


OWN_FILES = (
    Target("unsaved work", mutated_text, _unsaved, _read_unsaved),
    Target("projects", mutated_text, _projects, _read_project),
    Target("takes", _mutate_take, _takes, _read_take),
    Target("settings", mutated_text, _settings, _read_settings),
)
