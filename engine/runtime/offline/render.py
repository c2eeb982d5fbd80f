"""Renders a whole film as fast as possible: the same patches as live, with fixed steps, to files."""

import json
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from engine.ambisonics.binaural import BinauralFilters
from engine.contract.control import GenerationSettings
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.directions import Direction
from engine.contract.errors import InvalidInputError
from engine.contract.generation import PatchSource
from engine.contract.video import NO_CHOICE, UPRIGHT, FilmChoice, Pose, VideoInfo, pose_turn
from engine.export.formats import Subtype, subtype_of
from engine.export.levels import FileLevels, Gain
from engine.export.reading.primer import read_primer
from engine.files.staging import Staging
from engine.rendering.report import TakeReport
from engine.rendering.stretch import film_stretch
from engine.rendering.takes import render_patches
from engine.runtime.offline.stems import open_stems, stem_files
from engine.runtime.takes.export import levels_of_files, open_writers
from engine.words.placing import Placed, place_sources

if TYPE_CHECKING:
    from engine.video.conditioning import ConditioningReader

_LONGEST_S: Final = 24 * 3600.0


@dataclass(frozen=True)
class OfflineJob:
    """What to render: a film, a prompt or lanes (in `settings`), or all of them, to files.

    `choice` is the user's interpretation of the film, `start_s` the film time at which the sound begins.
    `head` is whose ears the binaural file is for; None is the shipped head.
    `primer` is a recording whose first seconds the prompt's own source continues; they are not in the take. With
    `primer_from_end` it continues the last ones.
    `stems` is a folder for one file per source. Without `places_in_words` the model reads the prompt unchanged: for
    measuring the model alone.
    With a `horizon`, which is corrected later, the directions of the settings are made where it turns them from.
    `seconds` None means to the film's end; so does more than is left of it, with a remark in the report. Raises
    InvalidInputError for values that cannot be rendered.
    """

    video: Path | None
    settings: GenerationSettings
    seconds: float | None
    out: Path
    subtype: Subtype | None = None
    gain: Gain = 0.0
    binaural: Path | None = None
    head: BinauralFilters | None = None
    report: Path | None = None
    choice: FilmChoice = NO_CHOICE
    start_s: float = 0.0
    stems: Path | None = None
    places_in_words: bool = True
    primer: Path | None = None
    primer_from_end: bool = False
    horizon: Pose = UPRIGHT

    def __post_init__(self) -> None:
        if self.video is None and not self.settings.prompt.text.strip() and not self.settings.lanes:
            raise InvalidInputError("There is nothing to generate: specify a film, a prompt, or a lane.")
        if self.primer is not None and self.video is None and not self.settings.prompt.text.strip():
            raise InvalidInputError("A primer belongs to the prompt or the film: specify one of them.")
        if not 0.0 <= self.start_s <= _LONGEST_S:
            raise InvalidInputError(f"{self.start_s:g} s is not a usable start: choose 0 to 86400.")
        if self.seconds is not None and not 0.0 < self.seconds <= _LONGEST_S:
            raise InvalidInputError(f"{self.seconds:g} seconds cannot be rendered: choose more than 0, at most 86400.")
        subtype_of(self.out, "field", self.subtype)
        if self.binaural is not None:
            subtype_of(self.binaural, "binaural", self.subtype)
        files = [path.resolve() for path in (self.out, self.binaural, self.report) if path is not None]
        if len(set(files)) < len(files):
            raise InvalidInputError("Two of the output files have the same name: use different names.")

    @property
    def stem_files(self) -> dict[int, Path]:
        """The files of the sources, by lane; none without a folder for them."""
        return {} if self.stems is None else stem_files(self.stems, self.settings, self.video is not None)


def render_offline(
    job: OfflineJob,
    source: PatchSource,
    *,
    load_s: float,
    progress: Callable[[float], None] = lambda fraction: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Render a job and return its report; the same job gives the same bytes on the same machine.

    The clock of `first_audio_s` starts with this call, so opening the film counts. Raises MediaError, ExportError or
    CancelledError; then the outputs are unchanged.
    """
    report = TakeReport()
    with ExitStack() as stack:
        film, frames = _open_film(job, stack)
        stretch = film_stretch(film, job.start_s, job.seconds)
        placed = Placed(job.settings)
        if job.places_in_words:
            placed = place_sources(job.settings, stretch.start_s, stretch.end_s)
        report.remark([stretch.remark] if stretch.remark else [])
        report.remark(placed.remarks)
        primer = (
            None
            if job.primer is None
            else read_primer(job.primer, _begins_at(placed.settings), from_end=job.primer_from_end)
        )
        if primer is not None and job.primer is not None:
            seconds = primer.shape[1] / SAMPLE_RATE_HZ
            which = "last" if job.primer_from_end else "first"
            told = f"The take continues the {which} {seconds:.1f} s of {job.primer.name}, without playing them."
            report.remark([told])
        staging = stack.enter_context(Staging())
        if job.report is not None:
            staging.add_file(job.report)  # an unwritable place is reported before the work
        at = stretch.start_sample + (0 if film is None else film.time_reference_samples)
        with (
            open_writers(
                staging, job.out, job.binaural, job.subtype, at, job.gain, job.head, source.checkpoint_sha256
            ) as (field_file, ears),
            open_stems(staging, job.stem_files, job.subtype, at, job.gain, source.checkpoint_sha256) as stems,
        ):
            for patch in render_patches(
                source,
                placed.settings,
                stretch.samples,
                start_s=stretch.start_s,
                frame_at=None if frames is None else frames.frame_at,
                primer=primer,
                in_film=None if job.horizon == UPRIGHT else pose_turn(job.horizon).T,
                cancelled=cancelled,
            ):
                report.add(patch)
                field_file.write(patch.samples)
                stems.write(patch.result, patch.samples.shape[1])
                if ears is not None:
                    ears.write(patch.samples)
                progress(patch.end_sample / stretch.samples)
        levels = (*levels_of_files(field_file, ears), *stems.levels)
        values = report_of_job(job, report, placed, levels, staging, source.checkpoint_sha256, load_s)
        staging.commit()
    return values


def report_of_job(
    job: OfflineJob,
    report: TakeReport,
    placed: Placed,
    levels: Iterable[FileLevels],
    staging: Staging,
    checkpoint_sha256: str,
    load_s: float,
) -> dict[str, Any]:
    """Return the report of a job whose sound is there, and stage its file if one is wanted."""
    values = report.values(
        job.settings,
        placed,
        checkpoint_sha256=checkpoint_sha256,
        load_s=load_s,
        start_s=job.start_s,
        video=str(job.video) if job.video is not None else None,
        head=None if job.head is None else job.head.source,
        primer=None if job.primer is None else str(job.primer),
        levels=[file.as_json() for file in levels],
    )
    if job.report is not None:
        staging.write_text(job.report, json.dumps(values, indent=2) + "\n")
    return values


def _begins_at(settings: GenerationSettings) -> Direction | None:
    """Return where the prompt's own source is at first, if that is settled."""
    return None if settings.path is None else settings.path.points[0].direction


def _open_film(job: OfflineJob, stack: ExitStack) -> "tuple[VideoInfo | None, ConditioningReader | None]":
    if job.video is None:
        return None, None
    from engine.video.chosen import film_as_chosen
    from engine.video.conditioning import ConditioningReader

    film = film_as_chosen(job.video, job.choice)
    frames = ConditioningReader(film)
    stack.callback(frames.close)
    return film, frames
