"""First-order sound as binaural sound: filters as an immutable value, and a streaming renderer.

Threads: a `BinauralRenderer` belongs to one thread; filters are made elsewhere and passed to it whole.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.rotation import BlockRotator
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import InvalidInputError
from engine.contract.view import FRONT, ViewOrientation

MAX_TAPS: Final = 2048
SWAP_SAMPLES: Final = 2048
"""Length of the cross-fade from one set of filters to the next: 43 ms."""

_PIECE_SAMPLES: Final = 4096


@dataclass(frozen=True, eq=False)
class BinauralFilters:
    """Impulse responses `taps` (2, 4, L) float32: left and right ear for AmbiX W, Y, Z, X at `rate_hz`.

    `source` names the head. Raises InvalidInputError if they are not finite or longer than 2048.
    """

    taps: NDArray[np.float32]
    rate_hz: int = SAMPLE_RATE_HZ
    source: str = ""

    def __post_init__(self) -> None:
        """Check and freeze the responses."""
        if self.taps.ndim != 3 or self.taps.shape[:2] != (2, 4) or not 1 <= self.taps.shape[2] <= MAX_TAPS:
            raise InvalidInputError(
                f"Binaural filters are 2 ears x 4 channels x up to {MAX_TAPS} taps, not {self.taps.shape}."
            )
        if not np.all(np.isfinite(self.taps)):
            raise InvalidInputError("The binaural filters hold values that are not numbers.")
        frozen = np.array(self.taps, np.float32)
        frozen.setflags(write=False)
        object.__setattr__(self, "taps", frozen)


class FilterBank:
    """Fast convolution with one set of filters by overlap-save; spectra are cached per transform size.

    Threads: one thread may make and `prepare` it, then hand it to the renderer's.
    """

    def __init__(self, filters: BinauralFilters) -> None:
        self.filters = filters
        self._spectra: dict[int, NDArray[np.complex64]] = {}

    def valid(self, foa_with_history: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the (2, n) outputs of (4, history + n) inputs that need no earlier input."""
        taps = self.filters.taps.shape[2]
        n = foa_with_history.shape[1] - (MAX_TAPS - 1)
        recent = foa_with_history[:, MAX_TAPS - taps :]
        size = self._size(recent.shape[1])
        spectrum = np.fft.rfft(recent, size, axis=1)
        ears = np.einsum("cf,ecf->ef", spectrum, self._spectra_for(size))
        return np.fft.irfft(ears, size, axis=1)[:, taps - 1 : taps - 1 + n].astype(np.float32, copy=False)

    def prepare(self, block_samples: int) -> None:
        """Compute the spectra that a block of this size needs, before it comes."""
        self._spectra_for(self._size(block_samples + self.filters.taps.shape[2] - 1))

    def _size(self, inputs: int) -> int:
        return 1 << (inputs - 1).bit_length()

    def _spectra_for(self, size: int) -> NDArray[np.complex64]:
        if size not in self._spectra:
            self._spectra[size] = np.fft.rfft(self.filters.taps, size, axis=2).astype(np.complex64)
        return self._spectra[size]


class BinauralRenderer:
    """Streams AmbiX to two ears, rotated into the listener's view, without clicks while the view or the head changes.

    The field is rotated first, sample by sample while the view moves, and then filtered by fixed filters, so
    that nothing jumps. The result does not depend on how the stream is cut into blocks. Not thread-safe.
    """

    def __init__(self, filters: BinauralFilters, view: ViewOrientation = FRONT) -> None:
        self._bank = FilterBank(filters)
        self._next_bank: FilterBank | None = None
        self._swapped_samples = 0
        self._piece_samples = 1  # of the piece before
        self._rotator = BlockRotator(view)
        self._inputs = np.zeros((4, MAX_TAPS - 1 + _PIECE_SAMPLES), np.float32)

    @property
    def filters(self) -> BinauralFilters:
        """The filters in use, or the target of a cross-fade."""
        return (self._next_bank or self._bank).filters

    @property
    def is_swapping(self) -> bool:
        """Whether a cross-fade to other filters is in progress."""
        return self._next_bank is not None

    def reset(self, view: ViewOrientation = FRONT) -> None:
        """Forget the past and take a view at once: for the start of a stream after silence."""
        self._inputs[:] = 0.0
        self._rotator.jump_to(view)

    def prepare(self, block_samples: int) -> None:
        """Do now what the first block of this size would have to do, which takes as long as many blocks.

        What was played is forgotten, as by `reset`.
        """
        self.process(np.zeros((4, block_samples), np.float32))
        self.reset()

    def swap_filters(self, filters: BinauralFilters) -> None:
        """Change to other filters within 43 ms; a change in progress is finished at once."""
        bank = FilterBank(filters)
        bank.prepare(self._piece_samples)
        self.swap_bank(bank)

    def swap_bank(self, bank: FilterBank) -> None:
        """Change to filters whose spectra were made elsewhere, as `swap_filters` does, without computing anything."""
        self._finish_swap()
        self._next_bank = bank

    def process(self, foa_block: NDArray[np.float32], view: ViewOrientation = FRONT) -> NDArray[np.float32]:
        """Return the next (2, n) float32 left and right of the next (4, n) float32 AmbiX; any n."""
        if foa_block.ndim != 2 or foa_block.shape[0] != 4:
            raise ValueError(f"A first-order block is (4, n), not {foa_block.shape}.")
        n = foa_block.shape[1]
        ears = np.empty((2, n), np.float32)
        for begin in range(0, n, _PIECE_SAMPLES):
            end = min(n, begin + _PIECE_SAMPLES)
            ears[:, begin:end] = self._process_piece(foa_block[:, begin:end], view)
        return ears

    def _process_piece(self, foa: NDArray[np.float32], view: ViewOrientation) -> NDArray[np.float32]:
        n, history = foa.shape[1], MAX_TAPS - 1
        self._piece_samples = n
        self._inputs[:, history : history + n] = self._rotator.process(foa, view)
        window = self._inputs[:, : history + n]
        ears = self._bank.valid(window)
        if self._next_bank is not None:
            done = np.arange(self._swapped_samples + 1, self._swapped_samples + n + 1, dtype=np.float32) / SWAP_SAMPLES
            ears = ears + np.minimum(done, 1.0) * (self._next_bank.valid(window) - ears)
            self._swapped_samples += n
            if self._swapped_samples >= SWAP_SAMPLES:
                self._finish_swap()
        self._inputs[:, :history] = self._inputs[:, n : n + history].copy()
        return ears

    def _finish_swap(self) -> None:
        if self._next_bank is not None:
            self._bank = self._next_bank
        self._next_bank = None
        self._swapped_samples = 0
