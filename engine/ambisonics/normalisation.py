"""Conversions between AmbiX (ACN order W, Y, Z, X; SN3D) and the other first-order formats.

All functions take and return (4, N) arrays, keep float32 and float64, and leave their input untouched.
FuMa here is the classic B-format: order W, X, Y, Z, with W lowered by 3 dB. N3D keeps the ACN order.
Source: Nachbar, Zotter, Deleflie, Sontacchi, "AmbiX - a suggested Ambisonics format", Ambisonics Symposium 2011.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]

_FUMA_TO_ACN: Final = (0, 2, 3, 1)
_ACN_TO_FUMA: Final = (0, 3, 1, 2)


def fuma_to_ambix(fuma: FloatArray) -> FloatArray:
    """Return AmbiX (4, N) of FuMa (4, N) W, X, Y, Z: W times sqrt(2), channels reordered."""
    ambix = _checked(fuma)[list(_FUMA_TO_ACN)]
    ambix[0] *= np.sqrt(2.0)
    return ambix


def ambix_to_fuma(ambix: FloatArray) -> FloatArray:
    """Return FuMa (4, N) W, X, Y, Z of AmbiX (4, N): the inverse of `fuma_to_ambix`."""
    fuma = _checked(ambix)[list(_ACN_TO_FUMA)]
    fuma[0] /= np.sqrt(2.0)
    return fuma


def n3d_to_sn3d(n3d: FloatArray) -> FloatArray:
    """Return SN3D (4, N) of N3D (4, N), both in ACN order: the first-order channels divided by sqrt(3)."""
    sn3d = _checked(n3d).copy()
    sn3d[1:] /= np.sqrt(3.0)
    return sn3d


def sn3d_to_n3d(sn3d: FloatArray) -> FloatArray:
    """Return N3D (4, N) of SN3D (4, N), both in ACN order: the inverse of `n3d_to_sn3d`."""
    n3d = _checked(sn3d).copy()
    n3d[1:] *= np.sqrt(3.0)
    return n3d


def _checked(channels: FloatArray) -> FloatArray:
    if channels.ndim != 2 or channels.shape[0] != 4 or not np.issubdtype(channels.dtype, np.floating):
        raise ValueError(f"First-order sound is (4, N) floating point, not {channels.shape} {channels.dtype}.")
    return channels
