"""Features of a few made-up scenes in the sizes of TINY, as `train features` writes them."""

from pathlib import Path

import torch
from safetensors.torch import save_file

from engine.model.specs import TINY

SCENES, PATCHES = 6, 50


def write_features(folder: Path) -> None:
    """Write one block; a scene's latents stay near a value of its own, its path near a direction of its own."""
    g = torch.Generator().manual_seed(0)
    scene = torch.randn(SCENES, 1, TINY.latent_dim, generator=g)
    tensors = {
        "latents": (scene + 0.3 * torch.randn(SCENES, 4 * PATCHES, TINY.latent_dim, generator=g)).half(),
        "path": torch.nn.functional.normalize(torch.randn(SCENES, 1, 3, generator=g), dim=2).expand(-1, PATCHES, -1),
        "placed": torch.ones(SCENES, PATCHES),
        "change": torch.full((SCENES,), PATCHES),
        "film": torch.tensor([0, 1, -1, -1, -1, -1]),
        "roll": torch.zeros(SCENES, dtype=torch.long),
        "active": torch.ones(SCENES),
        "text": torch.randn(SCENES * 6, TINY.text_dim, generator=g).half(),
        "films": torch.randn(2, 32, TINY.video_channels, 8, 16, generator=g).half(),
    }
    folder.mkdir(parents=True)
    save_file({k: v.contiguous() for k, v in tensors.items()}, folder / "block-000.safetensors")
