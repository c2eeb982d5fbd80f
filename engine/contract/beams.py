"""First-order beams: how much energy a field brings from each direction, from the covariance of its channels."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import AcnChannel

_W_X_Y_Z: Final = (AcnChannel.W, AcnChannel.X, AcnChannel.Y, AcnChannel.Z)


def beam_form(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the matrix M (4, 4) of a covariance (4, 4) in ACN order: v' M v, v = (1, x, y, z), is a beam's energy.

    The beam is a cardioid, (W + xX + yY + zZ) / 2, which has no lobe at its back. Energies are in the units of the
    covariance: a plane wave of mean square p gives p towards its source, p / 4 from the side and nothing from behind.
    A diffuse field gives a third of its energy everywhere.
    """
    form: NDArray[np.float64] = 0.25 * covariance[np.ix_(_W_X_Y_Z, _W_X_Y_Z)]
    return form


def beam_energies(form: NDArray[np.float64], vectors: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Return the energies (...) of beams along unit vectors (..., 3) x, y, z; see `beam_form`."""
    energies: NDArray[np.float64] = (
        form[0, 0] + 2.0 * (vectors @ form[0, 1:]) + np.sum((vectors @ form[1:, 1:]) * vectors, axis=-1)
    )
    return energies
