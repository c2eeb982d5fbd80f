"""Binaural filters for first-order sound from a set of head-related responses; run offline.

The fit is spaudiopy's: below a cut-off frequency least squares of the complex responses; above it, where a first-order
field cannot carry their phase, of their magnitudes alone ("MagLS": Schoerkhuber, Zaunschirm, Hoeldrich, DAGA 2018), the
phase continued by the mean group delay (Hold, Meyer-Kahlen, Pulkki, DAGA 2023). What spaudiopy leaves to its caller is
done here: directions of equal weight, two equal halves, the lead before the onset, and last the loudness of a diffuse
field, which is set to that of the measured head, bin by bin, and keeps the colour.

Use: `python -m engine.ambisonics.magls SOFA OUT.safetensors`
"""

import argparse
import sys
import warnings
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.binaural import BinauralFilters
from engine.ambisonics.hrir import HrirSet, resampled, spread_evenly, with_mirror_image
from engine.ambisonics.sofa import read_sofa
from engine.ambisonics.stored_filters import save_filters
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import EngineError, InvalidInputError, reason_of

CUTOFF_HZ: Final = 1500.0
"""Magnitudes are fitted from here on. A higher value keeps more of the interaural time, but causes a dip below it."""
DIFFUSE_POWER: Final = (1.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0)
"""Power of W, Y, Z, X (SN3D) in a diffuse field whose W has power 1; they are uncorrelated."""
TAPS: Final = 256
LEAD_SAMPLES: Final = 40
"""Room before the onset for the response's rise and for the nearer ear, which hears up to 0.4 ms early."""

_FIT_SAMPLES: Final = 1024  # spaudiopy fits at as many frequencies as this transform has
_FIT_CENTRE: Final = 256
_HEAD_SAMPLES: Final = 512
_ONSET: Final = 0.1

Spectra = NDArray[np.complex128]


def filters_of_head(path: Path) -> BinauralFilters:
    """Return the filters of the head in a SOFA file. Raises InvalidInputError or MediaError: see `read_sofa`."""
    hrirs = read_sofa(path)
    try:
        return design_filters(hrirs, source=path.stem)
    except InvalidInputError as error:
        raise InvalidInputError(
            f"{path} cannot become binaural filters: {reason_of(error)}. Choose another SOFA file."
        ) from error


def design_filters(hrirs: HrirSet, *, source: str = "") -> BinauralFilters:
    """Return filters (2, 4, 256) at 48 kHz that turn AmbiX into what the ears of this (mirrored) head would hear.

    Level: a diffuse field gives each ear the mean square of W between 300 Hz and 6 kHz. Raises InvalidInputError if the
    directions leave too much of the sphere out.
    """
    head = with_mirror_image(centred(resampled(spread_evenly(hrirs), SAMPLE_RATE_HZ)))
    targets = np.fft.rfft(head.responses, 2 * _FIT_SAMPLES).transpose(2, 0, 1)
    spectra = np.fft.rfft(magnitude_least_squares(head), 2 * _FIT_SAMPLES).transpose(2, 1, 0)
    spectra = match_diffuse_field(spectra, targets)
    spectra *= _level_gain(spectra)
    return BinauralFilters(_cut(np.fft.irfft(spectra, axis=0)), SAMPLE_RATE_HZ, source)


