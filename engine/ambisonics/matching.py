"""Takes at the same loudness, so that a comparison is not won by the louder one."""

import math
from collections.abc import Sequence

from engine.ambisonics.loudness import SourceLevel


def heard_db(level: SourceLevel) -> float | None:
    """Return how loud a sound is in the mix at 0 dB: K-weighted, while it sounds; None for silence."""
    return None if level.level_db is None else level.level_db + 20.0 * math.log10(level.evening_gain)


def matched_gains_db(levels: Sequence[SourceLevel]) -> tuple[float, ...]:
    """Return the gains in dB at which several sounds are equally loud in the mix, besides the mix's own.

    The louder ones come down to the quietest one; none is raised, so nothing clips. Silence has 0 dB.
    """
    heard = [heard_db(level) for level in levels]
    quietest = min((db for db in heard if db is not None), default=0.0)
    return tuple(0.0 if db is None else quietest - db for db in heard)
