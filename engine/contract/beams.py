"""First-order beams: how much energy a field brings from each direction, from the covariance of its channels."""

import itertools
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import AcnChannel

_STEPS: Final = 12
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


def loudest_beam(form: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Return the unit vector (3,) x, y, z of the loudest beam and its energy; see `beam_form`.

    From 26 directions on, each step goes to where the energy grows fastest. That always rises: the energy is a convex
    function of the direction. Two opposite sources make two hills, and the higher one counts.
    """
    vectors = _LOOKS
    for _ in range(_STEPS):
        uphill = form[0, 1:] + vectors @ form[1:, 1:]
        length = np.linalg.norm(uphill, axis=1, keepdims=True)
        vectors = np.where(length > 1e-15, uphill / np.maximum(length, 1e-15), vectors)
    energies = beam_energies(form, vectors)
    best = int(np.argmax(energies))
    return vectors[best], float(energies[best])


def _looks() -> NDArray[np.float64]:
    """Return the unit vectors (26, 3) to the middles of a cube's faces and edges, and to its corners."""
    cube = np.array(list(itertools.product((-1.0, 0.0, 1.0), repeat=3)))
    cube = cube[np.any(cube != 0.0, axis=1)]
    looks: NDArray[np.float64] = cube / np.linalg.norm(cube, axis=1, keepdims=True)
    return looks


_LOOKS: Final = _looks()
