"""The meters of what is heard: loudness and peaks at the ears and of W."""

from engine.ambisonics.loudness_pieces import LoudnessGate, PieceLevels
from engine.contract.telemetry import HeardLoudness


class HeardMeter:
    """Sums up pieces of left, right and W."""

    def __init__(self) -> None:
        self._ears, self._w = LoudnessGate(), LoudnessGate()

    def reset(self) -> None:
        """Restart integrated loudness and the highest peaks."""
        self._ears.reset()
        self._w.reset()

    def add(self, piece: PieceLevels) -> HeardLoudness:
        """Add the next piece; returns what the meters show. At the ears, powers add up and the higher peak counts."""
        left_right, w = slice(0, 2), 2
        self._ears.add(
            float(piece.powers[left_right].sum()),
            float(piece.peaks[left_right].max()),
            float(piece.true_peaks[left_right].max()),
        )
        self._w.add(float(piece.powers[w]), float(piece.peaks[w]), float(piece.true_peaks[w]))
        return self.values()

    def values(self) -> HeardLoudness:
        """Return what the meters show."""
        return HeardLoudness(self._ears.values(), self._w.values())
