"""A small model whose sound depends on everything, for the process that makes takes."""

from dataclasses import dataclass
from pathlib import Path

import torch

from engine.model.codec.xs import XsFoaVae
from engine.model.conditioning.encoders import load_encoders
from engine.model.specs import TINY_CODEC
from engine.model.streaming.streamer import PatchStreamer
from engine.model.weights.checkpoint import load_model, save_codec, save_generator
from tests.rough_generator import rough_generator


@dataclass(frozen=True)
class RoughModel:
    """Loads the checkpoint that `save` made."""

    folder: Path

    def save(self) -> "RoughModel":
        torch.manual_seed(1)
        save_codec(self.folder / "codec.safetensors", XsFoaVae(TINY_CODEC))
        save_generator(self.folder / "generator.safetensors", rough_generator(0.1))
        return self

    def __call__(self) -> PatchStreamer:
        torch.set_num_threads(1)
        return PatchStreamer(load_model(self.folder), load_encoders())
