"""Renders a whole film as fast as possible: the same patches as live, with fixed steps, to files."""

import json
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.binaural import BinauralFilters
from engine.ambisonics.intensity import DoaTrack, doa_per_second
from engine.contract.control import DirectionPath, GenerationSettings, Lane
from engine.contract.conventions import DEFAULT_FLOW_STEPS, PATCH_S, PATCH_SAMPLES, SAMPLE_RATE_HZ
from engine.contract.directions import azimuth_elevation
from engine.contract.errors import CancelledError, InvalidInputError
from engine.contract.generation import PatchResult, PatchSource
from engine.contract.video import NO_CHOICE, FilmChoice, VideoInfo
from engine.export.formats import Subtype, subtype_of
from engine.export.levels import FileLevels, Gain
from engine.files.staging import Staging
from engine.runtime.film.stretch import film_stretch
from engine.runtime.generation.patch_requests import patch_start_s, request_for
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
    `stems` is a folder for one file per source. Without `places_in_words` the model reads the prompt unchanged: for
    measuring the model alone.
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

    def __post_init__(self) -> None:
        if self.video is None and not self.settings.prompt.text.strip() and not self.settings.lanes:
            raise InvalidInputError("There is nothing to generate: specify a film, a prompt, or a lane.")
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


@dataclass
class _Findings:
    """Data for the report, collected during rendering."""

    first_audio_s: float = 0.0
    patch_ms: list[float] = field(default_factory=list)
    stage_ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    seconds: list[DoaTrack] = field(default_factory=list)
    held: list[NDArray[np.float32]] = field(default_factory=list)
    held_samples: int = 0
    remarks: list[str] = field(default_factory=list)
    levels: tuple[FileLevels, ...] = ()

    def hear(self, samples: NDArray[np.float32], is_last: bool) -> None:
        """Measure the direction of every whole second, and of the rest at the end."""
        self.held.append(samples)
        self.held_samples += samples.shape[1]
        while self.held_samples >= SAMPLE_RATE_HZ or (is_last and self.held_samples > 0):
            together = np.concatenate(self.held, axis=1)
            second, rest = together[:, :SAMPLE_RATE_HZ], together[:, SAMPLE_RATE_HZ:]
            if second.shape[1] >= SAMPLE_RATE_HZ // 10 or not self.seconds:
                self.seconds.append(doa_per_second(second, smooth=False))
            self.held, self.held_samples = [rest], rest.shape[1]


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
    began_s = time.perf_counter()
    findings = _Findings()
    with ExitStack() as stack:
        film, frames = _open_film(job, stack)
        stretch = film_stretch(film, job.start_s, job.seconds)
        samples_in_all = stretch.samples
        placed = Placed(job.settings)
        if job.places_in_words:
            placed = place_sources(job.settings, stretch.start_s, stretch.end_s)
        findings.remarks += [stretch.remark] if stretch.remark else []
        findings.remarks += placed.remarks
        staging = stack.enter_context(Staging())
        if job.report is not None:
            staging.add_file(job.report)  # an unwritable place is reported before the work
        source.reset(job.settings.seed)
        at = stretch.start_sample + (0 if film is None else film.time_reference_samples)
        with (
            open_writers(staging, job.out, job.binaural, job.subtype, at, job.gain, job.head) as (field_file, ears),
            open_stems(staging, job.stem_files, job.subtype, at, job.gain) as stems,
        ):
            for patch_index in range(-(-samples_in_all // PATCH_SAMPLES)):
                if cancelled():
                    raise CancelledError("The rendering was cancelled; nothing was written.")
                start_s = stretch.start_s + patch_start_s(patch_index)
                patch = _patch(placed.settings, source, frames, start_s, findings)
                if patch_index == 0:
                    findings.first_audio_s = time.perf_counter() - began_s
                start = patch_index * PATCH_SAMPLES
                samples = patch.samples[:, : samples_in_all - start]
                field_file.write(samples)
                stems.write(patch, samples.shape[1])
                if ears is not None:
                    ears.write(samples)
                done = start + samples.shape[1]
                findings.hear(samples, is_last=done == samples_in_all)
                progress(done / samples_in_all)
        findings.levels = (*levels_of_files(field_file, ears), *stems.levels)
        report = _report(job, placed, source, findings, load_s, samples_in_all)
        if job.report is not None:
            staging.write_text(job.report, json.dumps(report, indent=2) + "\n")
        staging.commit()
    return report


def _open_film(job: OfflineJob, stack: ExitStack) -> "tuple[VideoInfo | None, ConditioningReader | None]":
    if job.video is None:
        return None, None
    from engine.video.chosen import film_as_chosen
    from engine.video.conditioning import ConditioningReader

    film = film_as_chosen(job.video, job.choice)
    frames = ConditioningReader(film)
    stack.callback(frames.close)
    return film, frames


def _patch(
    settings: GenerationSettings,
    source: PatchSource,
    frames: "ConditioningReader | None",
    start_s: float,
    findings: _Findings,
) -> PatchResult:
    began_s = time.perf_counter()
    frame = frames.frame_at(start_s) if frames is not None else None
    film_ms = 1000.0 * (time.perf_counter() - began_s)
    steps = settings.steps or DEFAULT_FLOW_STEPS
    result = source.next_patch(request_for(settings, start_s, steps, frame))
    findings.remarks += result.remarks
    findings.patch_ms.append(1000.0 * (time.perf_counter() - began_s))
    for stage, ms in result.stage_ms.items():
        findings.stage_ms[stage].append(ms)
    if frames is not None:
        findings.stage_ms["film"].append(film_ms)
    return result


def _report(
    job: OfflineJob, placed: Placed, source: PatchSource, findings: _Findings, load_s: float, samples_in_all: int
) -> dict[str, Any]:
    patch_ms = np.array(findings.patch_ms)
    return {
        "first_audio_s": findings.first_audio_s,
        "load_s": load_s,
        "rtf": float(patch_ms.sum() / (1000.0 * PATCH_S * patch_ms.size)),
        "patch_ms": {
            "p50": float(np.percentile(patch_ms, 50)),
            "p95": float(np.percentile(patch_ms, 95)),
            "max": float(patch_ms.max()),
        },
        "stage_ms": {stage: float(np.median(times)) for stage, times in findings.stage_ms.items()},
        "steps": job.settings.steps or DEFAULT_FLOW_STEPS,
        "start_s": job.start_s,
        "seconds": samples_in_all / SAMPLE_RATE_HZ,
        "seed": job.settings.seed,
        "prompt": job.settings.prompt.text,
        "path": _points(placed.settings.path),
        "read_as": placed.read_as,
        "remarks": findings.remarks,
        "exact_direction": job.settings.exact_direction,
        "lanes": [_lane(lane) for lane in placed.settings.lanes],
        "video": str(job.video) if job.video is not None else None,
        "head": None if job.head is None else job.head.source,
        "checkpoint_sha256": source.checkpoint_sha256,
        "levels": [file.as_json() for file in findings.levels],
        "doa": _doa(findings.seconds),
    }


def _lane(lane: Lane) -> dict[str, Any]:
    return {
        "lane_id": lane.lane_id,
        "prompt": lane.prompt.text,
        "gain_db": lane.gain_db,
        "path": _points(lane.path),
    }


def _points(path: DirectionPath | None) -> list[dict[str, float]]:
    """Return the points of a path as `generate --path` reads them."""
    return [
        {"t_s": p.t_s, "azimuth_deg": p.direction.azimuth_deg, "elevation_deg": p.direction.elevation_deg}
        for p in (path.points if path is not None else ())
    ]


def _doa(seconds: list[DoaTrack]) -> list[dict[str, float]]:
    """Return the direction of each second, smoothed over three as unit vectors (PAPER: no jump at +-180 degrees)."""
    vectors = np.array([track.vectors[0] for track in seconds])
    padded = np.pad(vectors, ((1, 1), (0, 0)))
    sums = padded[:-2] + padded[1:-1] + padded[2:]
    # A second of silence has no direction, and does not get one from its neighbours.
    sums[np.linalg.norm(vectors, axis=1) == 0.0] = 0.0
    azimuths, elevations = azimuth_elevation(sums)
    return [
        {
            "t_s": float(index),
            "azimuth_deg": float(np.rad2deg(azimuth)),
            "elevation_deg": float(np.rad2deg(elevation)),
            "diffuseness": float(track.diffuseness[0]),
        }
        for index, (azimuth, elevation, track) in enumerate(zip(azimuths, elevations, seconds, strict=True))
    ]
