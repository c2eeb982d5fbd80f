"""A recording through the FOA-VAE and back, streamed, to make the codec's losses audible."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import torch

from engine.contract.conventions import FOA_CHANNELS
from engine.contract.errors import InvalidInputError
from engine.model.codec.foa_vae import AnyFoaVae
from engine.model.weights.checkpoint import load_folder_codec

LATENTS_AT_ONCE = 25


def run_codec(
    blocks: Callable[[int], Iterable[np.ndarray]],
    checkpoint: Path | None,
    device: str,
    write: Callable[[np.ndarray], None],
) -> None:
    """Send AmbiX at 48 kHz through the codec; `write` gets blocks (4, n) of the same total length, without the delay.

    `blocks` returns the sound (4, N) in blocks of a number of samples, the last one shorter. About a second is in
    memory at a time, whatever its length. Raises InvalidInputError for an empty file, CheckpointError for the weights.
    """
    codec: AnyFoaVae = load_folder_codec(checkpoint, device)
    size = LATENTS_AT_ONCE * codec.latent_samples
    encoder, decoder = codec.initial_encoder_state(1), codec.initial_state(1)
    heard = written = 0
    skip = codec.delay_samples
    with torch.inference_mode():
        for block, samples in _padded(blocks(size), size, codec.latent_samples, codec.delay_samples):
            heard += samples
            latents, encoder = codec.encode_step(torch.from_numpy(block[None]).to(device), encoder)
            decoded, decoder = codec.decode_step(latents, decoder)
            made = decoded[0].cpu().numpy()[:, skip:]
            skip = max(0, skip - block.shape[1])
            made = made[:, : heard - written]
            write(made)
            written += made.shape[1]
    if heard == 0:
        raise InvalidInputError("The file holds no sound: choose another one.")


def _padded(blocks: Iterable[np.ndarray], size: int, unit: int, delay: int) -> Iterator[tuple[np.ndarray, int]]:
    """Yield blocks (4, n) of whole latents and how many of their samples are sound: silence follows for the delay."""
    total = 0
    rest = np.zeros((FOA_CHANNELS, 0), np.float32)
    for block in blocks:
        total += block.shape[1]
        if block.shape[1] == size:
            yield block, size
        else:
            rest = block
    if total == 0:
        return
    tail = np.pad(rest, ((0, 0), (0, -(total + delay) % unit + delay)))
    for start in range(0, tail.shape[1], size):
        yield tail[:, start : start + size], max(0, min(size, rest.shape[1] - start))
