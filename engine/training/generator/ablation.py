"""Compare generators with equal steps: without SVAC, without the history encoder, with an unspoilt past, in sizes.

Every variant begins from scratch (those with a film encoder get that of `--checkpoint`), or with
`--start` with the matching weights of a trained generator, and sees the same montages. Measured on held-out montages of
synthetic scenes are the loss with and without the past, and the value of each condition: how much the loss
grows if the condition is removed. Also measured is how far decoded takes are from a requested direction.
A few steps only show a beginning. Each variant's weights stay as a checkpoint folder beside its figures, so that
`train film-eval --checkpoint FOLDER` can show how the film alone places its sound.
"""

import json
import time
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.ambisonics.intensity import direction_and_diffuseness
from engine.contract.directions import angle_between
from engine.contract.errors import InvalidInputError
from engine.files.staging import write_texts
from engine.model.codec.foa_vae import AnyFoaVae
from engine.model.conditioning.conditions import Conditions
from engine.model.generator.flow_matching import interpolate, velocity_target
from engine.model.generator.generator import Generator
from engine.model.generator.guiding import SamplerSettings
from engine.model.specs import XS, GeneratorSpec
from engine.model.weights.checkpoint import LoadedModel, load_model, save_codec, save_generator
from engine.model.weights.precision import training_precision
from engine.training.generator.data import Dropout, FeaturePool
from engine.training.generator.history_corruption import HistoryCorruption
from engine.training.generator.loss import contexts, flow_loss
from engine.training.generator.sampling import sample_takes
from engine.training.generator.start import start_from
from engine.training.loop.fitting import LoopSettings, Metrics, TrainingState, descend, run_loop
from engine.training.loop.options import read_options, require_at_least, stage_parser
from engine.training.loop.rate import CosineRate

_ALL_GIVEN = Dropout(text=0.0, video=0.0, direction=0.0, text_noise=0.0)
_MEASURED_MONTAGES, _MEASURED_PATCHES = 48, 24
_TAKES, _TAKE_PATCHES = 24, 16
_COLUMNS = ("loss", "loss_without_history", "words", "film", "direction", "doa_deg", "step_s", "parameters_m")
_OLD_COLUMNS = {"loss_blind": "loss_without_history"}


@dataclass(frozen=True)
class GeneratorVariant:
    """A size, and the changes to the past in training."""

    name: str
    spec: GeneratorSpec
    corruption: HistoryCorruption | None = None


VARIANTS = (
    GeneratorVariant("XS", XS),
    GeneratorVariant("without SVAC", replace(XS, svac_channels=0)),
    # Without layers its token knows nothing of the latents: the past only reaches the LocDiT, as its context.
    GeneratorVariant("without history encoder", replace(XS, history_layers=0)),
    GeneratorVariant("unspoilt past", XS, HistoryCorruption(absent=0.0, foreign=0.0)),
    GeneratorVariant("width 128", replace(XS, dim=128, heads=4, kv_heads=2)),
    GeneratorVariant("width 384", replace(XS, dim=384, heads=6, kv_heads=3)),
)


@dataclass(frozen=True, kw_only=True)
class AblationOptions:
    """Options of `train generator-ablation`; `batch` counts montages, `only` names the variants (None: all)."""

    runs: Path = Path("runs")
    checkpoint: Path | None = None
    start: Path | None = None
    steps: int = 400
    batch: int = 6
    rate: float = 8e-4
    seeds: int = 1
    only: list[str] | None = None
    threads: int = 1

    def __post_init__(self) -> None:
        """Raise InvalidInputError for numbers that no run can have."""
        require_at_least(self, 1, "steps", "batch", "seeds", "threads")
        require_at_least(self, 0, "rate")

    def figures_file(self, variant: GeneratorVariant, seed: int | str) -> Path:
        """Return where the figures of a variant are kept; a `seed` of "[0-9]*" makes it the pattern of all seeds."""
        begun = "" if self.start is None else "-begun"
        name = f"{variant.name.replace(' ', '-')}-{self.steps}{begun}-{seed}.json"
        return self.runs / "generator-ablation" / name


