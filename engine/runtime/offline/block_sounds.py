"""The sounds of a scene for its mix: takes from disk, takes that are made now, recordings, the film's own sound."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import FOA_CHANNELS
from engine.contract.errors import CancelledError
from engine.contract.scene.blocks import Convention, GeneratedBlock, RecordingBlock
from engine.contract.scene.lane import LaneKind
from engine.contract.video import VideoInfo
from engine.export.reading.film_source import SilentFilmError
from engine.export.reading.recording import RecordingReader
from engine.rendering.mix.sounds import BlockSound, KeptTakes
from engine.runtime.offline.scene_job import SceneJob
from engine.runtime.offline.spool import SoundSpool

Make = Callable[[GeneratedBlock], Iterator[NDArray[np.float32]]]
"""Makes the take of a block: yields AmbiX (4, n), from the start of its recipe to the block's end."""


@dataclass(frozen=True, eq=False)
class LoadedSounds:
    """The sounds by block, or by lane for the film's own; how many takes were made, and sentences for the user."""

    sounds: dict[int, BlockSound] = field(default_factory=dict)
    made: list[int] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def load_sounds(
    job: SceneJob,
    film: VideoInfo | None,
    takes: KeptTakes,
    make: Make,
    folder: Path,
    *,
    progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> LoadedSounds:
    """Return the sounds of everything that is heard in the range; `folder` holds what has to be kept meanwhile.

    Raises MediaError, ExportError or CancelledError, and whatever `make` raises.
    """
    loaded = LoadedSounds()
    wanted: list[GeneratedBlock] = []
    for lane in job.heard_lanes:
        for block in job.blocks_of(lane):
            if isinstance(block, GeneratedBlock):
                sound = takes.read(block)
                if sound is None:
                    wanted.append(block)
                else:
                    loaded.sounds[block.block_id] = sound
            else:
                loaded.sounds[block.block_id] = _recording(block, job, folder, cancelled)
        if lane.kind is LaneKind.FILM_SOUND and film is not None:
            _add_film_sound(loaded, lane.lane_id, Path(film.path), job, folder, cancelled)
    total = sum(_needed(block) for block in wanted)
    done = 0
    for block in wanted:
        spool = SoundSpool(folder / f"{block.block_id}.sound", FOA_CHANNELS, range(_needed(block)))
        try:
            for made in make(block):
                spool.append(made)
                done += made.shape[1]
                progress(done / total)
            loaded.sounds[block.block_id] = spool.sound(follows_path=True)
        finally:
            spool.close()
        loaded.made.append(block.block_id)
    return loaded


def _needed(block: GeneratedBlock) -> int:
    """Return how much of a take a block needs. The range does not matter: a level is that of a whole take."""
    return block.before_samples + block.length_samples


def _recording(block: RecordingBlock, job: SceneJob, folder: Path, cancelled: Callable[[], bool]) -> BlockSound:
    start = block.offset_samples + max(0, job.start_sample - block.start_sample)
    end = block.offset_samples + min(block.length_samples, job.end - block.start_sample)
    file = folder / f"{block.block_id}.sound"
    return _read(Path(block.file.path), block.convention, range(start, end), file, cancelled)


def _add_film_sound(
    loaded: LoadedSounds, lane_id: int, path: Path, job: SceneJob, folder: Path, cancelled: Callable[[], bool]
) -> None:
    file = folder / f"{lane_id}.sound"
    try:
        loaded.sounds[lane_id] = _read(path, None, range(job.start_sample, job.end), file, cancelled)
    except SilentFilmError:
        loaded.remarks.append(f"The film {path.name} has no sound: its lane is silent.")


def _read(
    path: Path, convention: Convention | None, kept: range, file: Path, cancelled: Callable[[], bool]
) -> BlockSound:
    with RecordingReader(path, convention) as reader:
        # The mix may begin with an earlier sample: its grid is one of 10 ms.
        spool = SoundSpool(file, reader.channels, range(max(0, kept.start - 480), kept.stop + 480))
        try:
            for block in reader.blocks():
                if cancelled():
                    raise CancelledError("The rendering was cancelled; nothing was written.")
                spool.append(block)
            return spool.sound(follows_path=False)
        finally:
            spool.close()
