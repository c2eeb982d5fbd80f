"""Two ways to mark W: the program's own, and the network of the package resemble-perth for comparison.

resemble-perth 1.0.1 (MIT) is no dependency: `pip install --no-deps resemble-perth`. It imports librosa, torchaudio and
pkg_resources for three functions, which stand here.
"""

import importlib
import importlib.util
import sys
import types
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import soxr
import torch
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.export.watermark.detection import FALSE_ALARM, Detector
from engine.export.watermark.embedding import marked

Field = NDArray[np.float32]


class Method(Protocol):
    """Marks a field and looks for the mark."""

    def mark(self, field: Field) -> Field:
        """Return the field (4, n) with a mark in W."""
        ...

    def score(self, sound: NDArray[np.floating[Any]]) -> float:
        """Return how sure it is that there is a mark in a sound (n,)."""
        ...

    def is_found(self, score: float) -> bool:
        """Return whether that is a finding."""
        ...


class Own:
    """The program's mark; the score is minus log10 of the chance of a false alarm."""

    def mark(self, field: Field) -> Field:
        """Return the field with the mark."""
        return np.concatenate(list(marked([field], SAMPLE_RATE_HZ)), axis=1)

    def score(self, sound: NDArray[np.floating[Any]]) -> float:
        """Return the score."""
        detector = Detector()
        detector.add(sound)
        return -detector.found().log10_chance

    def is_found(self, score: float) -> bool:
        """Return whether the chance is as low as it must be."""
        return bool(score >= -np.log10(FALSE_ALARM))


class Perth:
    """resemble-perth on W: what it changes below 2 kHz is added as a residual. The score is its confidence, 0 to 1."""

    def mark(self, field: Field) -> Field:
        """Return the field with the mark."""
        net = _perth()
        narrow = soxr.resample(field[0], SAMPLE_RATE_HZ, net.hp.sample_rate)
        with torch.inference_mode():
            magnitude, phase = net.ap.signal_to_magphase(torch.from_numpy(narrow))
            changed, _ = net.encoder(magnitude[None])
            there = net.ap.magphase_to_signal(changed[0], phase).numpy()
        residual = soxr.resample(there - narrow[: there.size], net.hp.sample_rate, SAMPLE_RATE_HZ)
        out = field.copy()
        n = min(residual.size, out.shape[1])
        out[0, :n] += residual[:n]
        return out

    def score(self, sound: NDArray[np.floating[Any]]) -> float:
        """Return the score."""
        net = _perth()
        narrow = soxr.resample(sound, SAMPLE_RATE_HZ, net.hp.sample_rate).astype(np.float32)
        with torch.inference_mode():
            magnitude, _ = net.ap.signal_to_magphase(torch.from_numpy(narrow))
            return float(net.decoder(magnitude[None])[0].clip(0.0, 1.0))

    def is_found(self, score: float) -> bool:
        """Return what its rounding says."""
        return score >= 0.5


METHODS: dict[str, type[Method]] = {"own": Own, "perth": Perth}


@cache
def _perth() -> Any:
    """Return its network, loaded without a pickle of code."""
    found = importlib.util.find_spec("perth")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("resemble-perth is not installed: pip install --no-deps resemble-perth")
    folder = Path(found.submodule_search_locations[0])
    _stand_in("pkg_resources", resource_filename=lambda _package, name: str(folder / "perth_net" / name))
    _stand_in("librosa", resample=None)
    transforms = _stand_in(
        "torchaudio.transforms", Spectrogram=_Spectrogram, InverseSpectrogram=_Inverse, TimeStretch=_Spectrogram
    )
    _stand_in("torchaudio", transforms=transforms)
    code = "perth.perth_net.perth_net_implicit"
    net = importlib.import_module(f"{code}.model.perth_net").PerthNet(
        importlib.import_module(f"{code}.config").default_hp
    )
    weights = torch.load(
        folder / "perth_net/pretrained/implicit/perth_net_250000.pth.tar", map_location="cpu", weights_only=True
    )
    net.load_state_dict({name: value for name, value in weights["model"].items() if ".stretch." not in name})
    return net.eval()


def _stand_in(name: str, **content: object) -> types.ModuleType:
    module = types.ModuleType(name)
    vars(module).update(content)
    return sys.modules.setdefault(name, module)


class _Spectrogram(torch.nn.Module):
    """torchaudio's, as far as it is used: complex spectra (bins, frames) of a sound."""

    def __init__(self, *, n_fft: int = 0, win_length: int = 0, hop_length: int = 0, window_fn: Any = None, **_: Any):
        super().__init__()
        self.sizes = (n_fft, hop_length, win_length)
        self.register_buffer("window", window_fn(win_length) if window_fn else None)

    def forward(self, sound: torch.Tensor) -> torch.Tensor:
        return torch.stft(sound, *self.sizes, window=self.get_buffer("window"), pad_mode="reflect", return_complex=True)


class _Inverse(_Spectrogram):
    """torchaudio's inverse."""

    def forward(self, spectrum: torch.Tensor) -> torch.Tensor:
        return torch.istft(spectrum, *self.sizes, window=self.get_buffer("window"))
