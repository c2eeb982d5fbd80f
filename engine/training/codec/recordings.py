"""Real first-order recordings through a codec: rooms are more diffuse than composed scenes.

The folder holds `foa.tsv` (path, channel_order, normalisation), FuMa or ACN with N3D.
"""

import csv
from pathlib import Path
from typing import Final

import numpy as np
import soundfile as sf
import torch
from numpy.typing import NDArray
from scipy.signal import butter, resample_poly, sosfilt
from torch import Tensor

from engine.ambisonics.normalisation import fuma_to_ambix, n3d_to_sn3d
from engine.contract.conventions import FOA_CHANNELS, SAMPLE_RATE_HZ
from engine.contract.errors import InvalidInputError, MediaError
from engine.evaluation.measures.codec_metrics import doa_shift_deg
from engine.evaluation.measures.round_trip import round_trip
from engine.model.codec.foa_vae import AnyFoaVae

_LEVEL_RMS: Final = 0.05
_RUMBLE: Final = butter(4, 20.0, "highpass", fs=SAMPLE_RATE_HZ, output="sos")


def read_recordings(folder: Path) -> list[NDArray[np.float64]]:
    """Return the recordings of a folder's `foa.tsv` as AmbiX (4, N) at 48 kHz, W at an RMS of 0.05.

    Files that do not begin with W are left out. Raises InvalidInputError for the table and MediaError for a file.
    """
    table = folder / "foa.tsv"
    try:
        with table.open(encoding="utf-8", newline="") as lines:
            rows = [
                (row["path"], row["channel_order"], row["normalisation"])
                for row in csv.DictReader(lines, delimiter="\t")
            ]
    except (OSError, KeyError, ValueError, csv.Error):
        raise InvalidInputError(
            f"{table} is missing or lacks a column path, channel_order or normalisation: use a data folder."
        ) from None
    found = []
    for path, order, normalisation in rows:
        is_fuma = order.startswith("FuMa")
        if is_fuma or (order.startswith("ACN 0") and normalisation == "N3D"):
            found.append(_read(folder / path, is_fuma))
    return found


def _read(path: Path, is_fuma: bool) -> NDArray[np.float64]:
    try:
        wave, rate = sf.read(path, dtype="float64", always_2d=True)
    except (sf.LibsndfileError, OSError) as error:
        raise MediaError(f"{path} cannot be read ({error}): repair it or remove its row.") from None
    first = wave.T[:FOA_CHANNELS]
    foa = fuma_to_ambix(first) if is_fuma else n3d_to_sn3d(first)
    common = int(np.gcd(rate, SAMPLE_RATE_HZ))
    foa = resample_poly(foa, SAMPLE_RATE_HZ // common, rate // common, axis=1)
    scaled: NDArray[np.float64] = foa * (_LEVEL_RMS / max(float(np.std(foa[0])), 1e-9))
    return scaled


@torch.inference_mode()
def recording_figures(codec: AnyFoaVae, recordings: list[NDArray[np.float64]]) -> dict[str, float]:
    """Return the median DoA shift in degrees and the mean error of W's level per second in dB, above 20 Hz."""
    shifts: list[Tensor] = []
    errors: list[float] = []
    for foa in recordings:
        whole = foa.shape[1] // codec.latent_samples * codec.latent_samples
        before = torch.from_numpy(foa[:, :whole]).float()
        after = round_trip(codec, before[None])[0]
        shifts.append(doa_shift_deg(before, after))
        there, here = (_levels_db(w.numpy()) for w in (before[0], after[0]))
        errors += np.abs(there - here).tolist()
    return {"doa_shift_deg": float(torch.cat(shifts).median()), "level_db": float(np.mean(errors))}


def _levels_db(w: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the levels in dB of the whole seconds of W (N,) above 20 Hz."""
    heard = sosfilt(_RUMBLE, w)[: w.size // SAMPLE_RATE_HZ * SAMPLE_RATE_HZ].reshape(-1, SAMPLE_RATE_HZ)
    levels: NDArray[np.float64] = 10.0 * np.log10(np.square(heard).mean(axis=1) + 1e-10)
    return levels
