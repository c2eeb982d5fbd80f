"""Stage 1: fit the XS codec to the pool of scenes. Resumable; `--minutes` bounds one run.

The learning rate follows a cosine over `--total-steps`, whatever the number of runs.
"""

from dataclasses import dataclass

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from engine.ambisonics.rotation import turn_left
from engine.model.codec.xs import XsFoaVae
from engine.model.specs import XS_CODEC
from engine.model.weights.precision import training_precision
from engine.model.weights.tensor_file import write_tensors
from engine.scenes.store import SceneStore
from engine.training.codec.excitation import make_excitation
from engine.training.codec.loss import CodecLoss, CodecLossValues
from engine.training.codec.principal import start_at_principal_components
from engine.training.loop.checkpointing import STATE_FILE, WeightAverage
from engine.training.loop.fitting import LoopSettings, Metrics, TrainingState, descend, run_loop
from engine.training.loop.options import RunOptions, add_run_options, read_options, require_at_least, stage_parser
from engine.training.loop.random_state import RandomState
from engine.training.loop.rate import CosineRate

CLIP_LATENTS = 64
CLIP_SAMPLES = CLIP_LATENTS * XsFoaVae.latent_samples + XsFoaVae.context_samples
LINEAR_RATE = 0.1
"""The linear maps start well and move slowly: their share of the learning rate."""
LARGEST_NORM = 5.0
"""Largest norm of the codec's gradients."""
LOG_EVERY = 50
_BEGINNING = 320
_LOGGED = ("mel_db", "fine_db", "level_db", "envelope_db", "ratio", "direction_deg", "kl")


@dataclass(frozen=True, kw_only=True)
class CodecOptions(RunOptions):
    """Options of `train codec`; `batch` counts clips."""

    total_steps: int = 4000
    batch: int = 16
    rate: float = 2e-3

    def __post_init__(self) -> None:
        """Raise InvalidInputError for numbers that no run can have."""
        super().__post_init__()
        require_at_least(self, 1, "batch")


def main(argv: list[str]) -> None:
    """Run `train codec`."""
    parser = stage_parser("codec", __doc__)
    add_run_options(parser)
    parser.add_argument("--batch", type=int, help="clips per step")
    options = read_options(parser, argv, CodecOptions)
    torch.set_num_threads(options.threads)
    fit(options)


def fit(options: CodecOptions) -> None:
    """Train until the steps or the minutes are over."""
    store = SceneStore(options.runs / "scenes")
    torch.manual_seed(0)
    device = torch.device(options.device)
    model = XsFoaVae(XS_CODEC).to(device)
    excitation = options.runs / "excitation.safetensors"
    if not excitation.is_file():
        write_tensors(excitation, {"excitation": make_excitation()})
    model.synthesis.excitation.copy_(load_file(excitation)["excitation"])
    loss_of = CodecLoss(slow_direction_weight=8.0).to(device)
    optimiser = make_optimiser(model, options.rate)
    rng = np.random.default_rng(1)
    path = options.runs / "codec" / STATE_FILE
    if not path.is_file():
        start_at_principal_components(model, torch.from_numpy(draw_batch(store, rng, _BEGINNING)).to(device))
    state = TrainingState(model, optimiser, WeightAverage(model), random=RandomState(rng))
    state.resume(path)

    def learn(step: int) -> Metrics:
        if step % LOG_EVERY == 0:
            store.refresh()
        foa = torch.from_numpy(draw_batch(store, rng, options.batch)).to(device)
        values = train_step(model, loss_of, foa)
        descend(values.total, optimiser, model.parameters(), LARGEST_NORM)
        return {name: getattr(values, name) for name in _LOGGED}

    rate = CosineRate(options.rate, options.total_steps)
    run_loop(state, learn, LoopSettings(options.total_steps, options.minutes, rate, LOG_EVERY), path)


def make_optimiser(model: torch.nn.Module, rate: float) -> torch.optim.AdamW:
    """Return the optimiser; the linear maps are a separate group."""
    linear = [p for n, p in model.named_parameters() if n.startswith("linear_")]
    others = [p for n, p in model.named_parameters() if not n.startswith("linear_")]
    groups: list[dict[str, object]] = [{"params": others}]
    if linear:
        groups.append({"params": linear, "share": LINEAR_RATE, "weight_decay": 0.0})
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98), weight_decay=0.01)


def draw_batch(store: SceneStore, rng: np.random.Generator, batch: int, length: int = CLIP_SAMPLES) -> np.ndarray:
    """Return (B, 4, N) random stretches, turned about the vertical and mirrored at random, at a random level."""
    out = np.empty((batch, 4, length), np.float32)
    for row in range(batch):
        scene = store.scenes[rng.integers(len(store.scenes))]
        start = int(rng.integers(store.samples - length + 1))
        out[row] = turned(store.foa(scene, start, length), rng) * 10 ** (rng.normal(0.0, 4.0) / 20)
    return out


def turned(foa: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return AmbiX (4, N) turned by a random yaw, mirrored left-right and up-down at random: always a valid field."""
    angle = rng.uniform(-np.pi, np.pi)
    side, up = rng.choice([-1.0, 1.0], 2)
    w, y, z, x = turn_left(foa, angle)
    return np.stack([w, np.float32(side) * y, np.float32(up) * z, x])


def train_step(model: XsFoaVae, loss_of: CodecLoss, foa: Tensor) -> CodecLossValues:
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
    frames = frames.in_float32()
    values: CodecLossValues = loss_of(spectra, bands, envelope, frames, mean.float(), log_variance.float())
    return values


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
