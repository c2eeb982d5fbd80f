"""Reads SOFA files of head-related impulse responses (AES69, convention SimpleFreeFieldHRIR).

A SOFA file is an HDF5 file, and untrusted. Only what the file itself holds is read, never what it links to, and every
size is checked before memory is taken for it. Offline only: h5py is imported inside the functions.
"""

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.hrir import HrirSet, delayed
from engine.contract.directions import unit_vectors
from engine.contract.errors import InvalidInputError
from engine.files.regular import check_regular

SIGNATURE: Final = b"\x89HDF\r\n\x1a\n"
"""The first bytes of every SOFA file: those of HDF5."""
CONVENTION: Final = "SimpleFreeFieldHRIR"
READ_SAMPLES: Final = 2048
"""Longer responses are read up to here: first-order filters have 256 taps."""

_MOST_DIRECTIONS: Final = 1 << 16
_MOST_VALUES: Final = 1 << 24
_MOST_CHUNK_BYTES: Final = 1 << 27
_MOST_ATTRIBUTE_BYTES: Final = 1 << 12
_RATES_HZ: Final = (32_000, 192_000)
_MOST_DELAY_S: Final = 0.02
_KNOWN_FILTERS: Final = {1, 2, 3}  # of HDF5: deflate, shuffle, checksum; any other may run a plug-in of the system
_SAME_DISTANCE: Final = 0.9
_CHOOSE: Final = f"choose a SOFA file of the convention {CONVENTION}"


class _Damage(Exception):
    """What is wrong with a file, in words that fit behind its name."""


def is_hdf5(path: Path) -> bool:
    """Return whether a file begins as a SOFA file does."""
    with open(path, "rb") as file:
        return file.read(len(SIGNATURE)) == SIGNATURE


def read_sofa(path: Path) -> HrirSet:
    """Return the responses of a SOFA file, the left ear first, of its farthest sources if it has several distances.

    Raises InvalidInputError if the file is of another kind or convention, too large, or damaged; MediaError if it
    cannot be opened.
    """
    check_regular(path, "SOFA file")
    if not is_hdf5(path):
        raise InvalidInputError(f"{path} is not a SOFA file (netCDF-4): {_CHOOSE}.")
    import h5py

    try:
        with h5py.File(path, "r") as file:
            return _hrirs(file)
    except _Damage as damage:
        raise InvalidInputError(f"{path} {damage}: {_CHOOSE}.") from damage
    except (OSError, LookupError, ValueError, TypeError, RuntimeError, OverflowError, MemoryError) as error:
        raise InvalidInputError(f"{path} is damaged and cannot be read as a SOFA file: {_CHOOSE}.") from error


def _hrirs(file: Any) -> HrirSet:
    convention = _text(file, "SOFAConventions")
    if convention != CONVENTION:
        raise _Damage(f"has the convention {convention[:40]!r}" if convention else "names no SOFA convention")
    shape = _dataset(file, "Data.IR").shape
    if len(shape) != 3 or shape[1] != 2:
        raise _Damage("does not hold the responses of two ears")
    count, samples = shape[0], min(shape[2], READ_SAMPLES)
    if not 1 <= count <= _MOST_DIRECTIONS or not 1 <= samples or count * 2 * samples > _MOST_VALUES:
        raise _Damage(f"holds {count} directions of {shape[2]} samples, which is nothing or too much")
    rate_hz = _rate_hz(file)
    vectors, is_far = _directions(file, count)
    responses = _numbers(file, "Data.IR", np.s_[:, :, :samples])
    loudest = np.abs(responses).max()
    if loudest == 0.0:
        raise _Damage("holds only silence")
    whole = HrirSet(vectors, responses / loudest, rate_hz)
    whole = delayed(whole, _delays(file, count, rate_hz))
    whole = HrirSet(whole.vectors[is_far], whole.responses[is_far], rate_hz)
    return HrirSet(whole.vectors, _left_ear_first(whole), rate_hz)


def _rate_hz(file: Any) -> int:
    rates = _numbers(file, "Data.SamplingRate").ravel()
    low_hz, high_hz = _RATES_HZ
    if rates.size == 0 or np.ptp(rates) > 0.0 or not low_hz <= rates[0] <= high_hz or rates[0] % 1.0:
        raise _Damage(f"has no sampling rate between {low_hz} and {high_hz} Hz")
    return int(rates[0])


