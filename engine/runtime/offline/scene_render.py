"""Renders a scene to files: the mixing code of the ear, without a clock."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import CancelledError
from engine.contract.generation import PatchSource
from engine.contract.scene.blocks import GeneratedBlock, RecordingBlock
from engine.contract.video import VideoInfo
from engine.export.levels import FileLevels
from engine.export.time_reference import about_early_start, time_reference
from engine.files.owned_folder import OwnedFolder
from engine.files.staging import Staging, make_folder, refused
from engine.rendering.mix.mixer import SceneMixer
from engine.rendering.takes import MadePatch
from engine.runtime.block_takes.store import BlockTakes
from engine.runtime.offline.block_sounds import load_sounds
from engine.runtime.offline.scene_files import SceneWriters
from engine.runtime.offline.scene_job import SceneJob
from engine.runtime.offline.scene_takes import SceneTakes

if TYPE_CHECKING:
    from engine.video.conditioning import ConditioningReader

_BLOCK_SAMPLES: Final = SAMPLE_RATE_HZ
_SHARE_OF_MAKING: Final = 0.9
"""The part of the progress that making takes and reading recordings have; the mix is quick."""


@dataclass(frozen=True)
class RenderedScene:
    """What was rendered: its files and their levels, the takes that were made, by block, and sentences for the user.

    `about_early_start` is one more, of the time reference of these files, "" if it says when they begin.
    """

    files: tuple[Path, ...]
    levels: tuple[FileLevels, ...]
    takes_made: Mapping[int, str]
    remarks: tuple[str, ...]
    about_early_start: str = ""


class SceneWatch(Protocol):
    """What looks on while a scene is rendered."""

    def add_patch(self, patch: MadePatch) -> None:
        """Take note of a patch of one lane, just made."""

    def add_sound(self, field: NDArray[np.float32]) -> None:
        """Take note of the next samples (4, n) of the mix, AmbiX."""


def render_scene(
    job: SceneJob,
    source: Callable[[], PatchSource],
    store: BlockTakes | None = None,
    *,
    progress: Callable[[float], None] = lambda fraction: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> RenderedScene:
    """Render a job; all of its files take their names together, or none does.

    The chosen takes of blocks are read from `store`. If one is missing, it is made there: `source` loads the model, and
    is called only then. Without a store, what is made is forgotten. The same job with the same takes gives the same
    bytes. Raises MediaError, CheckpointError, ExportError or CancelledError;
    then the outputs are unchanged.
    """
    with Staging() as staging:
        rendered = stage_scene(job, source, store, staging, progress=progress, cancelled=cancelled)
        staging.commit()
    return rendered


def stage_scene(
    job: SceneJob,
    source: Callable[[], PatchSource],
    store: BlockTakes | None,
    staging: Staging,
    *,
    watch: SceneWatch | None = None,
    progress: Callable[[float], None] = lambda fraction: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> RenderedScene:
    """Render a job into files that wait for `staging` to be committed; see `render_scene`."""
    make_folder(job.folder)
    with ExitStack() as stack:
        film, frames = _open_film(job, stack)
        film_start = 0 if film is None else film.time_reference_samples
        begins = job.start_sample + job.scene.av_offset_samples + film_start
        # Bad places are reported before the work.
        writers = stack.enter_context(SceneWriters(job, staging, time_reference(begins)))
        scratch = stack.enter_context(_scratch(job.folder))
        takes = SceneTakes(
            BlockTakes(scratch.path / "takes") if store is None else store,
            source,
            job.scene.film,
            None if frames is None else frames.frame_at,
            cancelled,
            (lambda patch: None) if watch is None else watch.add_patch,
        )
        stack.callback(takes.close)
        sounds = load_sounds(
            job,
            film,
            takes,
            scratch.path,
            progress=lambda fraction: progress(_SHARE_OF_MAKING * fraction),
            cancelled=cancelled,
        )
        writers.name_models(_models(job, takes))
        mixer = SceneMixer(job.scene, sounds.sounds, keeps_lanes=job.stems)
        mixer.seek_following(job.mixed_from)
        mixer.read(job.start_sample - job.mixed_from)
        length = job.end - job.start_sample
        for start in range(0, length, _BLOCK_SAMPLES):
            if cancelled():
                raise CancelledError("The rendering was cancelled; nothing was written.")
            mixed = mixer.read(min(_BLOCK_SAMPLES, length - start))
            writers.write(mixed)
            if watch is not None:
                watch.add_sound(mixed.field)
            progress(_SHARE_OF_MAKING + (1.0 - _SHARE_OF_MAKING) * min(1.0, (start + _BLOCK_SAMPLES) / length))
        levels = writers.finish()
    remarks = (*_remarks(job), *sounds.remarks)
    return RenderedScene(job.files, levels, takes.made, remarks, about_early_start(begins, SAMPLE_RATE_HZ))


def _models(job: SceneJob, takes: SceneTakes) -> dict[int, tuple[str, ...]]:
    """Return the hashes of the weights that made the sound of each lane."""
    return {
        lane.lane_id: tuple(
            dict.fromkeys(takes.model(block) for block in job.blocks_of(lane) if isinstance(block, GeneratedBlock))
        )
        for lane in job.heard_lanes
    }


def _remarks(job: SceneJob) -> Iterator[str]:
    blocks = [block for lane in job.heard_lanes for block in job.blocks_of(lane)]
    makers = {block.made_by: None for block in blocks if isinstance(block, RecordingBlock) and block.made_by}
    if makers:
        yield f"Part of the sound was made by {', '.join(makers)}; the files say that it was generated."
    for block in blocks:
        if isinstance(block, GeneratedBlock) and block.recipe.continued is not None:
            yield f"'{block.title[:40]}' continues the end of {block.recipe.continued.name}, without playing it."
    if job.end_sample is not None and job.end_sample > job.end:
        end_s, seconds = job.end / SAMPLE_RATE_HZ, (job.end - job.start_sample) / SAMPLE_RATE_HZ
        yield f"The scene ends at {end_s:.1f} s: the files are {seconds:.1f} s long."


def _open_film(job: SceneJob, stack: ExitStack) -> "tuple[VideoInfo | None, ConditioningReader | None]":
    """Return the film, and its pictures if a block that is heard follows them."""
    if job.scene.film is None:
        return None, None
    from engine.video.chosen import film_as_chosen

    film = film_as_chosen(Path(job.scene.film.file.path), job.scene.film.choice)
    blocks = [block for lane in job.heard_lanes for block in job.blocks_of(lane)]
    if not any(isinstance(block, GeneratedBlock) and block.recipe.film_sample is not None for block in blocks):
        return film, None
    from engine.video.conditioning import ConditioningReader

    frames = ConditioningReader(film)
    stack.callback(frames.close)
    return film, frames


def _scratch(folder: Path) -> OwnedFolder:
    """Return a private folder beside the files, on the disk that has to hold them anyway. Raises ExportError."""
    try:
        return OwnedFolder(folder)
    except OSError as error:
        raise refused(folder, error) from error
