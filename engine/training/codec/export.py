"""From a training state to the codec's weights, its latents centred and scaled for the generator."""

from pathlib import Path

import torch
from torch import Tensor

from engine.model.codec.xs import XsFoaVae
from engine.model.specs import XS_CODEC
from engine.model.weights.checkpoint import save_codec
from engine.scenes.store import SceneStore
from engine.training.codec.train import make_optimiser
from engine.training.loop.checkpointing import STATE_FILE, WeightAverage
from engine.training.loop.fitting import TrainingState
from engine.training.pool.scene_sound import scene_foa

_PROBES = 2_000
_NEPER_DB = 8.685889638


@torch.no_grad()
def export(runs: Path, folder: Path, store: SceneStore) -> None:
    """Write the averaged weights, with the latents' centre and scale from training scenes."""
    codec = XsFoaVae(XS_CODEC)
    state = TrainingState(codec, make_optimiser(codec, 0.0), WeightAverage(codec))
    state.resume(runs / "codec" / STATE_FILE)
    state.averaged().eval().requires_grad_(False)
    codes = torch.cat([codec.encode(scene_foa(store, i))[0] for i in range(0, len(store.scenes), 12)])
    codec.code_mean.copy_(codes.mean(0))
    spread = codes.std(0).clamp(min=1e-6)
    # Unit variance would make the generator's loss weigh a flicker like the loudness; full weight would drown the rest.
    heard = audibility(codec, codes[torch.randperm(len(codes))[:_PROBES]], spread).sqrt()
    # Pitch and periodicity move no level: each is worth as much as the others are on average.
    heard[list(codec.pitch_codes)] = heard[codec.spec.given_codes :].mean()
    codec.code_scale.copy_(heard / heard.square().mean().sqrt() / spread)
    save_codec(folder / "codec.safetensors", codec, note=f"{state.step} steps")


def audibility(codec: XsFoaVae, codes: Tensor, spread: Tensor) -> Tensor:
    """Return (D,) how far half a standard deviation of each of codes (N, D) moves levels (dB) and ratios (x 20)."""
    plain = codec.predict_frames(codes[:, None])
    moved = []
    for index in range(codec.latent_dim):
        nudged = codes.clone()
        nudged[:, index] += 0.5 * spread[index]
        frames = codec.predict_frames(nudged[:, None])
        level = _NEPER_DB * (frames.log_magnitude - plain.log_magnitude).abs().mean()
        moved.append(level + 20.0 * (frames.ratio - plain.ratio).abs().mean())
    return torch.stack(moved)