def main(argv: list[str]) -> None:
    """Run `train generator-ablation`."""
    parser = stage_parser("generator-ablation", __doc__)
    parser.add_argument("--runs", type=Path)
    parser.add_argument("--checkpoint", type=Path, help="source of codec and film encoder (default: shipped)")
    parser.add_argument("--start", type=Path, help="begin with the matching weights of this folder's generator")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--batch", type=int, help="montages per step")
    parser.add_argument("--rate", type=float)
    parser.add_argument("--seeds", type=int)
    parser.add_argument("--only", choices=[v.name for v in VARIANTS], action="append", help="only these variants")
    parser.add_argument("--threads", type=int)
    options = read_options(parser, argv, AblationOptions)
    torch.set_num_threads(options.threads)
    variants = [v for v in VARIANTS if options.only is None or v.name in options.only]
    shipped = load_model(options.checkpoint)
    pool, held_out = (
        FeaturePool(options.runs / name).narrow_to(shipped.generator.spec) for name in ("features", "features-held-out")
    )
    for seed in range(options.seeds):
        for variant in variants:
            path = options.figures_file(variant, seed)
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.is_file():
                model, step_s = fitted(variant, seed, options, pool, shipped)
                keep(model, shipped, path.with_suffix(""))
                figures = figures_of(model, held_out, shipped, step_s)
                write_texts({path: json.dumps(figures)})
            print(f"seed {seed}  {variant.name}: {path.read_text()}", flush=True)
    patterns = {v.name: options.figures_file(v, "[0-9]*") for v in variants}
    rows = {name: [stored_figures(p) for p in sorted(f.parent.glob(f.name))] for name, f in patterns.items()}
    print(table(rows))


def stored_figures(path: Path) -> dict[str, float]:
    """Return the figures of a file; columns are renamed that had another name when it was written."""
    figures: dict[str, float] = json.loads(path.read_text())
    return {_OLD_COLUMNS.get(column, column): value for column, value in figures.items()}


