"""Frequency bands: mel filter banks and the smooth spreading of band values over bins."""

import numpy as np
import torch
from torch import Tensor


def hz_to_mel(hz: np.ndarray | float) -> np.ndarray:
    """Return mel of frequencies in hertz."""
    return 2595.0 * np.log10(1.0 + np.asarray(hz) / 700.0)


def mel_to_hz(mel: np.ndarray | float) -> np.ndarray:
    """Return frequencies in hertz of mel."""
    return 700.0 * (10.0 ** (np.asarray(mel) / 2595.0) - 1.0)


def mel_bank(bands: int, fft_size: int, sample_rate_hz: int, low_hz: float = 40.0, high_hz: float = 20_000.0) -> Tensor:
    """Return triangular mel weights (bands, bins) that each sum to one: band power is a mean over bins.

    A band narrower than a bin takes its nearest bin.
    """
    frequency = np.linspace(0.0, sample_rate_hz / 2, fft_size // 2 + 1)
    edges = mel_to_hz(np.linspace(hz_to_mel(low_hz), hz_to_mel(high_hz), bands + 2))
    low, middle, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    bank = np.maximum(0.0, np.minimum((frequency - low) / (middle - low), (high - frequency) / (high - middle)))
    for row, centre in zip(bank, edges[1:-1], strict=True):
        if row.sum() <= 0.0:
            row[np.argmin(np.abs(frequency - centre))] = 1.0
    return torch.tensor(bank / bank.sum(axis=1, keepdims=True), dtype=torch.float32)


def band_to_bin(
    bands: int, fft_size: int, sample_rate_hz: int, low_hz: float = 40.0, high_hz: float = 20_000.0
) -> Tensor:
    """Return weights (bands, bins) that interpolate band values linearly in mel; every bin's weights sum to one."""
    frequency = hz_to_mel(np.linspace(0.0, sample_rate_hz / 2, fft_size // 2 + 1))
    centres = np.linspace(hz_to_mel(low_hz), hz_to_mel(high_hz), bands + 2)[1:-1]
    position = np.clip((frequency - centres[0]) / (centres[1] - centres[0]), 0.0, bands - 1.0)
    weights = np.maximum(0.0, 1.0 - np.abs(position[None] - np.arange(bands)[:, None]))
    return torch.tensor(weights, dtype=torch.float32)


def band_centres_hz(bands: int, low_hz: float = 40.0, high_hz: float = 20_000.0) -> Tensor:
    """Return the centres (bands,) in Hz of `band_to_bin`'s and `mel_bank`'s bands."""
    edges = np.linspace(hz_to_mel(low_hz), hz_to_mel(high_hz), bands + 2)
    return torch.tensor(mel_to_hz(edges[1:-1]), dtype=torch.float32)
