"""Real clips of a data folder by their class, as they are recorded and after a codec."""

from pathlib import Path
from typing import Final

import numpy as np
import soundfile as sf
import torch
from numpy.typing import NDArray
from scipy.signal import resample_poly

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.evaluation.measures.round_trip import round_trip
from engine.model.codec.foa_vae import AnyFoaVae
from engine.scenes.sound_bank import is_held_out, recording_group
from engine.scenes.tables import clips
from engine.scenes.tables.rows import FIRST, sound_rows, table_rows

_LEVEL_RMS: Final = 0.05


def clips_by_class(data: Path, *, second_pack: bool = False, training: bool = False) -> dict[str, list[Path]]:
    """Return the paths of a data folder's sounds by class, in the order of its tables; those of `training` alone.

    Without the second pack, so that figures stay comparable with those from before there was one. Raises
    InvalidInputError for the tables.
    """
    rows = sound_rows(data, ("path", "class")) if second_pack else table_rows(data / FIRST)
    if training:
        rows = [row for row in rows if not is_held_out(recording_group(row))]
    found: dict[str, list[Path]] = {}
    for row in rows:
        found.setdefault(row.get("class") or "", []).append(data / row["path"])
    return found


def spread_over(paths: list[Path], count: int) -> list[Path]:
    """Return up to `count` of the paths, spread over the list, always the same."""
    return paths[:: max(len(paths) // count, 1)][:count]


def read_clip(path: Path, seconds: float) -> tuple[NDArray[np.float64], int]:
    """Return the first seconds of a clip as one channel (N,), and its rate in Hz. Raises MediaError."""
    try:
        rate = sf.info(path).samplerate
        wave, _ = sf.read(path, frames=round(seconds * rate), always_2d=True)
    except (sf.LibsndfileError, OSError):
        wave, rate = clips.read_clip(path)[: round(seconds * SAMPLE_RATE_HZ)].astype(np.float64), SAMPLE_RATE_HZ
    return wave.mean(axis=1), rate


def at_project_rate(mono: NDArray[np.float64], rate: int) -> NDArray[np.float64]:
    """Return a wave (N,) at 48 kHz."""
    if rate == SAMPLE_RATE_HZ:
        return mono
    resampled: NDArray[np.float64] = resample_poly(mono, SAMPLE_RATE_HZ, rate)
    return resampled


@torch.inference_mode()
def after_codec(codec: AnyFoaVae, mono: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a wave (N,) at 48 kHz after the codec: a plane wave from the front, as loud as the training's sounds."""
    short = -len(mono) % codec.latent_samples
    w = torch.from_numpy(np.pad(mono, (0, short)) * (_LEVEL_RMS / max(float(np.std(mono)), 1e-6))).float()
    made: NDArray[np.float64] = round_trip(codec, torch.stack([w, 0 * w, 0 * w, w])[None])[0, 0].double().numpy()
    return made[: len(mono)]
