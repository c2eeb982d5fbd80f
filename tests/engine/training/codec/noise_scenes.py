"""A store of a few scenes, long enough for the codec's clips: noise from a direction of its own each."""

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from engine.ambisonics.encoding import encode_point
from engine.contract.conventions import PATCH_SAMPLES
from engine.contract.directions import Direction
from engine.model.codec.phase_synthesis import EXCITATION_SAMPLES
from engine.scenes.composer import Scene, SceneSource
from engine.scenes.store import row_of, write_shard

PATCHES = 18


def write_noise_scenes(runs: Path, count: int = 4) -> None:
    """Write `scenes`, and an excitation of plain noise, which takes no time to make."""
    rng = np.random.default_rng(0)
    waves, rows = [], []
    for _ in range(count):
        direction = Direction(float(rng.uniform(-180, 180)), 0.0)
        foa = encode_point(0.1 * rng.standard_normal(PATCHES * PATCH_SAMPLES), direction)
        path = np.repeat(direction.unit_vector()[None], PATCHES, axis=0)
        rows.append(row_of(Scene(foa, (SceneSource("rain", "rain", path),), "rain")))
        waves.append(foa.astype(np.float16))
    (runs / "scenes").mkdir(parents=True)
    write_shard(runs / "scenes", 0, np.stack(waves), rows)
    noise = torch.randn(EXCITATION_SAMPLES, generator=torch.Generator().manual_seed(0))
    save_file({"excitation": noise}, runs / "excitation.safetensors")
