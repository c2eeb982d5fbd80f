"""The take as files: the sound heard so far, as AmbiX and, on request, as binaural sound."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.ambisonics.binaural import BinauralFilters
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import CancelledError, ExportError, InvalidInputError
from engine.export.ambix_wav import AmbixWriter
from engine.export.binaural import BinauralWriter
from engine.export.formats import Subtype
from engine.export.levels import FileLevels, Gain
from engine.files.staging import Staging
from engine.runtime.takes.contents import read_contents
from engine.runtime.takes.coverage import Stretch
from engine.runtime.takes.folder import TakeFolder
from engine.runtime.takes.reader import TakeReader
from engine.runtime.takes.sidecar import read_sidecar
from engine.runtime.takes.store import note_seen
from engine.runtime.takes.timeline import TakeVersion
from engine.runtime.takes.wording import missing_text

NOTHING_HEARD: Final = "Nothing of this film has been heard and recorded yet: play it first, then export."
_BLOCK_SAMPLES: Final = 48_000


@dataclass(frozen=True)
class ExportedTake:
    """The result of an export: its length, a sentence on gaps ("" if none), and the levels of its files."""

    seconds: float
    missing: str
    levels: tuple[FileLevels, ...] = ()


def export_take(
    folder: TakeFolder,
    version: TakeVersion,
    out: Path,
    *,
    subtype: Subtype | None = None,
    gain: Gain = 0.0,
    binaural_out: Path | None = None,
    start_sample: int = 0,
    progress: Callable[[float], None] = lambda fraction: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> ExportedTake:
    """Write one version of a take from a film sample to the last that was heard; gaps are silent.

    The take may continue meanwhile, in a loop too: the written version does not change. Raises ExportError, or
    CancelledError; then no file is left.
    """
    length = version.length - start_sample
    if length <= 0:
        raise ExportError(NOTHING_HEARD)
    if binaural_out is not None and binaural_out.resolve() == out.resolve():
        raise InvalidInputError("The field and the binaural sound cannot have the same name: use different names.")
    kept = read_sidecar(folder.sidecar)
    reference = start_sample + (0 if kept is None else kept.film.time_reference_samples)
    model = "" if kept is None else kept.checkpoint_sha256
    with TakeReader(folder.sound, version) as take, Staging() as staging:
        with open_writers(staging, out, binaural_out, subtype, reference, gain, model_sha256=model) as (field, ears):
            for start in range(0, length, _BLOCK_SAMPLES):
                if cancelled():
                    raise CancelledError("The export was cancelled; nothing was written.")
                samples = take.read(start_sample + start, min(_BLOCK_SAMPLES, length - start))
                field.write(samples)
                if ears is not None:
                    ears.write(samples)
                progress(min(1.0, (start + samples.shape[1]) / length))
        staging.commit()
    missing = missing_text(_from(start_sample, version.holes))
    return ExportedTake(length / SAMPLE_RATE_HZ, missing, levels_of_files(field, ears))


def levels_of_files(field: AmbixWriter, ears: BinauralWriter | None) -> tuple[FileLevels, ...]:
    """Return the levels of the exported files, after they are finished."""
    return (field.file_levels,) if ears is None else (field.file_levels, ears.file_levels)


def _from(start: int, holes: tuple[Stretch, ...]) -> tuple[Stretch, ...]:
    """Return the gaps after a film sample."""
    return tuple((max(begin, start), end) for begin, end in holes if end > start)


def export_kept_take(
    path: Path,
    out: Path,
    *,
    subtype: Subtype | None = None,
    gain: Gain = 0.0,
    binaural_out: Path | None = None,
    progress: Callable[[float], None] = lambda fraction: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> ExportedTake:
    """Write the take in the folder `path`, which is no longer recorded; see `export_take`."""
    folder = TakeFolder(path)
    gone = f"The take in {path} cannot be read: it was discarded, perhaps in another window."
    try:
        lock = folder.share()  # so that no one discards it meanwhile
    except OSError as error:
        raise ExportError(gone) from error
    try:
        try:
            contents = read_contents(folder)
        except OSError as error:
            raise ExportError(gone) from error
        version = contents.version()
        exported = export_take(
            folder,
            version,
            out,
            subtype=subtype,
            gain=gain,
            binaural_out=binaural_out,
            progress=progress,
            cancelled=cancelled,
        )
    finally:
        lock.release()
    note_seen(path, version.heard_samples)
    return exported


@contextlib.contextmanager
def open_writers(
    staging: Staging,
    out: Path,
    binaural: Path | None,
    subtype: Subtype | None = None,
    at: int = 0,
    gain: Gain = 0.0,
    head: BinauralFilters | None = None,
    model_sha256: str = "",
) -> Iterator[tuple[AmbixWriter, BinauralWriter | None]]:
    """Open the sound files of an export; they are finished at the end and wait for `staging` to be committed.

    `at` is the time of day of their first sample, in samples: a workstation aligns them with the film by it.
    `model_sha256` is the hash of the weights that made the sound.
    """
    with contextlib.ExitStack() as writers:
        field = AmbixWriter(
            out, subtype, time_reference_samples=at, gain=gain, staging=staging, model_sha256=model_sha256
        )
        writers.enter_context(field)
        ears = None
        if binaural is not None:
            ears = BinauralWriter(
                binaural,
                subtype,
                filters=head,
                time_reference_samples=at,
                gain=gain,
                staging=staging,
                model_sha256=model_sha256,
            )
            writers.enter_context(ears)
        yield field, ears
