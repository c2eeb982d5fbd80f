"""Sound through the codec and back, aligned with the original."""

import torch
from torch import Tensor

from engine.model.codec.foa_vae import AnyFoaVae


def round_trip(codec: AnyFoaVae, foa: Tensor) -> Tensor:
    """Return AmbiX (1, 4, N) after the codec, without its delay; N is a multiple of a latent's samples."""
    delay, unit = codec.delay_samples, codec.latent_samples
    padded = torch.nn.functional.pad(foa, (0, -(-delay // unit) * unit))
    return codec.decode(codec.encode(padded))[..., delay : delay + foa.shape[-1]]
