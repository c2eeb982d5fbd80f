"""Measured FOA impulse responses: the rows of a data folder's `rirs.tsv`, in the form of the simulated ones."""

import csv
from pathlib import Path

import numpy as np
import soundfile as sf
from numpy.typing import NDArray
from scipy.signal import resample_poly

from engine.ambisonics.normalisation import fuma_to_ambix, n3d_to_sn3d
from engine.contract.conventions import SAMPLE_RATE_HZ, AcnChannel
from engine.contract.errors import MediaError
from engine.scenes.room_images import RESPONSE_SAMPLES, Response, faded

_BEFORE_DIRECT, _AFTER_DIRECT = 60, 120
_CROSS_FADE = 48
_DISTANCE_M = 4.0
"""Used for the unknown distance of a measured source."""


def measured_rooms(data: Path) -> list[Response]:
    """Return the measured responses of `data/rirs.tsv`; none if there is no table.

    Its columns are path, channel_order ("ACN ..." or "FuMa ...") and normalisation ("N3D", "SN3D" or "FuMa ...").
    Raises MediaError for a file that cannot be used.
    """
    table = data / "rirs.tsv"
    if not table.is_file():
        return []
    responses = []
    with table.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            path = data / row["path"]
            try:
                wave, rate = sf.read(path, dtype="float32", always_2d=True)
            except (sf.LibsndfileError, OSError) as error:
                raise MediaError(f"{path} cannot be read ({error}): repair or remove its row.") from error
            ambix = _to_ambix(wave.T, row, path)
            if rate != SAMPLE_RATE_HZ:
                common = np.gcd(SAMPLE_RATE_HZ, rate)
                ambix = resample_poly(ambix, SAMPLE_RATE_HZ // common, rate // common, axis=1).astype(np.float32)
            responses.append(without_direct_sound(ambix))
    return responses


def _to_ambix(wave: NDArray[np.float32], row: dict[str, str], path: Path) -> NDArray[np.float32]:
    order, norm = row["channel_order"], row["normalisation"]
    if len(wave) != 4 or not np.isfinite(wave).all() or np.abs(wave[0]).max(initial=0.0) <= 0.0:
        raise MediaError(f"{path} is not a first-order response with four channels: repair or remove its row.")
    if order.startswith("FuMa"):
        return fuma_to_ambix(wave)
    if not order.startswith("ACN") or norm not in ("N3D", "SN3D"):
        raise MediaError(f"{path} has the unknown convention '{order}', '{norm}': write ACN with N3D or SN3D, or FuMa.")
    return n3d_to_sn3d(wave) if norm == "N3D" else wave


def without_direct_sound(ambix: NDArray[np.float32]) -> Response:
    """Return a response (4, N) AmbiX without its direct sound, per unit of it, time zero at its peak.

    The split is by time: the part up to 2.5 ms after the peak counts as direct, with a cross-fade of 1 ms.
    """
    peak = int(np.argmax(np.abs(ambix[AcnChannel.W])))
    direct = ambix[:, max(peak - _BEFORE_DIRECT, 0) : peak + _AFTER_DIRECT].astype(np.float64)
    w, y, x = direct[AcnChannel.W], direct[AcnChannel.Y], direct[AcnChannel.X]
    late = np.zeros((4, RESPONSE_SAMPLES), np.float32)
    rest = ambix[:, peak + _AFTER_DIRECT : peak + RESPONSE_SAMPLES] / np.sqrt(w @ w)
    late[:, _AFTER_DIRECT : _AFTER_DIRECT + rest.shape[1]] = rest
    late[:, _AFTER_DIRECT : _AFTER_DIRECT + _CROSS_FADE] *= np.linspace(0, 1, _CROSS_FADE, dtype=np.float32)
    azimuth = float(np.arctan2(w @ y, w @ x))
    return Response(faded(late).astype(np.float32), azimuth, _DISTANCE_M, reverberation_s(ambix))


def reverberation_s(ambix: NDArray[np.float32]) -> float:
    """Return the reverberation time (s) of a response (4, N) from the slope of W's decay from -5 to -25 dB."""
    energy = np.square(ambix[AcnChannel.W], dtype=np.float64)
    decay_db = 10 * np.log10(np.cumsum(energy[::-1])[::-1] / energy.sum() + 1e-12)
    begin, end = int(np.argmax(decay_db < -5)), int(np.argmax(decay_db < -25))
    return 3.0 * max(end - begin, 1) / SAMPLE_RATE_HZ