def magnitude_least_squares(head: HrirSet) -> NDArray[np.float64]:
    """Return spaudiopy's fit: responses (2, 4, N) of the ears to AmbiX. Every direction weighs the same."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # spaudiopy 0.2 uses functions that scipy is about to drop
        import spaudiopy

        azimuths = np.arctan2(head.vectors[:, 1], head.vectors[:, 0])
        zeniths = np.arccos(np.clip(head.vectors[:, 2], -1.0, 1.0))
        left, right = head.responses[:, 0], head.responses[:, 1]
        measured = spaudiopy.sig.HRIRs(left, right, azimuths, zeniths, head.rate_hz)
        fitted = spaudiopy.decoder.magls_bin(measured, 1, f_trans=CUTOFF_HZ, hf_cont="avg")
        # Fitted to orthonormal harmonics. Those of AmbiX are sqrt(4 pi) larger, and its order 1 is sqrt(3) smaller.
        ears = [spaudiopy.sph.sn3d_to_n3d(ear) for ear in fitted]
    return np.asarray(np.stack(ears) / np.sqrt(4.0 * np.pi), np.float64)


def match_diffuse_field(spectra: Spectra, targets: Spectra) -> Spectra:
    """Return the spectra (F, 4, 2), each bin scaled so that a diffuse field is as loud in the ears as by the targets.

    `targets` (F, M, 2) are responses of directions of equal weight. One gain for all channels and both ears changes no
    direction. (Setting the covariance of the ears as well was tried on this head and given up: with four channels it
    makes a source at 30 degrees more lateral than one at 90 and raises the error of the magnitudes by half.)
    """
    wanted = np.square(np.abs(targets)).mean(axis=1).sum(axis=1)
    reached = np.einsum("c,fce->f", DIFFUSE_POWER, np.abs(spectra) ** 2)
    gains = np.sqrt(wanted / np.maximum(reached, 1e-9 * reached.max()))
    return np.asarray(spectra * np.clip(gains, 0.5, 2.0)[:, None, None])


def centred(head: HrirSet) -> HrirSet:
    """Return the responses shifted as one, so that their mean delay is 256 of 1024 samples; what sticks out is cut."""
    energy = np.square(head.responses)
    peaks = np.abs(head.responses).max(axis=2, keepdims=True)
    sounding = (np.abs(head.responses) > _ONSET * peaks).any(axis=(0, 1))
    first = int(np.argmax(sounding))
    early = energy[:, :, first : first + _HEAD_SAMPLES]
    total = early.sum(axis=2)
    delays = (early * np.arange(early.shape[2])).sum(axis=2)[total > 0.0] / total[total > 0.0]
    shift = _FIT_CENTRE - first - round(float(delays.mean()))
    responses = np.zeros((*head.responses.shape[:2], _FIT_SAMPLES))
    begin = max(0, -shift)
    kept = head.responses[:, :, begin : begin + _FIT_SAMPLES - max(0, shift)]
    responses[:, :, max(0, shift) : max(0, shift) + kept.shape[2]] = kept
    return HrirSet(head.vectors, responses, head.rate_hz)


def _level_gain(spectra: Spectra) -> float:
    ear_power = np.einsum("c,fce->f", DIFFUSE_POWER, np.abs(spectra) ** 2) / 2.0
    bins_per_hz = 2.0 * (len(spectra) - 1) / SAMPLE_RATE_HZ
    power = float(ear_power[round(300.0 * bins_per_hz) : round(6000.0 * bins_per_hz)].mean())
    if not power > 0.0:
        raise InvalidInputError("300 Hz to 6 kHz are silent in all its responses.")
    return float(power**-0.5)


def _cut(responses: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return impulse responses (2, 4, 256) of (N, 4, 2): shifted to start after a short lead, with faded ends."""
    taken = responses[_FIT_CENTRE - LEAD_SAMPLES :][:TAPS]
    fade_in, fade_out = LEAD_SAMPLES // 4, TAPS // 4
    window = np.ones(TAPS)
    window[:fade_in] = np.sin(0.5 * np.pi * (np.arange(fade_in) + 0.5) / fade_in) ** 2
    window[-fade_out:] = np.cos(0.5 * np.pi * (np.arange(fade_out) + 0.5) / fade_out) ** 2
    return np.ascontiguousarray((taken * window[:, None, None]).transpose(2, 1, 0), np.float32)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 0, or 2 after one line on stderr."""
    parser = argparse.ArgumentParser(prog="python -m engine.ambisonics.magls", description=__doc__.partition("\n")[0])
    parser.add_argument("sofa", type=Path, help="SOFA file of the convention SimpleFreeFieldHRIR")
    parser.add_argument("out", type=Path, help="filters to write (.safetensors)")
    options = parser.parse_args(arguments)
    try:
        save_filters(filters_of_head(options.sofa), options.out)
    except (EngineError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
