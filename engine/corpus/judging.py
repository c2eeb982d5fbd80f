"""Judges the sound of a row by its measures: faults that exclude it, and warnings."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.corpus.audio import AudioFacts
from engine.corpus.measuring import Measures
from engine.export.reading.source import Convention

SHORTEST_SOUND_S: Final = 0.25
STRETCH_S: Final = 8.0
"""Length of a scene: ambisonic recordings and films are cut to it."""

_SILENT_RMS: Final = 10.0 ** (-60.0 / 20.0)
_MOST_CLIPPED: Final = 3
_MOST_CLIPPED_PER_S: Final = 1.0
_CUT_OFF_SHARE: Final = 0.95
_LOW_RATE_HZ: Final = 32_000
_ALMOST_ONE: Final = 0.999


@dataclass(frozen=True)
class Fault:
    """One sentence without its subject; `bad` excludes the row."""

    text: str
    bad: bool


def sound_faults(facts: AudioFacts, found: Measures, shortest_s: float) -> list[Fault]:
    """Return the faults of any sound: silent, clipped, too short, cut off, at a low sampling rate."""
    faults = []
    if found.loudest_rms < _SILENT_RMS:
        level_db = 20.0 * np.log10(max(found.loudest_rms, 1e-9))
        faults.append(Fault(f"is silent ({level_db:.0f} dB at its loudest): remove it or record it again.", True))
    if found.seconds < shortest_s:
        faults.append(Fault(f"is too short ({found.seconds:.2f} s): at least {shortest_s:g} s are needed.", True))
    if found.clipped > max(_MOST_CLIPPED, found.seconds * _MOST_CLIPPED_PER_S):
        faults.append(Fault(f"is clipped ({found.clipped} peaks): use an unclipped copy.", True))
    if facts.stated_s > 0.0 and found.seconds < _CUT_OFF_SHARE * facts.stated_s:
        text = f"is cut off ({found.seconds:.1f} s of the {facts.stated_s:.1f} s in its header): copy it again."
        faults.append(Fault(text, True))
    if facts.rate_hz < _LOW_RATE_HZ:
        text = f"is at {facts.rate_hz} Hz, without sound above {facts.rate_hz // 2} Hz: use a better copy if you can."
        faults.append(Fault(text, False))
    return faults


def field_faults(found: Measures, stated: Convention | None) -> list[Fault]:
    """Return what cannot be right in first-order sound, measured after its conversion to AmbiX.

    `stated` is the user's statement about the convention. Without one, levels that fit another convention exclude
    the row: its directions would be learned wrongly.
    """
    if found.loudest_rms < _SILENT_RMS:
        return []
    ratio = found.first_order_ratio
    # As in the file: the covariance is N3D.
    powers = np.diag(found.band) / np.array([1.0, 3.0, 3.0, 3.0])
    off_diagonal = found.correlations[np.triu_indices(4, 1)]
    alike = bool(powers.min() > 0.25 * powers.max())
    if alike and off_diagonal.min() > _ALMOST_ONE:
        return [Fault("has the same sound on all four channels: it is mono; export it as first-order AmbiX.", True)]
    if ratio < 1e-3:
        return [Fault("has sound on its first channel only: it is mono; use it as a sound with one channel.", True)]
    if alike and off_diagonal.min() > 0.3:
        return [Fault("looks like the raw capsules of a microphone (A-format): convert it to AmbiX.", True)]
    if ratio > 10.0:
        text = "has a first channel (W) far weaker than the others: put its channels in the order W, Y, Z, X."
        return [Fault(text, True)]
    faults = _convention_faults(ratio, stated)
    silent = [name for name, power in zip("XYZ", powers[1:], strict=True) if power < 1e-6 * powers.max()]
    if silent:
        faults.append(Fault(f"is silent on {' and '.join(silent)}: directions along that axis are not heard.", False))
    return faults


def _convention_faults(ratio: float, stated: Convention | None) -> list[Fault]:
    """Real microphones are off by some dB: a user's statement is only doubted if it is far off."""
    above_db = 10.0 * np.log10(ratio)
    if stated is None and ratio > 1.5:
        guess = "FuMa" if ratio < np.sqrt(2.0 * 3.0) else "N3D or FuMa"
        text = (
            f"looks like {guess} (X, Y and Z are {above_db:.1f} dB too strong against W for AmbiX): state its "
            "convention, or ambix if it is right."
        )
        return [Fault(text, True)]
    if not 0.3 <= ratio <= 3.0:
        name = {"ambix": "AmbiX", "fuma": "FuMa", "n3d": "N3D", "a-format": "A-format", None: "AmbiX"}[stated]
        text = f"has X, Y and Z {above_db:+.1f} dB relative to {name}: check its convention."
        return [Fault(text, False)]
    return []
