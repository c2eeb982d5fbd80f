"""YAMNet: an independent tagger that names what it hears (AudioSet's 521 classes).

Architecture and front end are those of the YAMNet of TensorFlow Models (Apache-2.0). The weights are not part of this
project: the user specifies a safetensors file with batch norms folded into the convolutions, with
`yamnet_class_map.csv` (index, mid, display_name) beside it. YAMNet hears nothing above 7.5 kHz, and its output for
silence is meaningless.
"""

import csv
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file
from scipy.signal import resample_poly
from torch import Tensor
from torch.nn.functional import conv2d, pad, relu

from engine.contract.errors import CheckpointError

RATE_HZ = 16_000
PATCH_SAMPLES = 15_600
PATCH_HOP_SAMPLES = 7_680
CLASSES = 521
EMBEDDING_DIM = 1_024

_WINDOW, _HOP, _FFT = 400, 160, 512
_MEL_BANDS = 64
_LOG_OFFSET = 0.001
_STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)
_BATCH = 16
_SILENCE_RMS = 10.0 ** (-60.0 / 20.0)


class Yamnet:
    """The tagger. Raises CheckpointError if the weights or the class names are missing or do not fit."""

    def __init__(self, path: Path) -> None:
        names_path = path.parent / "yamnet_class_map.csv"
        try:
            self._weights = load_file(path)
            with names_path.open(newline="", encoding="utf-8") as file:
                self.class_names = tuple(row["display_name"] for row in csv.DictReader(file))
            fits = _shapes_fit({k: tuple(v.shape) for k, v in self._weights.items()}) and all(
                v.dtype == torch.float32 for v in self._weights.values()
            )
        except FileNotFoundError as error:
            raise CheckpointError(f"{error.filename} is missing: YAMNet needs its weights and class names.") from error
        except (OSError, SafetensorError, KeyError, UnicodeDecodeError, csv.Error) as error:
            raise CheckpointError(f"{path} or {names_path.name} beside it is not YAMNet: copy them again.") from error
        if not fits or len(self.class_names) != CLASSES:
            raise CheckpointError(f"{path} is not YAMNet with {CLASSES} classes: copy it again.")
        self._window = torch.hann_window(_WINDOW, periodic=True)

    def embeddings(self, mono: NDArray[np.floating], rate_hz: int) -> NDArray[np.float32]:
        """Return embeddings (patches, 1024) of mono sound (N,) in -1..1, one every 0.48 s; at least one."""
        return self._embed(_patches(mono, rate_hz)).numpy()

    def scores(self, mono: NDArray[np.floating], rate_hz: int) -> NDArray[np.float32]:
        """Return scores (patches, 521) in 0..1 of mono sound (N,) in -1..1, one row every 0.48 s; at least one."""
        return self._score(_patches(mono, rate_hz)).numpy()

    def mean_scores(self, mono: NDArray[np.floating], rate_hz: int) -> NDArray[np.float32]:
        """Return scores (521,) averaged over the patches that are not silent; zeros where all of it is silent."""
        waves = _patches(mono, rate_hz)
        loud = waves[waves.square().mean(dim=1).sqrt() > _SILENCE_RMS]
        return self._score(loud).mean(dim=0).numpy() if len(loud) else np.zeros(CLASSES, np.float32)

    @torch.inference_mode()
    def _score(self, waves: Tensor) -> Tensor:
        return torch.sigmoid(self._embed(waves) @ self._weights["fc.w"].T + self._weights["fc.b"])

    @torch.inference_mode()
    def _embed(self, waves: Tensor) -> Tensor:
        return torch.cat([self._convolve(self._log_mel(batch)) for batch in torch.split(waves, _BATCH)])

    def _log_mel(self, waves: Tensor) -> Tensor:
        """Return the network's input (B, 1, 96, 64) of waves (B, 15600)."""
        frames = waves.unfold(1, _WINDOW, _HOP) * self._window
        mel = torch.fft.rfft(frames, n=_FFT).abs() @ self._weights["melfb"]
        return torch.log(mel + _LOG_OFFSET)[:, None]

    def _convolve(self, log_mel: Tensor) -> Tensor:
        weights = self._weights
        x = relu(_same_conv(log_mel, weights["c1.w"], weights["c1.b"], stride=2))
        for layer, stride in enumerate(_STRIDES, start=2):
            x = relu(_same_conv(x, weights[f"d{layer}.w"], weights[f"d{layer}.b"], stride, groups=x.shape[1]))
            x = relu(conv2d(x, weights[f"p{layer}.w"], weights[f"p{layer}.b"]))
        return x.mean((2, 3))


def _shapes_fit(shapes: dict[str, tuple[int, ...]]) -> bool:
    """Return whether every layer is there and takes what the one before gives."""
    width = shapes["c1.w"][0] if len(shapes["c1.w"]) == 4 else 0
    wanted = {"c1.w": (width, 1, 3, 3), "c1.b": (width,), "melfb": (_FFT // 2 + 1, _MEL_BANDS)}
    for layer in range(2, len(_STRIDES) + 2):
        wanted |= {f"d{layer}.w": (width, 1, 3, 3), f"d{layer}.b": (width,)}
        after = shapes[f"p{layer}.b"][0] if len(shapes[f"p{layer}.b"]) == 1 else 0
        wanted |= {f"p{layer}.w": (after, width, 1, 1), f"p{layer}.b": (after,)}
        width = after
    wanted |= {"fc.w": (CLASSES, EMBEDDING_DIM), "fc.b": (CLASSES,)}
    return width == EMBEDDING_DIM and shapes == wanted


def _same_conv(x: Tensor, weight: Tensor, bias: Tensor, stride: int, groups: int = 1) -> Tensor:
    """Convolve with TensorFlow's SAME padding."""
    edges: list[int] = []
    for size in (x.shape[3], x.shape[2]):
        total = max((-(-size // stride) - 1) * stride + weight.shape[2] - size, 0)
        edges += [total // 2, total - total // 2]
    return conv2d(pad(x, edges), weight, bias, stride, groups=groups)


def _patches(mono: NDArray[np.floating], rate_hz: int) -> Tensor:
    """Return half-overlapping patches (P, 15600) at 16 kHz; a short end is left out, a short sound is padded."""
    common = int(np.gcd(rate_hz, RATE_HZ))
    wave = np.asarray(resample_poly(np.asarray(mono, np.float64), RATE_HZ // common, rate_hz // common), np.float32)
    wave = np.pad(wave, (0, max(0, PATCH_SAMPLES - wave.size)))
    return torch.from_numpy(wave).unfold(0, PATCH_SAMPLES, PATCH_HOP_SAMPLES).contiguous()
