"""What a field shows, measured once: its flow (active intensity) and energy every 40 ms, 500 Hz - 8 kHz."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.intensity import (
    DOA_BAND_HZ,
    half_overlapped_spectrum,
    intensity_and_energy,
    mean_square_scale,
)
from engine.ambisonics.turning.quaternions import Vector
from engine.contract.conventions import LATENT_SAMPLES, SAMPLE_RATE_HZ

PIECE_SAMPLES: Final = LATENT_SAMPLES
"""A field is measured every 40 ms, as often as the codec can change it."""
PIECE_S: Final = PIECE_SAMPLES / SAMPLE_RATE_HZ
_FRAME: Final = 960
_HOP: Final = _FRAME // 2
_BAND: Final = slice(*(round(hz * _FRAME / SAMPLE_RATE_HZ) for hz in DOA_BAND_HZ))
_WINDOW: Final = np.hanning(_FRAME + 1)[:-1].astype(np.float32)


@dataclass(frozen=True, eq=False)
class FieldTrack:
    """The flow and the energy of consecutive pieces of 40 ms.

    `flows` (P, 3) x, y, z and `energies` (P,) are float64 in mean square: a plane wave has a flow as long as its
    energy. Raises ValueError if the shapes differ.
    """

    flows: Vector
    energies: Vector

    def __post_init__(self) -> None:
        """Check the shapes."""
        if self.flows.shape != (len(self.energies), 3):
            raise ValueError(f"A track of {self.energies.shape} energies cannot have {self.flows.shape} flows.")

    @classmethod
    def joined(cls, tracks: "list[FieldTrack]") -> "FieldTrack":
        """Return consecutive tracks as one; none give an empty one."""
        return cls(
            np.concatenate([np.zeros((0, 3)), *(track.flows for track in tracks)]),
            np.concatenate([np.zeros(0), *(track.energies for track in tracks)]),
        )

    @property
    def share(self) -> float:
        """The share of the energy that flows in one direction within the pieces, 0 to 1; 1 for silence."""
        energy = float(self.energies.sum())
        return min(1.0, float(np.linalg.norm(self.flows, axis=1).sum()) / energy) if energy > 0.0 else 1.0


class FieldMeter:
    """Measures the consecutive blocks of one stream. Not thread-safe."""

    def __init__(self) -> None:
        self._before = np.zeros((4, _HOP), np.float32)

    def measure(self, foa: NDArray[np.float32]) -> FieldTrack:
        """Return the track of the next block, AmbiX (4, n) float32 with n a multiple of 1920.

        The result does not depend on how the stream is cut into blocks. Raises ValueError for another shape.
        """
        if foa.ndim != 2 or foa.shape[0] != 4 or foa.shape[1] % PIECE_SAMPLES:
            raise ValueError(f"A block to turn is (4, a multiple of {PIECE_SAMPLES}), not {foa.shape}.")
        seen = np.concatenate([self._before, foa], axis=1)
        self._before = seen[:, seen.shape[1] - _HOP :].copy()
        return _measured(seen)


def _measured(seen: NDArray[np.float32]) -> FieldTrack:
    """Return the track of the pieces in (4, 480 + P * 1920); the first 480 samples are earlier ones."""
    intensity, energy = intensity_and_energy(half_overlapped_spectrum(seen, _WINDOW)[..., _BAND])
    scale = mean_square_scale(_WINDOW)
    flows = intensity.sum(axis=2, dtype=np.float64)
    energies = energy.sum(axis=(0, 2), dtype=np.float64)
    by_piece = PIECE_SAMPLES // _HOP
    return FieldTrack(
        scale * flows.reshape(3, -1, by_piece).mean(axis=2).T,
        scale * energies.reshape(-1, by_piece).mean(axis=1),
    )
