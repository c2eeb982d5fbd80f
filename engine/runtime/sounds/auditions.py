"""A few seconds of a known sound, made by the real model and kept on disk, so that each is made once."""

import contextlib
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.binaural import BinauralRenderer
from engine.ambisonics.binaural_file import load_filters
from engine.contract.control import GenerationSettings, Prompt
from engine.contract.conventions import PATCH_SAMPLES
from engine.contract.errors import CancelledError
from engine.contract.generation import PatchSource
from engine.files.staging import make_folder, whole_file
from engine.rendering.takes import render_patches
from engine.runtime.sounds.messages import Stereo

PATCHES: Final = 25
"""4 s."""
_SEED: Final = 1
_RMS: Final = 0.1
_SILENT: Final = 1e-6
_MOST_KEPT: Final = 200
_FULL_SCALE: Final = 32_767.0
_SUFFIX: Final = ".npy"


class Auditions:
    """Sounds in a folder; the oldest of more than 200 are removed. Raises what the model raises, and ExportError."""

    def __init__(
        self,
        folder: Path,
        load: Callable[[], PatchSource],
        identify: Callable[[], str],
        run_patch: Callable[[Callable[[], None]], None] = lambda make: make(),
    ) -> None:
        """Keep sounds in a folder; `run_patch` runs the making of a patch, such as in a thread that yields."""
        self._folder, self._load, self._identify, self._run_patch = folder, load, identify, run_patch
        self._identity: str | None = None
        self._source: PatchSource | None = None
        self._renderer: BinauralRenderer | None = None

    def sound_of(self, words: str, progress: Callable[[float], None], cancelled: Callable[[], bool]) -> Stereo:
        """Return the sound of some words for both ears, at an even level. Raises CancelledError."""
        identity = self._identity = self._identity or self._identify()
        said = "\n".join((identity, str(_SEED), str(PATCHES), words))
        path = self._folder / (hashlib.sha256(said.encode()).hexdigest()[:32] + _SUFFIX)
        kept = _read(path)
        if kept is not None:
            with contextlib.suppress(OSError):
                os.utime(path)
            return kept
        source = self._source = self._source or self._load()
        stored = np.round(self._made(source, words, progress, cancelled) * _FULL_SCALE).astype(np.int16)
        make_folder(self._folder)
        with whole_file(path) as staged:
            np.save(staged, stored, allow_pickle=False)
        _remove_old(self._folder)
        return _as_float(stored)

    def _made(
        self, source: PatchSource, words: str, progress: Callable[[float], None], cancelled: Callable[[], bool]
    ) -> Stereo:
        renderer = self._renderer = self._renderer or BinauralRenderer(load_filters())
        renderer.reset()
        heard: list[Stereo] = []
        patches = render_patches(source, GenerationSettings(prompt=Prompt(words), seed=_SEED), PATCHES * PATCH_SAMPLES)

        def make() -> None:
            heard.append(renderer.process(next(patches).samples).T)

        for index in range(PATCHES):
            if cancelled():
                raise CancelledError("The sound was not made.")
            self._run_patch(make)
            progress((index + 1) / PATCHES)
        return _even(np.concatenate(heard))


def _even(sound: Stereo) -> Stereo:
    """Return a sound at -20 dBFS, or as loud as its peak allows."""
    rms, peak = float(np.sqrt(np.mean(sound * sound))), float(np.max(np.abs(sound)))
    return sound if peak < _SILENT else (sound * min(_RMS / rms, 1.0 / peak)).astype(np.float32)


def _read(path: Path) -> Stereo | None:
    """Return a kept sound; None if there is none, or if it is damaged."""
    try:
        stored = np.load(path, mmap_mode="r", allow_pickle=False)
        if stored.shape != (PATCHES * PATCH_SAMPLES, 2) or stored.dtype != np.int16:
            return None
        return _as_float(stored)
    except (OSError, ValueError, EOFError):
        return None


def _as_float(stored: NDArray[np.int16]) -> Stereo:
    return np.asarray(stored, np.float32) / np.float32(_FULL_SCALE)


def _remove_old(folder: Path) -> None:
    with contextlib.suppress(OSError):
        kept = sorted(folder.glob(f"*{_SUFFIX}"), key=lambda path: path.stat().st_mtime)
        for path in kept[:-_MOST_KEPT]:
            path.unlink(missing_ok=True)
