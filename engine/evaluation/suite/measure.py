"""All measures of one take by itself and against its truth, as figures by their keys (catalogue.py)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ, AcnChannel
from engine.evaluation.measures.direction import (
    angle_errors,
    band_directions,
    clip_direction,
    direction_track,
    is_silent,
    random_directions,
)
from engine.evaluation.measures.fidelity import direction_shift_deg, level_db, levels_db, log_mel_distance_db
from engine.evaluation.measures.seam import NO_SEAM, seam_of
from engine.evaluation.measures.sync import Onsets, chance_sync, sound_onsets, sync_figures
from engine.evaluation.measures.truth import Trajectory, trajectory_of_recording
from engine.evaluation.measures.wcs import (
    Sources,
    chance_wcs,
    sources_of_recording,
    sources_of_trajectory,
    weighted_cosine,
)
from engine.evaluation.suite.catalogue import BAND_KEYS
from engine.evaluation.suite.content import NO_CONTENT, NO_TAGGERS, Content, Taggers, content_of, divergence_nats

_CHANCE_DRAWS: Final = 512
_RIGHT_ANGLE_DEG: Final = 90.0


@dataclass(frozen=True, eq=False)
class Truth:
    """The truth for a take. `clip` (3,) and `bands` (6, 3) are zero if there is no direction."""

    trajectory: Trajectory
    clip: NDArray[np.float64]
    bands: NDArray[np.float64]
    sources: list[Sources]
    recording: NDArray[np.float32] | None = None
    levels: NDArray[np.float32] | None = None
    level_db: float | None = None
    content: Content = NO_CONTENT
    picture: Onsets | None = None
    """The onsets of the film, if there is one."""
    onsets: Onsets | None = None


@dataclass(frozen=True, eq=False)
class Measured:
    """`values` by metric key, without missing ones; `track` and `true_track` (S, 3) from `start_s`."""

    values: dict[str, float]
    start_s: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    track: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 3)))
    true_track: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 3)))
    sources: list[Sources] = field(default_factory=list)
    levels: NDArray[np.float32] | None = None
    level_db: float = -120.0
    content: Content = NO_CONTENT
    onsets: Onsets | None = None
    silent: bool = False


def truth_of(
    recording: NDArray[np.float32] | None,
    given: Trajectory | None,
    seconds: float,
    taggers: Taggers = NO_TAGGERS,
    picture: Onsets | None = None,
) -> Truth:
    """Return the truth of a clip of this length.

    Over time a given trajectory counts, as it is exact; the whole clip and its bands are compared with the recording,
    as in the paper, if there is one.
    """
    if recording is None:
        assert given is not None
        clip = given.clip(seconds)
        bands = np.tile(clip, (len(BAND_KEYS), 1))
        return Truth(given, clip, bands, sources_of_trajectory(given, seconds), picture=picture)
    trajectory = given or trajectory_of_recording(recording)
    sources = sources_of_trajectory(given, seconds) if given else sources_of_recording(recording)
    mono = recording[AcnChannel.W]
    levels = levels_db(mono)
    return Truth(
        trajectory=trajectory,
        clip=clip_direction(recording),
        bands=band_directions(recording),
        sources=sources,
        recording=recording,
        levels=levels,
        level_db=level_db(recording),
        content=content_of(taggers, mono),
        picture=picture,
        onsets=sound_onsets(levels, seconds_of(recording)),
    )


def measure(take: NDArray[np.float32], truth: Truth, taggers: Taggers = NO_TAGGERS) -> Measured:
    """Measure AmbiX (4, N) at 48 kHz. FD, KID, text agreement and novelty are of many clips and made elsewhere."""
    mono = take[AcnChannel.W]
    content = content_of(taggers, mono)
    levels = levels_db(mono)
    sources = sources_of_recording(take)
    start_s, track = direction_track(take)
    true_track = truth.trajectory.segments(start_s)
    values = {**_clip_errors(take, truth), **_time_errors(track, true_track)}
    score = weighted_cosine(sources, truth.sources)
    if score is not None:
        values["wcs"] = score
    values |= _seam_figures(mono)
    if truth.content.scores is not None and content.scores is not None:
        values["kl_nats"] = divergence_nats(truth.content.scores, content.scores)
    if truth.recording is not None and truth.levels is not None:
        values["codec_log_mel_db"] = log_mel_distance_db(levels, truth.levels)
        values["codec_level_db"] = abs(level_db(take) - level_db(truth.recording))
        shift = direction_shift_deg(take, truth.recording)
        if shift is not None:
            values["codec_doa_deg"] = shift
    onsets = sound_onsets(levels, seconds_of(take))
    if truth.picture is not None:
        values |= sync_figures(onsets, truth.picture)
    return Measured(
        values, start_s, track, true_track, sources, levels, level_db(take), content, onsets, is_silent(take)
    )


def chance_of(measured: Measured, truth: Truth, rng: np.random.Generator) -> dict[str, float]:
    """Return the expected figures of a take of this length from anywhere, with joints like other places."""
    anywhere = random_directions(_CHANCE_DRAWS, rng)
    values = dict(NO_SEAM)
    if np.any(truth.clip):
        values |= _named("clip", [error.mean() for error in angle_errors(anywhere, truth.clip)])
    true_track = measured.true_track[np.any(measured.true_track, axis=1)]
    if len(true_track):
        errors = angle_errors(anywhere[:, None], true_track[None])
        values |= _named("time", [error.mean() for error in errors]) | {"silent_share": 0.0}
    for key, true in zip(BAND_KEYS, truth.bands, strict=True):
        if np.any(true):
            values[key] = float(angle_errors(anywhere, true)[2].mean())
    score = chance_wcs(measured.sources, truth.sources, rng)
    if score is not None:
        values["wcs"] = score
    if "codec_doa_deg" in measured.values:
        values["codec_doa_deg"] = _RIGHT_ANGLE_DEG
    if truth.picture is not None and measured.onsets is not None:
        values |= chance_sync(measured.onsets, truth.picture, rng)
    return values


def own_figures(truth: Truth) -> dict[str, float]:
    """Return the figures of a reference recording by itself: its seams, which it should not have, and its sync."""
    if truth.recording is None:
        return {}
    values = _seam_figures(truth.recording[AcnChannel.W])
    if truth.picture is not None and truth.onsets is not None:
        values |= sync_figures(truth.onsets, truth.picture)
    return values


def seconds_of(foa: NDArray[np.float32]) -> float:
    """Return the length in seconds of AmbiX (4, N) at 48 kHz."""
    return int(foa.shape[1]) / SAMPLE_RATE_HZ


def _seam_figures(mono: NDArray[np.float32]) -> dict[str, float]:
    seam = seam_of(mono)
    if seam is None:
        return {}
    return {"seam_click_db": seam.click_db, "seam_share": seam.share, "seam_change_db": seam.change_db}


def _clip_errors(take: NDArray[np.float32], truth: Truth) -> dict[str, float]:
    values = _named("clip", angle_errors(clip_direction(take), truth.clip)) if np.any(truth.clip) else {}
    for key, found, true in zip(BAND_KEYS, band_directions(take), truth.bands, strict=True):
        if np.any(found) and np.any(true):
            values[key] = float(angle_errors(found, true)[2])
    return values


def _time_errors(track: NDArray[np.float64], true_track: NDArray[np.float64]) -> dict[str, float]:
    known, sounding = np.any(true_track, axis=1), np.any(track, axis=1)
    if not known.any():
        return {}
    judged = known & sounding if np.any(known & sounding) else known
    errors = angle_errors(track[judged], true_track[judged])
    share = float(np.mean(~sounding[known]))
    return _named("time", [error.mean() for error in errors]) | {"silent_share": share}


def _named(prefix: str, errors: Iterable[float | NDArray[np.float64]]) -> dict[str, float]:
    names = (f"{prefix}_azimuth_rad", f"{prefix}_elevation_rad", f"{prefix}_angle_rad")
    return {name: float(error) for name, error in zip(names, errors, strict=True)}
