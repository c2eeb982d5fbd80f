"""Shared by all writers of sound files: blocks are appended, one gain for all channels, whole or not at all."""

import contextlib
import tempfile
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import ExportError
from engine.export.formats import Subtype
from engine.export.levels import Gain, Levels, auto_gain_db
from engine.export.quantising import Quantiser
from engine.files.staging import Staging, refused

_SPOOL_FRAMES: Final = 65_536


@dataclass(frozen=True)
class SoundLayout:
    """The content of a sound file.

    `channel_mask` 0 means "no loudspeakers". `description` is a note in the file (256 ASCII characters at most),
    `time_reference_samples` is the file's start on the film's timeline; `ixml` and `axml` are texts that follow the
    sound in a WAV, which is BW64 beyond 4 GiB if it has `axml`. `is_fuma` marks a WAV as FuMa (AMB). `dither` is for
    whole numbers (see `Quantiser`). No date is written: the same sound gives the same bytes.
    """

    channels: int
    channel_mask: int
    subtype: Subtype = "float"
    rate_hz: int = SAMPLE_RATE_HZ
    description: str = ""
    time_reference_samples: int = 0
    ixml: str = ""
    axml: str = ""
    is_fuma: bool = False
    dither: bool = False


class SoundWriter(ABC):
    """Appends blocks to a file that takes its name only when it is complete.

    With a `staging` the file is one of several outputs: its owner commits them together, after `finish`. Use as a
    context manager: leaving it finishes the file; leaving it by an exception removes what was written. Raises
    ExportError if the place cannot be written, the disk is full, or a block holds values that are not numbers.
    `staged` is the file while it waits for its name.
    """

    def __init__(self, path: Path, layout: SoundLayout, *, gain: Gain = 0.0, staging: Staging | None = None) -> None:
        self.layout, self.path = layout, path
        outputs = Staging() if staging is None else staging
        self._own = outputs if staging is None else None
        self.frames = 0
        self._is_auto = gain == "auto"
        self._gain_db = 0.0 if gain == "auto" else gain
        self._peak = 0.0
        self._quantiser = Quantiser(layout.subtype, dither=layout.dither)
        self._spool: IO[bytes] | None = None
        self._is_open = False
        self.staged = staged = outputs.add_file(path)
        try:
            if self._is_auto and layout.subtype != "float":
                self._spool = tempfile.TemporaryFile(dir=staged.parent)  # the gain is known only at the end
            self._open(staged)
            self._is_open = True
        except OSError as error:
            self._let_go()
            raise refused(path, error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.finish()
        else:
            self.discard()

    @property
    def levels(self) -> Levels:
        """The levels of the written sound; with automatic gain only after the file is finished."""
        return Levels(self._peak, self._quantiser.clipped, self._gain_db, self._is_auto)

    def write(self, samples: NDArray[np.float32]) -> None:
        """Append a block (channels, n)."""
        if not self._is_open:
            raise ExportError(f"{self.path} is already finished: nothing more can be written to it.")
        if samples.ndim != 2 or samples.shape[0] != self.layout.channels:
            raise ValueError(f"A block for this file is ({self.layout.channels}, n), not {samples.shape}.")
        if not np.all(np.isfinite(samples)):
            raise ExportError(f"{self.path.name} was not written: the sound holds values that are not numbers.")
        try:
            if self._spool is not None:
                self._peak = max(self._peak, float(np.abs(samples).max(initial=0.0)))
                self._spool.write(np.ascontiguousarray(samples.T, np.float32).tobytes())
            else:
                self._put(samples)
        except OSError as error:
            raise refused(self.path, error) from error
        self.frames += samples.shape[1]

    def finish(self) -> None:
        """End the file and give it its name, unless it waits for others; a second call does nothing."""
        if not self._is_open:
            return
        try:
            self._empty_spool()
            self._close()
        except OSError as error:
            self.discard()
            raise refused(self.path, error) from error
        self._is_open = False
        if self._own is not None:
            self._own.commit()

    def discard(self) -> None:
        """Remove the written file; does nothing if it is finished."""
        if self._is_open:
            self._let_go()

    def _let_go(self) -> None:
        self._is_open = False
        if self._spool is not None:
            self._spool.close()
        with contextlib.suppress(OSError):  # a full disk refuses the last buffered bytes
            self._abandon()
        if self._own is not None:
            self._own.discard()

    def _empty_spool(self) -> None:
        if self._spool is None:
            return
        self._gain_db = auto_gain_db(self._peak)
        self._peak = 0.0
        self._spool.seek(0)
        frame_bytes = 4 * self.layout.channels
        while raw := self._spool.read(_SPOOL_FRAMES * frame_bytes):
            self._put(np.frombuffer(raw, np.float32).reshape(-1, self.layout.channels).T)
        self._spool.close()
        self._spool = None

    def _put(self, samples: NDArray[np.float32]) -> None:
        if self._gain_db:
            with np.errstate(over="ignore"):
                samples = (samples * np.float32(10.0 ** (self._gain_db / 20.0))).astype(np.float32)
            if not np.all(np.isfinite(samples)):
                raise ExportError(f"{self.path.name} was not written: with this gain the sound is too loud for a file.")
        self._peak = max(self._peak, float(np.abs(samples).max(initial=0.0)))
        interleaved = np.ascontiguousarray(samples.T, np.float32)
        if self.layout.subtype == "float":
            self._append(interleaved)
            return
        self._append(self._quantiser.whole_numbers(interleaved))

    @abstractmethod
    def _open(self, staged: Path) -> None:
        """Begin the file. Raises OSError."""

    @abstractmethod
    def _append(self, interleaved: NDArray[np.float32] | NDArray[np.int32]) -> None:
        """Append (n, channels): floating point, or whole numbers of 24 or 16 bits. Raises OSError."""

    @abstractmethod
    def _close(self) -> None:
        """End the file as its format requires and close it. Raises OSError."""

    @abstractmethod
    def _abandon(self) -> None:
        """Close the file as it is. Raises OSError."""
