"""aiSFX: an embedding of sound effects that hears the full band (44.1 kHz, up to 22 kHz), beside YAMNet's.

Ma and Lerch, "Representation Learning for the Automatic Indexing of Sound Effects Libraries", ISMIR 2022. Architecture
(CNN of 8 layers, 512 values per patch) and front end (96 HTK mel bands, log10(1 + 10000 x)) are the paper's, rewritten;
the weights (CC-BY-4.0) are read from the installed package `aisfx`, none of whose code is run. The package asks
for NumPy 1.23 exactly, which conflicts with everything else here, and its weights do not need it:

    pip install --no-deps aisfx==0.1.2
"""

import importlib.util
import itertools
import pickle
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.signal import resample_poly
from torch import Tensor
from torch.nn.functional import batch_norm, conv2d, max_pool2d, pad, relu

from engine.contract.errors import CheckpointError

RATE_HZ: Final = 44_100
PATCH_SAMPLES: Final = 102_400
"""2.3 s: 100 frames of the spectrogram."""
PATCH_HOP_SAMPLES: Final = 51_200
EMBEDDING_DIM: Final = 512
CHANNELS: Final = (1, 64, 128, 256, 512)

_FRAME, _HOP, _FRAMES = 2_048, 1_024, 100
_BANDS = 96
_HIGHEST_LEVEL = 9.457798957824707
"""Largest level of the paper's training data, by which all levels are divided."""
_BATCH = 8


class Aisfx:
    """The embedding. `weights` None takes the installed package's. Raises CheckpointError in a sentence."""

    def __init__(self, weights: Path | None = None) -> None:
        path = _package_weights() if weights is None else weights
        self._weights = _read(path)
        self._window = torch.from_numpy(np.hanning(_FRAME)).float()
        self._bank = torch.from_numpy(mel_bank()).float()

    @torch.inference_mode()
    def embeddings(self, mono: NDArray[np.floating], rate_hz: int) -> NDArray[np.float32]:
        """Return embeddings (patches, 512) of mono sound (N,) in -1..1, one every 1.16 s; at least one.

        A short end is left out, a short sound is padded with silence.
        """
        levels = self._levels(mono, rate_hz)
        levels = pad(levels, (0, 0, 0, max(0, _FRAMES - len(levels))))
        patches = levels.unfold(0, _FRAMES, _FRAMES // 2).transpose(1, 2)
        return torch.cat([self._convolve(batch[:, None]) for batch in torch.split(patches, _BATCH)]).numpy()

    def _levels(self, mono: NDArray[np.floating], rate_hz: int) -> Tensor:
        """Return the network's input (T, 96), frames every 23 ms, the first centred on the first sample."""
        common = int(np.gcd(rate_hz, RATE_HZ))
        wave = resample_poly(np.asarray(mono, np.float64), RATE_HZ // common, rate_hz // common)
        count = -(-wave.size // _HOP) + 1
        around = np.zeros((count - 1) * _HOP + _FRAME)
        inside = wave[: around.size - _FRAME // 2]
        around[_FRAME // 2 : _FRAME // 2 + inside.size] = inside
        frames = torch.from_numpy(around).float().unfold(0, _FRAME, _HOP)
        power = torch.fft.rfft(frames * self._window).abs().square()
        return torch.log10(1.0 + 1e4 * (power @ self._bank.T)) / _HIGHEST_LEVEL

    def _convolve(self, x: Tensor) -> Tensor:
        for block in range(1, len(CHANNELS)):
            for layer in (1, 2):
                x = relu(self._normalised(conv2d(x, self._of(block, f"conv{layer}.weight"), padding=1), block, layer))
            if block < len(CHANNELS) - 1:
                x = max_pool2d(x, 2)
        return x.mean(dim=3).amax(dim=2)

    def _normalised(self, x: Tensor, block: int, layer: int) -> Tensor:
        mean, variance, weight, bias = (
            self._of(block, f"bn{layer}.{name}") for name in ("running_mean", "running_var", "weight", "bias")
        )
        return batch_norm(x, mean, variance, weight, bias)

    def _of(self, block: int, name: str) -> Tensor:
        return self._weights[f"embedding_net.conv_block{block}.{name}"]


def mel_bank() -> NDArray[np.float64]:
    """Return triangles (96, 1025) between 0 and 22.05 kHz, straight on the HTK mel scale, each with the sum 1."""
    bins = _mel(np.arange(_FRAME // 2 + 1) * RATE_HZ / _FRAME)
    edges = np.linspace(0.0, _mel(np.array(RATE_HZ / 2)), _BANDS + 2)
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    bank = np.maximum(np.minimum(rising, falling), 0.0)
    triangles: NDArray[np.float64] = bank / bank.sum(axis=1, keepdims=True)
    return triangles


def _mel(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1_127.01048 * np.log1p(hz / 700.0))


class _Nothing:
    """Stands for the few NumPy numbers beside the weights: they are not needed, so nothing is built from them."""

    def __init__(self, *_: object) -> None: ...

    def __setstate__(self, state: object) -> None: ...


def _package_weights() -> Path:
    found = importlib.util.find_spec("aisfx")  # finds a package without running it
    folders = None if found is None else found.submodule_search_locations
    if not folders:
        raise CheckpointError(
            "The full-band embedding needs the package aisfx: install it with pip install --no-deps aisfx==0.1.2."
        )
    return Path(next(iter(folders))) / "models" / "checkpoint.pth"


def _read(path: Path) -> dict[str, Tensor]:
    numbers = ("numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar", "numpy.dtype")
    ignored: list[Any] = [(_Nothing, name) for name in numbers]
    try:
        with torch.serialization.safe_globals(ignored):
            weights = torch.load(path, map_location="cpu", weights_only=True)[0]
        shapes = {name: tuple(weights[name].shape) for name in _shapes()}
    except FileNotFoundError as error:
        raise CheckpointError(f"{path} is missing: install the package aisfx again.") from error
    except (OSError, RuntimeError, pickle.UnpicklingError, EOFError, LookupError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{path} is not the weights of aisfx: install the package again.") from error
    if shapes != _shapes():
        raise CheckpointError(f"{path} is not the weights of aisfx: install the package again.")
    return {name: weights[name].float() for name in shapes}


def _shapes() -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    for block, (before, after) in enumerate(itertools.pairwise(CHANNELS), start=1):
        for layer, source in ((1, before), (2, after)):
            name = f"embedding_net.conv_block{block}"
            shapes[f"{name}.conv{layer}.weight"] = (after, source, 3, 3)
            for part in ("weight", "bias", "running_mean", "running_var"):
                shapes[f"{name}.bn{layer}.{part}"] = (after,)
    return shapes