def _directions(file: Any, count: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return unit vectors (count, 3), and which of the sources are as far away as the farthest."""
    positions = _numbers(file, "SourcePosition")
    if positions.shape != (count, 3):
        raise _Damage("does not hold one source position for each response")
    if _text(file["SourcePosition"], "Type") == "cartesian":
        with np.errstate(over="ignore"):
            distances = np.linalg.norm(positions, axis=1)
        if not np.all((distances > 1e-6) & (distances < 1e6)):
            raise _Damage("holds source positions in the middle of the head or out of reach")
        vectors = positions / distances[:, None]
    else:
        azimuths_deg, elevations_deg, distances = positions.T
        if np.any(np.abs(azimuths_deg) > 720.0) or np.any(np.abs(elevations_deg) > 90.01):
            raise _Damage("holds source positions that are not degrees")
        vectors = unit_vectors(np.deg2rad(azimuths_deg), np.deg2rad(elevations_deg))
    return vectors, distances >= _SAME_DISTANCE * distances.max()


def _delays(file: Any, count: int, rate_hz: int) -> NDArray[np.float64]:
    """Return the delay in samples (count, 2) that comes on top of each response."""
    if "Data.Delay" not in file:
        return np.zeros((count, 2))
    delays = _numbers(file, "Data.Delay")
    if delays.shape not in ((1, 2), (count, 2)) or np.any(delays < 0.0) or delays.max() > _MOST_DELAY_S * rate_hz:
        raise _Damage("holds delays that no head has")
    return np.broadcast_to(delays, (count, 2))


def _left_ear_first(hrirs: HrirSet) -> NDArray[np.float64]:
    """Return the responses with the ear first that is louder for sources at the left.

    The ReceiverPosition in the file is not asked: copies of the CIPIC database name the ears the wrong way round.
    """
    energy = np.square(hrirs.responses).sum(axis=2)
    side = hrirs.vectors[:, 1]
    left_sources, right_sources = energy[side > 0.5].sum(axis=0), energy[side < -0.5].sum(axis=0)
    first_is_left = left_sources[0] * right_sources[1] >= left_sources[1] * right_sources[0]
    return hrirs.responses if first_is_left else hrirs.responses[:, ::-1]


def _dataset(file: Any, name: str) -> Any:
    """Return a dataset of numbers that lies in the file itself and takes no more memory than it says."""
    import h5py

    if not isinstance(file.get(name, getlink=True), h5py.HardLink) or not isinstance(file[name], h5py.Dataset):
        raise _Damage(f"holds no {name}")
    data = file[name]
    plan = data.id.get_create_plist()
    filters = {plan.get_filter(index)[0] for index in range(plan.get_nfilters())}
    if data.external or data.is_virtual or not filters <= _KNOWN_FILTERS:
        raise _Damage(f"keeps its {name} in another file or in an unknown compression")
    if data.dtype.kind not in "fiu" or data.dtype.itemsize > 8:
        raise _Damage(f"holds no plain numbers as {name}")
    chunk = int(np.prod(data.chunks, dtype=object)) * data.dtype.itemsize if data.chunks else 0
    if chunk > _MOST_CHUNK_BYTES or data.shape is None:
        raise _Damage(f"wants too much memory for its {name}")
    return data


def _numbers(file: Any, name: str, part: Any = ()) -> NDArray[np.float64]:
    """Return a dataset, or the part of it that a slice names; a whole one has at most 3 numbers per direction."""
    data = _dataset(file, name)
    if part == () and int(np.prod(data.shape, dtype=object)) > 3 * _MOST_DIRECTIONS:
        raise _Damage(f"holds too many numbers as {name}")
    values = np.asarray(data[part], np.float64)
    if not np.all(np.isfinite(values)):
        raise _Damage(f"holds values that are not numbers as {name}")
    return values


def _text(holder: Any, name: str) -> str:
    """Return an attribute as text; "" if there is none, or none of a line."""
    if name not in holder.attrs or holder.attrs.get_id(name).get_storage_size() > _MOST_ATTRIBUTE_BYTES:
        return ""
    value = holder.attrs[name]
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text.strip("\0 \n")
