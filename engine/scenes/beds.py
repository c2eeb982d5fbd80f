"""Diffuse beds: a stereo or mono sound decorrelated into a field that comes from everywhere.

W is the sound itself, as an omnidirectional microphone would record it: every drop of rain has its own direction, and
falls once. Y, Z and X are sums of all-pass copies from many directions; a stereo bed's left channel feeds those on the
left. With SN3D they have a third of W's energy each. (All-passes in W too smeared rain and surf beyond recognition
by a tagger: LOG.md.)
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.ambisonics.encoding import sn3d_gains
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.scenes.filters import convolved

_TAPS = 4_096
_KNOTS_PER_OCTAVE = 6
_SLOWEST_S = 0.06
_LOWEST_BAND_HZ, _BANDS = 62.5, 9
_WHITENINGS = 3
_DIFFUSE_ROOT = np.array([1.0, 3**-0.5, 3**-0.5, 3**-0.5])
_GOLDEN = (1 + 5**0.5) / 2


def directions() -> NDArray[np.float64]:
    """Return unit vectors (20, 3) spread evenly: the corners of a dodecahedron. As many are left as right."""
    cube = [(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]
    pairs = [(a / _GOLDEN, b * _GOLDEN) for a in (-1, 1) for b in (-1, 1)]
    rest = [corner for a, b in pairs for corner in ((0, a, b), (a, b, 0), (b, 0, a))]
    corners: NDArray[np.float64] = np.array(cube + rest) / np.sqrt(3)
    return corners


def allpasses(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return impulse responses (count, 4096) of flat magnitude and a random group delay, shorter the higher it is."""
    frequency = np.fft.rfftfreq(_TAPS, 1 / SAMPLE_RATE_HZ)
    octave = np.log2(np.maximum(frequency, 40.0) / 40.0)
    knots = np.arange(0, octave[-1] + 1, 1 / _KNOTS_PER_OCTAVE)
    longest_s = np.clip(20.0 / np.maximum(frequency, 1.0), 0.008, _SLOWEST_S)
    responses = np.empty((count, _TAPS))
    for index in range(count):
        delay_s = longest_s * np.interp(octave, knots, rng.random(len(knots)))
        phase = -2 * np.pi * (np.cumsum(delay_s) - delay_s[0]) * (SAMPLE_RATE_HZ / _TAPS) + rng.choice([0.0, np.pi])
        # A real filter's phase is a multiple of pi at half the rate.
        phase -= np.arange(len(phase)) / (len(phase) - 1) * (phase[-1] % np.pi)
        responses[index] = np.fft.irfft(np.exp(1j * phase), _TAPS)
    return responses


def orthogonal(responses: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return responses (3, T) of Y, Z, X for a bed, each as strong as a third of W's energy.

    In every octave they are uncorrelated with each other and with W, which is the sound itself.

    A handful of random copies is correlated by chance, which a model would learn as a direction; so each band is
    whitened, with matrices that change smoothly from band to band.
    """
    size = responses.shape[1]
    octave = np.log2(np.maximum(np.fft.rfftfreq(size, 1 / SAMPLE_RATE_HZ), 1.0) / _LOWEST_BAND_HZ)
    shares = np.clip(1 - np.abs(np.clip(octave, 0, _BANDS - 1) - np.arange(_BANDS)[:, None]), 0.0, 1.0)
    spectrum = np.concatenate([np.ones((1, size // 2 + 1)), np.fft.rfft(responses)])
    for _ in range(_WHITENINGS):
        matrices = []
        for share in shares:
            found = ((spectrum * share) @ spectrum.conj().T).real / share.sum()
            # Triangular, so that W, the first, is unchanged.
            root = np.linalg.cholesky(_DIFFUSE_ROOT[:, None] ** -1 * found * _DIFFUSE_ROOT**-1)
            matrices.append(_DIFFUSE_ROOT[:, None] * np.linalg.inv(root) * _DIFFUSE_ROOT**-1)
        spectrum = np.einsum("bf,bij,jf->if", shares, np.array(matrices), spectrum)
    return np.fft.irfft(spectrum[1:], size)


def surroundings(mid: Tensor, side: Tensor | None, seed: int) -> Tensor:
    """Return Y, Z, X (3, N) of a diffuse field whose W is `mid` (N,): together as strong as W, uncorrelated with it.

    `side` is (left - right) / 2 of a stereo bed, None of a mono one. The seed draws the all-passes.
    """
    around = directions()
    responses = allpasses(len(around), np.random.default_rng(seed))
    gains = sn3d_gains(around).T[1:]
    field = convolved(mid[None], _on(orthogonal(gains @ responses), mid), len(mid))
    if side is not None:
        # A direction in the middle gets both channels, so the mid alone.
        left = np.sign(np.round(around[:, 1], 6))
        field += convolved(side[None], _on(orthogonal((gains * left) @ responses), side), len(side))
        field *= (mid.square().sum() / field.square().sum().clamp(min=1e-12)).sqrt()
    return field


def diffuse_field(mid: Tensor, side: Tensor | None, seed: int) -> Tensor:
    """Return AmbiX (4, N) of a bed's (left + right) / 2 and (left - right) / 2, each (N,); `side` None: a mono bed."""
    return torch.cat([mid[None], surroundings(mid, side, seed)])


def _on(responses: NDArray[np.float64], like: Tensor) -> Tensor:
    return torch.from_numpy(responses.astype(np.float32)).to(like.device)
