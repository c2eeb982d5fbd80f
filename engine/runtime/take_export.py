"""The take as files: what has been generated so far, as AmbiX and, on wish, as two ears hear it."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.errors import CancelledError, ExportError, InvalidInputError
from engine.export.ambix_wav import AmbixWriter
from engine.export.binaural import BinauralWriter
from engine.export.wav_writer import Subtype
from engine.files.staging import Staging
from engine.runtime.foa_recorder import SEAM_SAMPLES, TakeReader

_BLOCK_SAMPLES: Final = 48_000


def export_take(
    spool: Path,
    length: int,
    open_end: int | None,
    out: Path,
    *,
    subtype: Subtype = "float",
    binaural_out: Path | None = None,
    progress: Callable[[float], None] = lambda fraction: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> None:
    """Write film samples 0 to `length` of a spooled take; places that were never generated are silent.

    `open_end` is the film sample where generation is right now: the sound dips there for 10 ms on both sides, because
    what follows belongs to an older lap or is not there. Raises ExportError, or CancelledError; then nothing is left.
    """
    if length <= 0:
        raise ExportError("Nothing has been generated yet: play the film first, then export what was heard.")
    if binaural_out is not None and binaural_out.resolve() == out.resolve():
        raise InvalidInputError("The field and the binaural sound cannot have the same name: give each its own.")
    with TakeReader(spool) as take, Staging() as staging:
        with open_writers(staging, out, binaural_out, subtype) as (field, ears):
            for start in range(0, length, _BLOCK_SAMPLES):
                if cancelled():
                    raise CancelledError("The export was cancelled; nothing was written.")
                samples = take.read(start, min(_BLOCK_SAMPLES, length - start))
                if open_end is not None:
                    _dip(samples, open_end - start)
                field.write(samples)
                if ears is not None:
                    ears.write(samples)
                progress(min(1.0, (start + samples.shape[1]) / length))
        staging.commit()


@contextlib.contextmanager
def open_writers(
    staging: Staging, out: Path, binaural: Path | None, subtype: Subtype
) -> Iterator[tuple[AmbixWriter, BinauralWriter | None]]:
    """Open the sound files of an export; they are finished at the end and wait for `staging` to be committed."""
    with contextlib.ExitStack() as writers:
        field = writers.enter_context(AmbixWriter(out, subtype, staging=staging))
        if binaural is None:
            yield field, None
        else:
            yield field, writers.enter_context(BinauralWriter(binaural, subtype, staging=staging))


def _dip(samples: NDArray[np.float32], at: int) -> None:
    """Fade (4, n) to silence and back around a sample, which may lie outside."""
    n = samples.shape[1]
    begin, end = max(0, at - SEAM_SAMPLES), min(n, at + SEAM_SAMPLES)
    if begin < end:
        distance = np.abs(np.arange(begin, end) - (at - 0.5))
        samples[:, begin:end] *= (distance / SEAM_SAMPLES).clip(0.0, 1.0).astype(np.float32)
