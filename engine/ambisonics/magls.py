"""Binaural filters for first-order sound from a set of head-related responses; a command, run offline.

Below a cut-off frequency the filters are the least-squares fit of the complex responses. Above it a first-order
field cannot carry their phase. There only the magnitudes are fitted, and the phase continues from bin to bin ("MagLS":
Schoerkhuber, Zaunschirm, Hoeldrich, "Binaural rendering of Ambisonic signals via magnitude least squares", DAGA 2018).
Finally the loudness of a diffuse field is set to that of the measured head, bin by bin, which keeps the colour.

Use: `python -m engine.ambisonics.magls SOFA OUT.safetensors`
"""

import argparse
import sys
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.binaural import BinauralFilters, save_filters
from engine.ambisonics.encoding import sn3d_gains
from engine.ambisonics.hrir import HrirSet, load_sofa, resampled, sphere_shares, with_mirror_image
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import EngineError

CUTOFF_HZ: Final = 1500.0
"""Magnitudes are fitted from here on. A higher value keeps more of the interaural time, but causes a dip below it."""
DIFFUSE_POWER: Final = (1.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0)
"""Power of W, Y, Z, X (SN3D) in a diffuse field whose W has power 1; they are uncorrelated."""
TAPS: Final = 256
LEAD_SAMPLES: Final = 40
"""Room before the onset for the response's rise and for the nearer ear, which hears up to 0.4 ms early."""

_FFT_SAMPLES: Final = 2048

Spectra = NDArray[np.complex128]


def design_filters(
    hrirs: HrirSet,
    *,
    taps: int = TAPS,
    cutoff_hz: float = CUTOFF_HZ,
    rate_hz: int = SAMPLE_RATE_HZ,
    source: str = "",
) -> BinauralFilters:
    """Return filters (2, 4, taps) that turn AmbiX into the signals at the ears of this (mirrored) head.

    Level: a diffuse field gives each ear the mean square of W between 300 Hz and 6 kHz.
    """
    head = with_mirror_image(resampled(hrirs, rate_hz))
    weights = sphere_shares(head.vectors)
    targets = _centred_spectra(head, weights)
    gains = sn3d_gains(head.vectors)
    spectra = magnitude_least_squares(targets, gains, weights, int(np.ceil(cutoff_hz / rate_hz * _FFT_SAMPLES)))
    spectra = match_diffuse_field(spectra, targets, weights)
    spectra *= _level_gain(spectra, rate_hz)
    return BinauralFilters(_cut(spectra, taps), rate_hz, source)


def magnitude_least_squares(
    targets: Spectra, gains: NDArray[np.float64], weights: NDArray[np.float64], first_magnitude_bin: int
) -> Spectra:
    """Return filter spectra (F, 4, 2) for responses (F, M, 2), encoding gains (M, 4) and direction weights (M,)."""
    fit = np.linalg.solve(gains.T @ (weights[:, None] * gains), (weights[:, None] * gains).T)
    spectra = np.empty((len(targets), 4, 2), complex)
    for k, target in enumerate(targets):
        if k >= first_magnitude_bin and k > 0:
            reached = gains @ spectra[k - 1]
            target = np.abs(target) * np.exp(1j * np.angle(reached))
        spectra[k] = fit @ target
    return spectra


def match_diffuse_field(spectra: Spectra, targets: Spectra, weights: NDArray[np.float64]) -> Spectra:
    """Return the spectra (F, 4, 2), each bin scaled so that a diffuse field is as loud in the ears as in the targets.

    `targets` (F, M, 2) are responses with direction weights (M,). One gain for all channels and both ears changes no
    direction. (Setting the covariance of the ears as well was tried on this head and dropped: with four channels it
    makes a source at 30 degrees more lateral than one at 90, and raises the error of the magnitudes by half.)
    """
    wanted = np.einsum("m,fme->f", weights, np.abs(targets) ** 2)
    reached = np.einsum("c,fce->f", DIFFUSE_POWER, np.abs(spectra) ** 2)
    gains = np.sqrt(wanted / np.maximum(reached, 1e-9 * reached.max()))
    return np.asarray(spectra * np.clip(gains, 0.5, 2.0)[:, None, None])


def _centred_spectra(head: HrirSet, weights: NDArray[np.float64]) -> Spectra:
    """Return spectra (F, M, 2) with the mean delay of the set removed, so that the phase turns slowly."""
    energy = np.square(head.responses)
    positions = np.arange(energy.shape[2])
    delays = (energy * positions).sum(axis=2) / energy.sum(axis=2)
    mean_delay = float(weights @ delays.mean(axis=1))
    spectra = np.fft.rfft(head.responses, _FFT_SAMPLES, axis=2).transpose(2, 0, 1)
    phase = 2j * np.pi * np.arange(len(spectra)) / _FFT_SAMPLES * mean_delay
    return np.asarray(spectra * np.exp(phase)[:, None, None])


def _level_gain(spectra: Spectra, rate_hz: int) -> float:
    ear_power = np.einsum("c,fce->f", DIFFUSE_POWER, np.abs(spectra) ** 2) / 2.0
    first, last = (round(f / rate_hz * _FFT_SAMPLES) for f in (300.0, 6000.0))
    return float(1.0 / np.sqrt(ear_power[first:last].mean()))


def _cut(spectra: Spectra, taps: int) -> NDArray[np.float32]:
    """Return impulse responses (2, 4, taps): shifted to start after a short lead, with faded ends."""
    responses = np.roll(np.fft.irfft(spectra, _FFT_SAMPLES, axis=0), LEAD_SAMPLES, axis=0)[:taps]
    fade_in, fade_out = LEAD_SAMPLES // 4, taps // 4
    window = np.ones(taps)
    window[:fade_in] = np.sin(0.5 * np.pi * (np.arange(fade_in) + 0.5) / fade_in) ** 2
    window[-fade_out:] = np.cos(0.5 * np.pi * (np.arange(fade_out) + 0.5) / fade_out) ** 2
    return np.ascontiguousarray((responses * window[:, None, None]).transpose(2, 1, 0), np.float32)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 0, or 2 after one line on stderr."""
    parser = argparse.ArgumentParser(prog="python -m engine.ambisonics.magls", description=__doc__.partition("\n")[0])
    parser.add_argument("sofa", type=Path, help="SOFA file of the convention SimpleFreeFieldHRIR")
    parser.add_argument("out", type=Path, help="filters to write (.safetensors)")
    options = parser.parse_args(arguments)
    try:
        save_filters(design_filters(load_sofa(options.sofa), source=options.sofa.stem), options.out)
    except (EngineError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
