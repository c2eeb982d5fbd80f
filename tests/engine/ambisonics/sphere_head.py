"""A head whose answer is known: a rigid sphere (Duda and Martens, JASA 104, 1998), also as a SOFA file."""

from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.hrir import HrirSet
from engine.contract.directions import unit_vectors

RATE = 48_000
HEAD_RADIUS_M, SOUND_M_S = 0.0875, 343.0


def spiral(count: int) -> NDArray[np.float64]:
    """Evenly spread unit vectors."""
    z = 1.0 - 2.0 * (np.arange(count) + 0.5) / count
    return unit_vectors(np.mod(np.arange(count) * 2.399963, 2 * np.pi), np.arcsin(z))


def sphere_head(vectors: NDArray[np.float64], rate_hz: int = RATE, samples: int = 256) -> HrirSet:
    """Woodworth's delay and a one-pole shadow (Brown and Duda, 1998) at each ear."""
    frequency = np.fft.rfftfreq(samples, 1.0 / rate_hz)
    ear_axis = np.array([[0.0, 1.0, 0.0], [0.0, -1.0, 0.0]])
    angle = np.arccos(np.clip(vectors @ ear_axis.T, -1.0, 1.0))
    unit_s = HEAD_RADIUS_M / SOUND_M_S
    delay_s = 1e-3 + unit_s * np.where(angle < np.pi / 2, -np.cos(angle), angle - np.pi / 2)
    shadow = 1.05 + 0.95 * np.cos(angle * 180.0 / 150.0)
    s = 1j * frequency * np.pi * unit_s
    spectra = (1.0 + shadow[..., None] * s) / (1.0 + s) * np.exp(-2j * np.pi * frequency * delay_s[..., None])
    return HrirSet(vectors, np.fft.irfft(spectra, samples, axis=2), rate_hz)


def write_sofa(
    path: Path, head: HrirSet, *, convention: str = "SimpleFreeFieldHRIR", swap_ears: bool = False, **storage: object
) -> Path:
    """Write what the reader asks of a SOFA file; `storage` is how h5py keeps the responses."""
    azimuth = np.rad2deg(np.arctan2(head.vectors[:, 1], head.vectors[:, 0])) % 360.0
    elevation = np.rad2deg(np.arcsin(head.vectors[:, 2]))
    with h5py.File(path, "w") as file:
        file.attrs["Conventions"] = np.bytes_("SOFA")
        file.attrs["SOFAConventions"] = np.bytes_(convention)
        responses = head.responses[:, ::-1] if swap_ears else head.responses
        file.create_dataset("Data.IR", data=responses, **storage)
        file["Data.SamplingRate"] = [float(head.rate_hz)]
        file["SourcePosition"] = np.stack([azimuth, elevation, np.ones(len(azimuth))], axis=1)
        file["SourcePosition"].attrs["Type"] = np.bytes_("spherical")
    return path
