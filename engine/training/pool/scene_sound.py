"""Scenes in the codec's input format."""

import torch
from torch import Tensor

from engine.model.codec.xs import XsFoaVae
from engine.scenes.store import SceneStore


def scene_foa(store: SceneStore, index: int) -> Tensor:
    """Return a scene (1, 4, N), N a multiple of a latent."""
    foa = torch.from_numpy(store.foa(store.scenes[index]))
    return foa[None, :, : foa.shape[1] // XsFoaVae.latent_samples * XsFoaVae.latent_samples]
