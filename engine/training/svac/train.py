"""Stage 1c: align the film's embedding with the acoustic field (paper, "SVAC"). Resumable.

`--variant semantic` knows other clips as negatives only, as in the paper's ablation, and is not told where sound is;
`plain` learns one linear map of the frame's pooled features, with no geometry; `contrast` is the paper's loss alone,
without the second head. Where there are held-out features, the figures of those scenes are printed at the end.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from engine.files.staging import write_texts
from engine.model.conditioning.svac import EMBEDDING_CHANNELS, EMBEDDING_ROWS, GRID_COLUMNS, GRID_ROWS, SvacVideoEncoder
from engine.model.conditioning.video import VIDEO_CHANNELS
from engine.model.specs import PRESETS
from engine.model.weights.checkpoint import load_codec
from engine.model.weights.precision import training_precision
from engine.model.weights.tensor_file import write_tensors
from engine.training.loop.checkpointing import WeightAverage, load_training, save_training
from engine.training.loop.rate import set_rate
from engine.training.svac.data import PairPool
from engine.training.svac.evaluate import measure
from engine.training.svac.nets import Negatives, SvacAudioEncoder, contrastive_loss, embeddings, where_loss

_OTHER_CLIPS = Negatives(rotated_audio=False, rotated_video=False, shifted_audio=False)
VARIANTS = {
    "full": (Negatives(), 0.5),
    "contrast": (Negatives(), 0.0),
    "semantic": (_OTHER_CLIPS, 0.0),
    "plain": (_OTHER_CLIPS, 0.0),
}
"""Hard negatives and the weight of the loss that says where the sound is."""


class PlainVideo(nn.Module):
    """Pooled image features and one linear map: the ruler that SVAC is held against."""

    def __init__(self) -> None:
        super().__init__()
        self.map = nn.Linear(VIDEO_CHANNELS, EMBEDDING_CHANNELS * EMBEDDING_ROWS * GRID_COLUMNS)

    def forward(self, video: Tensor) -> tuple[Tensor, Tensor]:
        """Return embeddings (N, 8, 4, 16) and logits (N, 8, 16) that know nothing."""
        unit = nn.functional.normalize(self.map(video.mean((2, 3))).float(), dim=1)
        grid = unit.unflatten(1, (EMBEDDING_CHANNELS, EMBEDDING_ROWS, GRID_COLUMNS))
        return grid, unit.new_zeros(len(video), GRID_ROWS, GRID_COLUMNS) + 0.0 * unit.sum()


class SvacPair(nn.Module):
    """Both encoders, as one module to fit and save."""

    def __init__(self, variant: str, latent_dim: int, channels: int) -> None:
        super().__init__()
        self.video = PlainVideo() if variant == "plain" else SvacVideoEncoder(VIDEO_CHANNELS, channels)
        self.audio = SvacAudioEncoder(latent_dim)


def main(argv: list[str]) -> None:
    """Run `train svac`."""
    parser = argparse.ArgumentParser(prog="train svac", description=__doc__)
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--codec", type=Path, required=True, help="checkpoint folder whose codec made the features")
    parser.add_argument("--variant", choices=sorted(VARIANTS), default="full")
    parser.add_argument("--total-steps", type=int, default=1000)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args(argv)
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    codec = load_codec(args.codec / "codec.safetensors")
    pair = SvacPair(args.variant, codec.latent_dim, PRESETS["XS"].svac_channels)
    path = args.runs / f"svac-{args.variant}" / "training.safetensors"
    average = fit(pair, args, PairPool(args.runs / "features", codec), path)
    pair.load_state_dict(average.values)
    pair.eval()
    write_tensors(path.with_name("svac.safetensors"), pair.state_dict())
    held_out = args.runs / "features-held-out"
    if held_out.is_dir():
        figures = measure(pair.video, pair.audio, PairPool(held_out, codec)).as_dict()
        print(json.dumps(figures), flush=True)
        write_texts({path.with_name("figures.json"): json.dumps(figures) + "\n"})


def fit(pair: SvacPair, args: argparse.Namespace, pool: PairPool, path: Path) -> WeightAverage:
    """Train until the steps or the minutes are over; returns the averaged weights."""
    device = torch.device(args.device)
    pair.to(device)
    optimiser = torch.optim.AdamW(pair.parameters(), lr=args.rate, betas=(0.9, 0.98), weight_decay=0.05)
    average = WeightAverage(pair, decay=0.99)
    step = load_training(path, pair, average, optimiser)
    negatives, where_weight = VARIANTS[args.variant]
    generator = torch.Generator()
    losses: list[tuple[float, float]] = []
    began = saved = time.monotonic()
    while step < args.total_steps and time.monotonic() - began < 60 * args.minutes:
        set_rate(optimiser, args.rate, step, args.total_steps)
        generator.manual_seed(step)
        batch = pool.draw(args.batch, generator).to(device)
        with training_precision(device):
            e = embeddings(pair.video, pair.audio, batch)
            contrast = contrastive_loss(e, negatives)
            where = where_loss(e.where, batch.path, batch.placed)
        optimiser.zero_grad(set_to_none=True)
        (contrast + where_weight * where).backward()
        torch.nn.utils.clip_grad_norm_(pair.parameters(), 1.0)
        optimiser.step()
        step += 1
        average.update(pair, step)
        losses.append((float(contrast.detach()), float(where.detach())))
        if step % 25 == 0:
            contrast_mean, where_mean = np.mean(losses, axis=0).round(4).tolist()
            seconds = round(time.monotonic() - began, 1)
            print({"step": step, "s": seconds, "contrast": contrast_mean, "where": where_mean}, flush=True)
            losses.clear()
        if time.monotonic() - saved > 240:
            save_training(path, pair, average, optimiser, step)
            saved = time.monotonic()
    save_training(path, pair, average, optimiser, step)
    return average


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
