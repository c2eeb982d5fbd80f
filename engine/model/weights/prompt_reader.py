"""What reads prompts for a generator, without the generator: for showing how words are understood."""

from pathlib import Path

from engine.model.conditioning.prompt_encoder import PromptEncoder
from engine.model.conditioning.text import TEXT_DIM, TextEncoder
from engine.model.weights.checkpoint import load_sound_vocabulary
from engine.model.weights.known_names import checkpoint_folder


def load_prompt_encoder(folder: Path | None = None) -> PromptEncoder:
    """Return what reads prompts for the generator of a folder (None: the shipped one), without the generator.

    Raises CheckpointError if the text encoder or the list of known sounds is damaged.
    """
    path, encoder = checkpoint_folder(folder) / "sounds.safetensors", TextEncoder()
    return PromptEncoder(encoder, load_sound_vocabulary(path, TEXT_DIM) if path.is_file() else None)
