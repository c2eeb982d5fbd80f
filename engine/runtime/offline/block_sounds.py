"""The sounds of a scene for its mix: takes, recordings, the film's own sound."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.contract.errors import CancelledError
from engine.contract.scene.blocks import Convention, GeneratedBlock, RecordingBlock
from engine.contract.scene.checks import MOST_SAMPLES
from engine.contract.scene.lane import LaneKind
from engine.contract.video import VideoInfo
from engine.export.reading.film_source import SilentFilmError
from engine.export.reading.recording import RecordingReader
from engine.rendering.blocks.requests import patches_of
from engine.rendering.mix.beds import as_bed
from engine.rendering.mix.sounds import BlockSound
from engine.rendering.mix.ticks import TICK_SAMPLES
from engine.runtime.offline.scene_job import SceneJob
from engine.runtime.offline.scene_takes import SceneTakes
from engine.runtime.recordings.spool import SoundSpool


@dataclass(frozen=True, eq=False)
class LoadedSounds:
    """The sounds by block, or by lane for the film's own; and sentences for the user."""

    sounds: Mapping[int, BlockSound]
    remarks: tuple[str, ...]


def load_sounds(
    job: SceneJob,
    film: VideoInfo | None,
    takes: SceneTakes,
    folder: Path,
    *,
    progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> LoadedSounds:
    """Return the sounds of everything that is heard in the range; `folder` holds what has to be kept meanwhile.

    Raises MediaError, ExportError or CancelledError, or CheckpointError if the model cannot be loaded.
    """
    sounds, remarks = {}, []
    blocks = [block for lane in job.heard_lanes for block in job.blocks_of(lane)]
    for head_locked in (False, True):
        lanes = [lane for lane in job.heard_lanes if (lane.kind is LaneKind.HEAD_LOCKED) is head_locked]
        recorded = [block for lane in lanes for block in job.blocks_of(lane) if isinstance(block, RecordingBlock)]
        sounds.update(_recordings(recorded, job, folder, head_locked, cancelled))
    for lane in job.heard_lanes:
        if lane.kind is LaneKind.FILM_SOUND and film is not None:
            kept = range(job.mixed_from, job.end)
            try:
                file = folder / f"{lane.lane_id}.sound"
                sounds[lane.lane_id], _ = _read(Path(film.path), None, kept, file, cancelled)
            except SilentFilmError:
                remarks.append(f"The film {Path(film.path).name} has no sound: its lane is silent.")
    generated = [block for block in blocks if isinstance(block, GeneratedBlock)]
    missing = [block for block in generated if not takes.has(block)]
    total = sum(patches_of(block) for block in missing)
    before = 0
    for block in missing:

        def told(done: int, before: int = before) -> None:
            progress((before + done) / total)

        takes.make(block, told)
        before += patches_of(block)
    for block in generated:
        sounds[block.block_id] = takes.sound(block)
    return LoadedSounds(sounds, tuple(remarks))


def _recordings(
    blocks: Sequence[RecordingBlock], job: SceneJob, folder: Path, head_locked: bool, cancelled: Callable[[], bool]
) -> dict[int, BlockSound]:
    """Return the sounds of recordings by block; a file that many blocks use is read once."""
    by_file: dict[tuple[str, Convention], list[RecordingBlock]] = {}
    for block in blocks:
        by_file.setdefault((block.file.path, block.convention), []).append(block)
    sounds = {}
    for (path, convention), users in by_file.items():
        used = [_used(block, job) for block in users]
        kept = range(min(part.start for part in used), max(part.stop for part in used))
        file = folder / f"{users[0].block_id}.sound"
        sound, samples = _read(Path(path), convention, kept, file, cancelled, head_locked=head_locked)
        for block in users:
            sounds[block.block_id] = sound if block.bed_seed is None else as_bed(sound, samples, block.bed_seed)
    return sounds


def _used(block: RecordingBlock, job: SceneJob) -> range:
    """Return the samples of its file that a block plays where a job is mixed; a bed may play all of them."""
    if block.bed_seed is not None:
        return range(MOST_SAMPLES)
    start = block.offset_samples + max(0, job.mixed_from - block.start_sample)
    return range(start, block.offset_samples + min(block.length_samples, job.end - block.start_sample))


def _read(
    path: Path,
    convention: Convention | None,
    kept: range,
    file: Path,
    cancelled: Callable[[], bool],
    *,
    head_locked: bool = False,
) -> tuple[BlockSound, int]:
    """Return the sound of a file, and how many samples it has."""
    with RecordingReader(path, convention) as reader:
        # The mix begins at a tick, and ends with one.
        part = range(max(0, kept.start - TICK_SAMPLES), kept.stop + TICK_SAMPLES)
        spool = SoundSpool(file, reader.channels, part, head_locked=head_locked)
        try:
            for block in reader.blocks():
                if cancelled():
                    raise CancelledError("The rendering was cancelled; nothing was written.")
                spool.append(block)
            return spool.sound(follows_path=False), spool.samples
        finally:
            spool.close()
