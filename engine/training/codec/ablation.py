"""Compare heads and inputs of the codec with equal steps: one table, three seeds, with the PCA baseline.

Every run's figures are kept as JSON in `--out`, so an interrupted table continues where it stopped.
"""

import json
import time
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from engine.evaluation.measures.codec_metrics import doa_shift_deg, fit_pca_baseline, log_mel_db
from engine.files.staging import write_texts
from engine.model.codec.oobleck import OobleckFoaVae
from engine.model.codec.phase_synthesis import PhaseSynthesis
from engine.model.weights.precision import training_precision
from engine.scenes.store import SceneStore
from engine.training.codec.evaluate import level_db
from engine.training.codec.principal import start_at_principal_components
from engine.training.codec.sound_loss import SoundLoss
from engine.training.codec.train import LARGEST_NORM, make_optimiser, turned
from engine.training.codec.variants import DELAY, ShippedVariant, Variant, VariantCodec
from engine.training.loop.fitting import LoopSettings, Metrics, TrainingState, descend, run_loop
from engine.training.loop.options import read_options, require_at_least, stage_parser
from engine.training.pool.scene_sound import scene_foa

VARIANTS = (
    *(Variant(head, sees) for head in ("joint", "ratio", "ratio+residual") for sees in ("raw", "levels")),
    Variant("oobleck", "waveform"),
)
_XS = Variant("ratio+residual", "levels", "noise", linear=True, placed=True, levelled=True)
EXTRAS = (
    Variant("ratio+residual", "levels", spatial=False),
    Variant("ratio+residual", "levels", "noise"),
    replace(_XS, placed=False, levelled=False),
    replace(_XS, levelled=False),
    *(replace(_XS, latent_dim=size) for size in (32, 64, 128)),
)
_CLIP_LATENTS = 32
_UNIT = 1_920
_KL = 3e-4
_OOBLECK_SHARE = 0.4
"""A step of the Oobleck shape (6 channels at full rate) costs two and a half steps of the others; it gets fewer."""
_QUALITY = ("log_mel_w_db", "log_mel_all_db", "level_db", "doa_one_deg", "doa_several_deg")
_COLUMNS = (*_QUALITY, "steps", "step_ms", "parameters_m")


@dataclass(frozen=True, kw_only=True)
class AblationOptions:
    """Options of `train codec-ablation`; `scenes` counts the held-out ones to measure on."""

    runs: Path = Path("runs")
    steps: int = 400
    batch: int = 3
    rate: float = 5e-4
    seeds: int = 3
    scenes: int = 30
    extras: bool = False
    threads: int = 1

    def __post_init__(self) -> None:
        """Raise InvalidInputError for numbers that no run can have."""
        require_at_least(self, 1, "steps", "batch", "seeds", "scenes", "threads")
        require_at_least(self, 0, "rate")

    def figures_file(self, variant: Variant, seed: int | str) -> Path:
        """Return where the figures of a variant are kept; a `seed` of "?" makes it the pattern of all seeds."""
        name = variant.name.replace(", ", "_").replace(" ", "-")
        return self.runs / "ablation" / f"{name}-{variant.latent_dim}-{seed}.json"


def main(argv: list[str]) -> None:
    """Run `train codec-ablation`."""
    parser = stage_parser("codec-ablation", __doc__)
    parser.add_argument("--runs", type=Path)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--batch", type=int, help="clips per step")
    parser.add_argument("--rate", type=float)
    parser.add_argument("--seeds", type=int)
    parser.add_argument("--scenes", type=int, help="held-out scenes to measure on")
    parser.add_argument("--extras", action="store_true", help="add the shape of XS step by step, and its sizes")
    parser.add_argument("--threads", type=int)
    options = read_options(parser, argv, AblationOptions)
    torch.set_num_threads(options.threads)
    store, held_out = SceneStore(options.runs / "scenes"), SceneStore(options.runs / "scenes-held-out")
    variants = VARIANTS + (EXTRAS if options.extras else ())
    for seed in range(options.seeds):
        for variant in variants:
            path = options.figures_file(variant, seed)
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.is_file():
                figures = run(variant, seed, options, store, held_out)
                write_texts({path: json.dumps(figures)})
            print(f"seed {seed}  {variant.name} ({variant.latent_dim}): {path.read_text()}", flush=True)
    patterns = {v: options.figures_file(v, "?") for v in VARIANTS + EXTRAS}
    rows = {v: [json.loads(p.read_text()) for p in sorted(f.parent.glob(f.name))] for v, f in patterns.items()}
    print(table(rows, pca_baseline(store, held_out, options.scenes)))


