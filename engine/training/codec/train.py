"""Stage 1: fit the XS codec to the pool of scenes. Resumable; `--minutes` bounds one run.

The learning rate follows a cosine over `--total-steps`, whatever the number of runs.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from engine.model.codec.xs import XsFoaVae
from engine.model.specs import XS_CODEC
from engine.model.weights.precision import training_precision
from engine.model.weights.tensor_file import write_tensors
from engine.scenes.store import SceneStore
from engine.training.codec.excitation import make_excitation
from engine.training.codec.loss import CodecLoss
from engine.training.codec.principal import start_at_principal_components
from engine.training.loop.checkpointing import WeightAverage, load_training, save_training
from engine.training.loop.rate import set_rate

CLIP_LATENTS = 64
LINEAR_RATE = 0.1
"""The linear maps start well and move slowly: their share of the learning rate."""
_BEGINNING = 320
_LOGGED = ("mel_db", "fine_db", "level_db", "envelope_db", "ratio", "direction_deg", "kl")


def main(argv: list[str]) -> None:
    """Run `train codec`."""
    parser = argparse.ArgumentParser(prog="train codec", description=__doc__)
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--total-steps", type=int, default=4000)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args(argv)
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    device = torch.device(args.device)
    model = XsFoaVae(XS_CODEC).to(device)
    excitation = args.runs / "excitation.safetensors"
    if not excitation.is_file():
        write_tensors(excitation, {"excitation": make_excitation()})
    model.synthesis.excitation.copy_(load_file(excitation)["excitation"])
    loss_of = CodecLoss(slow_direction_weight=8.0).to(device)
    optimiser = make_optimiser(model, args.rate)
    average = WeightAverage(model)
    path = args.runs / "codec" / "training.safetensors"
    step = load_training(path, model, average, optimiser)
    store = SceneStore(args.runs / "scenes")
    rng = np.random.default_rng(step + 1)
    if step == 0:
        start_at_principal_components(model, torch.from_numpy(draw_batch(store, rng, _BEGINNING)).to(device))
        average = WeightAverage(model)
    began, saved = time.monotonic(), time.monotonic()
    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent / "log.jsonl").open("a") as log:
        sums, summed = np.zeros(len(_LOGGED)), 0
        while step < args.total_steps and time.monotonic() - began < 60 * args.minutes:
            set_rate(optimiser, args.rate, step, args.total_steps)
            foa = torch.from_numpy(draw_batch(store, rng, args.batch)).to(device)
            values = train_step(model, loss_of, foa)
            optimiser.zero_grad(set_to_none=True)
            values.total.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimiser.step()
            step += 1
            average.update(model, step)
            summed += 1
            sums += [getattr(values, name) for name in _LOGGED]
            if step % 50 == 0:
                line = {"step": step, "s": round(time.monotonic() - began, 1)}
                line |= {k: round(float(v), 4) for k, v in zip(_LOGGED, sums / summed, strict=True)}
                print(line, flush=True)
                log.write(json.dumps(line) + "\n")
                log.flush()
                sums[:], summed = 0, 0
                store.refresh()
            if time.monotonic() - saved > 180:
                save_training(path, model, average, optimiser, step)
                saved = time.monotonic()
    save_training(path, model, average, optimiser, step)


def make_optimiser(model: torch.nn.Module, rate: float) -> torch.optim.AdamW:
    """Return the optimiser; the linear maps are a group of their own."""
    linear = [p for n, p in model.named_parameters() if n.startswith("linear_")]
    others = [p for n, p in model.named_parameters() if not n.startswith("linear_")]
    groups: list[dict[str, object]] = [{"params": others}]
    if linear:
        groups.append({"params": linear, "share": LINEAR_RATE, "weight_decay": 0.0})
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98), weight_decay=0.01)


def draw_batch(store: SceneStore, rng: np.random.Generator, batch: int) -> np.ndarray:
    """Return (B, 4, N) random stretches, turned about the vertical and mirrored at random, at a random level."""
    length = CLIP_LATENTS * XsFoaVae.latent_samples + XsFoaVae.context_samples
    out = np.empty((batch, 4, length), np.float32)
    for row in range(batch):
        scene = store.scenes[rng.integers(len(store.scenes))]
        start = int(rng.integers(store.samples - length + 1))
        out[row] = turned(store.foa(scene, start, length), rng) * 10 ** (rng.normal(0.0, 4.0) / 20)
    return out


def turned(foa: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return AmbiX (4, N) turned by a random yaw, mirrored left-right and up-down at random: always a valid field."""
    angle = rng.uniform(-np.pi, np.pi)
    w, y, z, x = foa
    side, up = rng.choice([-1.0, 1.0], 2)
    turned_x = np.float32(np.cos(angle)) * x - np.float32(np.sin(angle)) * y
    turned_y = np.float32(np.sin(angle)) * x + np.float32(np.cos(angle)) * y
    return np.stack([w, np.float32(side) * turned_y, np.float32(up) * z, turned_x])


def train_step(model: XsFoaVae, loss_of: CodecLoss, foa: Tensor):
    """Return the loss values of a batch (B, 4, N)."""
    with torch.no_grad():
        spectra = model.analysis.spectra(foa)
        bands = model.analysis.spatial_bands(spectra)
        features, given = model.features(foa, spectra, bands), model.given(foa, spectra, bands)
        envelope = model.analysis.envelope(foa[:, 0])
    with training_precision(foa.device):
        mean, log_variance = model.posterior(features, given)
        codes = mean + torch.randn_like(mean) * torch.exp(0.5 * log_variance)
        frames = model.predict_frames(codes)
    frames = type(frames)(**{k: v.float() for k, v in vars(frames).items()})
    return loss_of(spectra, bands, envelope, frames, mean.float(), log_variance.float())


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
