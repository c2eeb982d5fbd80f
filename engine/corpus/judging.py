"""What is wrong with the sound of a row, told by its measures: faults that rule it out and warnings."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.corpus.audio import AudioFacts
from engine.corpus.measuring import Measures
from engine.export.reading.source import Convention

SHORTEST_SOUND_S: Final = 0.25
STRETCH_S: Final = 8.0
"""Length of a scene: what ambisonic recordings and films are cut to."""

_SILENT_RMS: Final = 10.0 ** (-60.0 / 20.0)
_MOST_CLIPPED: Final = 3
_MOST_CLIPPED_PER_S: Final = 1.0
_CUT_OFF_SHARE: Final = 0.95
_LOW_RATE_HZ: Final = 32_000
_ALMOST_ONE: Final = 0.999


@dataclass(frozen=True)
class Fault:
    """One sentence without its subject; `bad` rules the row out."""

    text: str
    bad: bool


def sound_faults(facts: AudioFacts, found: Measures, shortest_s: float) -> list[Fault]:
    """Return what is wrong with any sound: silent, clipped, too short, cut off, at a low sampling rate."""
    faults = []
    if found.loudest_rms < _SILENT_RMS:
        level_db = 20.0 * np.log10(max(found.loudest_rms, 1e-9))
        faults.append(Fault(f"is silent ({level_db:.0f} dB at its loudest): remove it or record it anew.", True))
    if found.seconds < shortest_s:
        faults.append(Fault(f"is too short ({found.seconds:.2f} s): at least {shortest_s:g} s are needed.", True))
    if found.clipped > max(_MOST_CLIPPED, found.seconds * _MOST_CLIPPED_PER_S):
        faults.append(Fault(f"is clipped ({found.clipped} peaks are cut off): use an unclipped copy.", True))
    if facts.stated_s > 0.0 and found.seconds < _CUT_OFF_SHARE * facts.stated_s:
        text = f"is cut off ({found.seconds:.1f} s of the {facts.stated_s:.1f} s it promises): copy it again."
        faults.append(Fault(text, True))
    if facts.rate_hz < _LOW_RATE_HZ:
        text = f"is at {facts.rate_hz} Hz, so nothing above {facts.rate_hz // 2} Hz sounds: use it only if you must."
        faults.append(Fault(text, False))
    return faults


def field_faults(found: Measures, stated: Convention | None) -> list[Fault]:
    """Return what cannot be right in first-order sound, measured after its conversion to AmbiX.

    `stated` is what the person said of the convention. Where that is nothing, levels that fit another convention rule
    the row out: it would be learnt at wrong places.
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
        return [Fault("has sound on its first channel only: it is mono; give it as a sound, on one channel.", True)]
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
    """Real microphones are off by some dB: what a person states is only doubted where it is far off."""
    above_db = 10.0 * np.log10(ratio)
    if stated is None and ratio > 1.5:
        guess = "FuMa" if ratio < np.sqrt(2.0 * 3.0) else "N3D or FuMa"
        text = (
            f"looks like {guess} (X, Y and Z are {above_db:.1f} dB too strong beside W for AmbiX): say its convention, "
            "or ambix if it is right."
        )
        return [Fault(text, True)]
    if not 0.3 <= ratio <= 3.0:
        name = {"ambix": "AmbiX", "fuma": "FuMa", "n3d": "N3D", "a-format": "A-format", None: "AmbiX"}[stated]
        text = f"has X, Y and Z {above_db:+.1f} dB beside what {name} gives: check its convention."
        return [Fault(text, False)]
    return []
