"""An AmbiX file through the FOA-VAE and back, streamed, so that one can hear what the codec costs."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import InvalidInputError
from engine.model.checkpoint import load_model


def run_codec(
    foa: np.ndarray, rate_hz: int, checkpoint: Path | None, device: str, write: Callable[[np.ndarray], None]
) -> None:
    """Send AmbiX (4, N) through the codec; `write` gets blocks (4, n) that add up to (4, N), the delay taken out.

    Raises InvalidInputError for a rate other than 48 kHz or an empty file, CheckpointError for the weights.
    """
    if rate_hz != SAMPLE_RATE_HZ:
        raise InvalidInputError(f"The file is at {rate_hz} Hz: convert it to {SAMPLE_RATE_HZ} Hz first.")
    if foa.shape[1] == 0:
        raise InvalidInputError("The file holds no sound.")
    codec = load_model(checkpoint, device, need_generator=False).codec
    unit, delay, total = codec.latent_samples, codec.delay_samples, foa.shape[1]
    padded = np.pad(foa, ((0, 0), (0, -(total + delay) % unit + delay)))
    state, written, skip = codec.initial_state(1), 0, delay
    with torch.inference_mode():
        latents = codec.encode(torch.from_numpy(padded[None].astype(np.float32)).to(device))
        for start in range(0, latents.shape[1], 25):
            block, state = codec.decode_step(latents[:, start : start + 25], state)
            samples = block[0].cpu().numpy()[:, skip:]
            skip = 0
            samples = samples[:, : total - written]
            write(samples)
            written += samples.shape[1]
