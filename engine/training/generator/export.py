"""From a training state to the generator's weights."""

from pathlib import Path

import torch

from engine.model.generator.generator import Generator
from engine.model.specs import PRESETS
from engine.model.weights.checkpoint import save_generator
from engine.training.loop.checkpointing import STATE_FILE, WeightAverage
from engine.training.loop.fitting import TrainingState


def export(runs: Path, spec: str, folder: Path) -> int:
    """Write the averaged weights as generator.safetensors into a checkpoint folder; returns the step."""
    model = Generator(PRESETS[spec])
    state = TrainingState(model, torch.optim.AdamW(model.parameters()), WeightAverage(model))
    state.resume(runs / f"generator-{spec}" / STATE_FILE)
    save_generator(folder / "generator.safetensors", state.averaged(), note=f"{state.step} steps")
    return state.step