def fitted(
    variant: GeneratorVariant, seed: int, options: AblationOptions, pool: FeaturePool, shipped: LoadedModel
) -> tuple[Generator, float]:
    """Train one variant; returns it for evaluation, and the median seconds per step."""
    torch.manual_seed(seed)
    model = Generator(variant.spec)
    if options.start is not None:
        start_from(model, options.start)
    give_film_encoder(model, shipped.generator)
    optimiser = torch.optim.AdamW(model.parameters(), lr=options.rate, betas=(0.9, 0.98), weight_decay=0.02)
    generator, times = torch.Generator(), []

    def learn(step: int) -> Metrics:
        began = time.monotonic()
        generator.manual_seed(1_000_003 * seed + step)
        patches, conditions = pool.draw(options.batch, generator, Dropout())
        with training_precision(torch.device("cpu")):
            loss = flow_loss(model, patches, conditions, generator, variant.corruption)
        descend(loss, optimiser, model.parameters(), 1.0)
        times.append(time.monotonic() - began)
        return {}

    rate = CosineRate(options.rate, options.steps, min(100, options.steps // 4 + 1))
    run_loop(TrainingState(model, optimiser), learn, LoopSettings(options.steps, rate=rate))
    return model.eval(), float(np.median(times))


def keep(model: Generator, shipped: LoadedModel, folder: Path) -> None:
    """Write a variant as a checkpoint folder with its codec."""
    folder.mkdir(exist_ok=True)
    save_codec(folder / "codec.safetensors", shipped.own_codec)
    save_generator(folder / "generator.safetensors", model, note="a variant of train generator-ablation")


def figures_of(model: Generator, held_out: FeaturePool, shipped: LoadedModel, step_s: float) -> dict[str, float]:
    """Return a variant's row of the table."""
    figures = measure(model, held_out, shipped)
    figures["step_s"] = step_s
    figures["parameters_m"] = sum(p.numel() for p in model.parameters()) / 1e6
    return {key: round(value, 4) for key, value in figures.items()}


def give_film_encoder(model: Generator, shipped: Generator) -> None:
    """Copy the aligned film's encoder. Raises InvalidInputError if a variant needs one and there is none."""
    if model.conditions.svac is None:
        return
    if shipped.conditions.svac is None:
        raise InvalidInputError("The variants with SVAC need a checkpoint whose generator has a film encoder.")
    model.conditions.svac.load_state_dict(shipped.conditions.svac.state_dict())


@torch.inference_mode()
def measure(model: Generator, held_out: FeaturePool, shipped: LoadedModel) -> dict[str, float]:
    """Return the figures of the table except time and size."""
    generator = torch.Generator().manual_seed(0)
    patches, conditions = held_out.draw(_MEASURED_MONTAGES, generator, _ALL_GIVEN, _MEASURED_PATCHES)
    noise, t = torch.randn(patches.shape, generator=generator), torch.rand(patches.shape[:2], generator=generator)

    def loss(given: Conditions, *, without_history: bool) -> float:
        return float(_loss_of(model, patches, given, noise, t, without_history=without_history))

    whole = loss(conditions, without_history=True)
    wordless = replace(conditions, has_text=0 * conditions.has_text)
    unseen = replace(wordless, has_video=0 * conditions.has_video)
    unplaced = replace(conditions, has_direction=0 * conditions.has_direction)
    return {
        "loss": loss(conditions, without_history=False),
        "loss_without_history": whole,
        "words": loss(wordless, without_history=True) - whole,
        "film": loss(unseen, without_history=True) - loss(wordless, without_history=True),
        "direction": loss(unplaced, without_history=True) - whole,
        "doa_deg": direction_error_deg(model, held_out, shipped),
    }


def _loss_of(
    model: Generator, patches: Tensor, conditions: Conditions, noise: Tensor, t: Tensor, *, without_history: bool
) -> Tensor:
    """Return the mean squared error of the velocity; `without_history`: every patch is a first one."""
    seen = torch.full(patches.shape[:2], 0.0 if without_history else 1.0)
    h = model.plan(patches, conditions, seen).flatten(0, 1)
    context = (contexts(patches) * seen[..., None, None]).flatten(0, 1)
    x, start, time_ = patches.flatten(0, 1), noise.flatten(0, 1), t.flatten()
    velocity: Tensor = model.dit(h, context, interpolate(x, start, time_), model.dit.modulations(time_))
    return (velocity - velocity_target(x, start)).square().mean()


def direction_error_deg(model: Generator, held_out: FeaturePool, shipped: LoadedModel) -> float:
    """Return the median angle of takes from their requested directions, over all azimuths."""
    codec, generator = shipped.own_codec, torch.Generator().manual_seed(1)
    _, drawn = held_out.draw(_TAKES, generator, replace(_ALL_GIVEN, video=1.0), _TAKE_PATCHES)
    azimuth = torch.arange(_TAKES) * (2 * torch.pi / _TAKES)
    asked = torch.stack([azimuth.cos(), azimuth.sin(), torch.zeros(_TAKES)], dim=1)
    placed = asked[:, None].expand(-1, _TAKE_PATCHES, -1)
    given = replace(drawn, direction=placed, has_direction=torch.ones(_TAKES, _TAKE_PATCHES))
    takes = sample_takes(model, given, 1, SamplerSettings.on(codec), generator)
    return float(np.median(np.degrees(angle_between(directions_of(codec, takes[:, 0]), asked.numpy()))))


@torch.inference_mode()
def directions_of(codec: AnyFoaVae, takes: Tensor) -> NDArray[np.float64]:
    """Return the directions (N, 3) x, y, z of takes' latents (N, T, P, D), decoded one by one."""
    fields = (codec.decode(codec.agreed(take.flatten(0, 1)[None]))[0].float().cpu().numpy() for take in takes)
    return np.stack([direction_and_diffuseness(foa)[0] for foa in fields])


def table(rows: dict[str, list[dict[str, float]]]) -> str:
    """Return the table as Markdown: means over the seeds, and the range if there are several."""
    lines = ["| variant | runs | " + " | ".join(_COLUMNS) + " |", "|---" * (len(_COLUMNS) + 2) + "|"]
    for name, figures in rows.items():
        if figures:
            cells = [_cell([f[column] for f in figures]) for column in _COLUMNS]
            lines.append(f"| {name} | {len(figures)} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(values: list[float]) -> str:
    spread = f" ({min(values):.3f}-{max(values):.3f})" if len(values) > 1 else ""
    return f"{fmean(values):.3f}{spread}"


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
