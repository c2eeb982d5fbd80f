"""SOFA files: damaged in their bytes, and in what HDF5 says without a fault."""

import contextlib
import io
import random
from pathlib import Path

import numpy as np

from tests.fuzz.mutations import mutated_bytes
from tests.fuzz.target import Target

_NAMES = ("Data.IR", "SourcePosition", "Data.SamplingRate", "Data.Delay")
_ODD_NUMBERS = (np.nan, np.inf, -np.inf, 1e308, -1e308, 1e-320, 0.0, -1.0, 44_100.0, 2.0**31, 720.0)
_ODD_SHAPES = (
    (), (0,), (1,), (2,), (60, 3), (60, 2, 0), (60, 2, 64), (1, 2, 64), (60, 1, 64), (2**16, 2, 2**16),
    (2**40, 2, 2**20), (2**31, 3), (60, 2, 1), (3, 60), (2, 60, 64), (2**60,),
)  # fmt: skip


def _sofa_files(folder: Path) -> list[Path]:
    import h5py

    from engine.ambisonics.hrir import HrirSet
    from tests.engine.ambisonics.sphere_head import sphere_head, spiral, write_sofa

    whole = sphere_head(spiral(60))
    head = HrirSet(whole.vectors, np.ascontiguousarray(whole.responses[:, :, 20:84]), whole.rate_hz)
    slow = HrirSet(head.vectors, head.responses, 44_100)
    places = [folder / name / "head.sofa" for name in ("plain", "packed", "other")]
    for place in places:
        place.parent.mkdir(parents=True)
    write_sofa(places[0], head)
    write_sofa(places[1], head, compression="gzip", shuffle=True, chunks=(60, 1, 64))
    write_sofa(places[2], slow, dtype="f4")
    with h5py.File(places[2], "a") as file:
        file["SourcePosition"][:] = 1.2 * head.vectors
        file["SourcePosition"].attrs["Type"] = "cartesian"
        file["Data.Delay"] = [[3.5, 0.0]]
    return places


def _read_head(path: Path) -> None:
    from engine.ambisonics.binaural import BinauralRenderer
    from engine.ambisonics.binaural_file import load_filters

    ears = BinauralRenderer(load_filters(path)).process(np.ones((4, 512), np.float32))
    if not np.all(np.isfinite(ears)):
        raise ArithmeticError("the filters of a head make sound that is no number")


def _mutated_sofa(data: bytes, rng: random.Random) -> bytes:
    """Return the bytes with faults, or a file that HDF5 finds in order and that is no head."""
    if rng.random() < 0.6:
        return mutated_bytes(data, rng)
    import h5py

    held = io.BytesIO(data)
    with h5py.File(held, "r+") as file:
        name = rng.choice(_NAMES)
        match rng.randrange(5):
            case 0:
                file.attrs["SOFAConventions"] = rng.choice(
                    (np.bytes_(b"\xff\xfe"), 7, np.zeros(2_000), "GeneralFIR", "")
                )
            case 1 if name in file:
                values = file[name][()]
                values.ravel()[rng.randrange(values.size)] = rng.choice(_ODD_NUMBERS)
                file[name][...] = values
            case 2 if name in file:
                file[name][...] = rng.choice(_ODD_NUMBERS)
            case 3 if name in file:
                file[name].attrs["Type"] = rng.choice(("cartesian", "spherical", "", "x" * 5_000))
            case _:
                if name in file:
                    del file[name]
                if rng.random() < 0.3:
                    file[name] = rng.choice((h5py.SoftLink("/" + name), h5py.ExternalLink("/etc/passwd", "/"), b"text"))
                elif rng.random() < 0.9:
                    shape = rng.choice(_ODD_SHAPES)
                    chunks = tuple(min(side, 64) for side in shape) if all(shape) and shape else None
                    kind = rng.choice(("f8", "f4", "i2", "u8", "S4", "c16"))
                    fill = rng.choice((None, 0, 1)) if kind[0] in "fiu" else None
                    with contextlib.suppress(ValueError):  # too large even to be declared
                        file.create_dataset(name, shape, kind, chunks=chunks, fillvalue=fill)
    return held.getvalue()


HEADS = (Target("head (SOFA)", _mutated_sofa, _sofa_files, _read_head),)