def run(
    variant: Variant, seed: int, options: AblationOptions, store: SceneStore, held_out: SceneStore
) -> dict[str, float]:
    """Train one variant and return its held-out figures."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    codec, loss_of = VariantCodec(variant), SoundLoss(spatial_terms=variant.spatial)
    excitation = load_file(options.runs / "excitation.safetensors")["excitation"]
    for module in codec.modules():
        if isinstance(module, PhaseSynthesis):
            module.excitation.copy_(excitation)
    if isinstance(codec.body, ShippedVariant):
        start_at_principal_components(codec.body, torch.from_numpy(batch_of(store, rng, 320)))
    optimiser = make_optimiser(codec.body, options.rate)
    rates = [options.rate * group.get("share", 1.0) for group in optimiser.param_groups]
    steps = round(options.steps * (_OOBLECK_SHARE if variant.head == "oobleck" else 1.0))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rates, steps, pct_start=0.1)
    times = []

    def learn(step: int) -> Metrics:
        foa = torch.from_numpy(batch_of(store, rng, options.batch))
        began = time.monotonic()
        descend(step_loss(codec, loss_of, foa), optimiser, codec.parameters(), LARGEST_NORM)
        schedule.step()
        times.append(time.monotonic() - began)
        return {}

    run_loop(TrainingState(codec, optimiser), learn, LoopSettings(steps))
    figures = measure(codec.eval(), held_out, options.scenes)
    figures["steps"] = steps
    figures["step_ms"] = 1000 * float(np.median(times))
    figures["parameters_m"] = sum(p.numel() for p in codec.parameters()) / 1e6
    return {k: round(v, 3) for k, v in figures.items()}


def batch_of(store: SceneStore, rng: np.random.Generator, batch: int) -> np.ndarray:
    """Return (B, 4, N) stretches, turned and mirrored at random."""
    length = _CLIP_LATENTS * _UNIT + DELAY
    out = np.empty((batch, 4, length), np.float32)
    for row in range(batch):
        scene = store.scenes[rng.integers(len(store.scenes))]
        start = int(rng.integers(store.samples - length + 1))
        out[row] = turned(store.foa(scene, start, length), rng)
    return out


def step_loss(codec: VariantCodec, loss_of: SoundLoss, foa: Tensor) -> Tensor:
    """Return the loss of a batch (B, 4, N)."""
    with training_precision(torch.device("cpu"), may_be_low=not isinstance(codec.body, OobleckFoaVae)):
        mean, log_variance = codec.posterior(foa)
        codes = mean + torch.randn_like(mean) * torch.exp(0.5 * log_variance)
        made = codec.decode(codes)
    mean, log_variance = mean.float(), log_variance.float()
    kl = 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance).mean()
    # The first samples of a spectral codec's sound lack the overlap from before.
    heard: Tensor = loss_of(made[..., DELAY:], foa[..., DELAY : made.shape[-1]])
    return heard + _KL * kl


@torch.no_grad()
def measure(codec: VariantCodec, held_out: SceneStore, count: int) -> dict[str, float]:
    """Return mean distances in dB and median DoA shifts in degrees on held-out scenes."""
    values: dict[str, list[float]] = {c: [] for c in _QUALITY}
    for index in range(min(count, len(held_out.scenes))):
        foa = scene_foa(held_out, index)
        made = codec.decode(codec.posterior(torch.nn.functional.pad(foa, (0, DELAY)))[0])
        there, here = foa[..., DELAY : made.shape[-1]], made[..., DELAY:]
        levels = log_mel_db(there[0]), log_mel_db(here[0])
        values["log_mel_w_db"].append(float((levels[0][0] - levels[1][0]).abs().mean()))
        values["log_mel_all_db"].append(float((levels[0] - levels[1]).abs().mean()))
        values["level_db"].append(abs(level_db(there) - level_db(here)))
        if held_out.scenes[index].placed:
            kind = "doa_one_deg" if len(held_out.scenes[index].classes) == 1 else "doa_several_deg"
            values[kind].extend(doa_shift_deg(there[0], here[0]).tolist())
    return {k: float(np.median(v) if k.startswith("doa") else np.mean(v)) for k, v in values.items()}


@torch.no_grad()
def pca_baseline(store: SceneStore, held_out: SceneStore, count: int) -> dict[int, float]:
    """Return the mean absolute error in dB of W's levels rebuilt from principal components, by their number."""
    pca = fit_pca_baseline(torch.cat([log_mel_db(scene_foa(store, i)[0, 0]) for i in range(0, len(store.scenes), 12)]))
    levels = [log_mel_db(scene_foa(held_out, i)[0, 0]) for i in range(min(count, len(held_out.scenes)))]
    return {d: fmean(pca.distance(v, d) for v in levels) for d in (1, 4, 16, 32, 64, 128)}


def table(rows: dict[Variant, list[dict[str, float]]], pca: dict[int, float]) -> str:
    """Return the table as Markdown: means over the seeds, and the range of the first and the direction columns."""
    lines = ["| head, input | latent | runs | " + " | ".join(_COLUMNS) + " |", "|---" * (len(_COLUMNS) + 3) + "|"]
    for variant, figures in rows.items():
        if not figures:
            continue
        cells = [str(len(figures))]
        for column in _COLUMNS:
            seen = [f[column] for f in figures]
            spread = f" ({min(seen):.2f}-{max(seen):.2f})" if column in _QUALITY else ""
            cells.append(f"{fmean(seen):.2f}{spread}")
        lines.append(f"| {variant.name} | {variant.latent_dim} | " + " | ".join(cells) + " |")
    lines += [f"| PCA of W's levels | {dims} | | {value:.2f} |" + " |" * 7 for dims, value in pca.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
