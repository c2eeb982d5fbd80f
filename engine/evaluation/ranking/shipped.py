"""The scorer that comes with the program."""

from typing import Final

import torch

from engine.evaluation.ranking.candidates import Scorer
from engine.evaluation.ranking.model import load_rank_model
from engine.model.conditioning.text import TEXT_DIM, TextEncoder
from engine.model.weights.checkpoint import SHIPPED, load_sound_vocabulary

FILE: Final = "rank.safetensors"


def shipped_scorer() -> Scorer:
    """Load it, on one thread. Raises CheckpointError."""
    torch.set_num_threads(1)
    encoder, sounds = TextEncoder(), load_sound_vocabulary(SHIPPED / "sounds.safetensors", TEXT_DIM)
    model = load_rank_model(SHIPPED / FILE)
    return Scorer(model, lambda text: encoder.encode([text])[0].numpy(), sounds.names, sounds.embeddings.numpy())
