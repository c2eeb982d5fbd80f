"""Scenes through the codec and back, in time with themselves."""

import torch
from torch import Tensor

from engine.model.foa_vae_xs import XsFoaVae
from engine.training.data.scene_store import SceneStore


def scene_foa(store: SceneStore, index: int) -> Tensor:
    """Return a scene (1, 4, N), N a multiple of a latent."""
    foa = torch.from_numpy(store.foa(store.scenes[index]))
    return foa[None, :, : foa.shape[1] // XsFoaVae.latent_samples * XsFoaVae.latent_samples]


def round_trip(codec: XsFoaVae, foa: Tensor) -> Tensor:
    """Return AmbiX (1, 4, N) after the codec, its delay taken out."""
    delay, unit = codec.delay_samples, codec.latent_samples
    padded = torch.nn.functional.pad(foa, (0, -(-delay // unit) * unit))
    return codec.decode(codec.encode(padded))[..., delay : delay + foa.shape[-1]]
