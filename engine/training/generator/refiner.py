"""Stage 3b: fit a refiner, which adds the codes of a codec that a generator does not make (generator/refiner.py).

It learns from the features of the codec with those codes, by teacher forcing as the generator does. In use it hears a
generator's latents, which are slightly off: noise of a random size lies over the codes that it is given, and over its
own past. Resumable.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from engine.contract.errors import InvalidInputError
from engine.files.apart import keep_apart, weights_of
from engine.files.staging import whole_file
from engine.model.codec.analysis import FFT_SIZE, SAMPLE_RATE_HZ
from engine.model.codec.xs import XsFoaVae
from engine.model.conditioning.conditions import Conditions
from engine.model.generator.flow_matching import interpolate, velocity_target
from engine.model.generator.refiner import Refiner
from engine.model.specs import FIELD_CODES, RefinerSpec
from engine.model.weights.checkpoint import load_folder_codec, save_refiner
from engine.model.weights.precision import training_precision
from engine.training.generator.data import Dropout, FeaturePool
from engine.training.generator.loss import contexts
from engine.training.loop.checkpointing import STATE_FILE, WeightAverage
from engine.training.loop.fitting import LoopSettings, Metrics, TrainingState, descend, run_loop
from engine.training.loop.options import (
    FeatureOptions,
    add_also_option,
    add_run_options,
    read_options,
    require_at_least,
    require_shares,
    stage_parser,
)
from engine.training.loop.rate import CosineRate

_KEPT_PATCHES: Final = 0.6
_ABSENT: Final = 0.15
"""The share of patches that do not see the ones before."""
_NEAR_HARMONIC, _FAR_HARMONIC = 0.08, 0.2
"""A partial that is at most so far from a multiple of the pitch, in multiples, is a harmonic."""
_HARMONIC_LATENTS: Final = 51
"""Whether a sound is harmonic is judged over two seconds."""
_NO_PULSES, _ALL_PULSES = 0.45, 0.65
"""Shares of the partials' power that are harmonics of a pitch: below, they stay, above, pulses say it."""
_FIELD_WEIGHT: Final = 3.0
"""Of the field's few codes in the loss: what a sound has below its bands is in one of them."""


@dataclass(frozen=True, kw_only=True)
class RefinerOptions(FeatureOptions):
    """Options of `train refiner`; `codec` is the folder of the codec of the features, `out` gets both files."""

    codec: Path
    out: Path
    total_steps: int = 3000
    batch: int = 8
    rate: float = 1e-3
    noise: float = 0.5
    text_dropout: float = Dropout.text

    def __post_init__(self) -> None:
        """Raise InvalidInputError for numbers that no run can have."""
        super().__post_init__()
        require_at_least(self, 1, "batch")
        require_at_least(self, 0, "noise")
        require_shares(self, "text_dropout")


def main(argv: list[str]) -> None:
    """Run `train refiner`."""
    options = parse_options(argv)
    torch.set_num_threads(options.threads)
    fit(options)


def parse_options(argv: list[str]) -> RefinerOptions:
    """Read the command line. Raises InvalidInputError, and ExportError if the codec would replace itself."""
    parser = stage_parser("refiner", __doc__)
    add_run_options(parser)
    parser.add_argument(
        "--codec", type=Path, required=True, help="folder of the codec that the features were made with"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for refiner.safetensors and that codec")
    add_also_option(parser)
    parser.add_argument("--batch", type=int, help="montages per step")
    parser.add_argument("--noise", type=float, help="largest noise over what it is given, in latents")
    parser.add_argument("--text-dropout", type=float, help=f"share of the montages without words ({Dropout.text})")
    options = read_options(parser, argv, RefinerOptions)
    keep_apart([options.out / "codec.safetensors"], {"codec of the features": weights_of(options.codec)})
    return options


def fit(options: RefinerOptions) -> None:
    """Train until the steps or the minutes are over, then write refiner.safetensors and the codec beside it."""
    codec = load_folder_codec(options.codec)
    if not isinstance(codec, XsFoaVae) or not codec.spec.added_codes:
        raise InvalidInputError(f"{options.codec} has no codec with added codes: make one with 'train codec-partials'.")
    pool = FeaturePool(*options.features)
    if (found := pool.latents.shape[-1]) != codec.latent_dim:
        raise InvalidInputError(f"These features have latents of {found}, the codec has {codec.latent_dim}.")
    pool.latents = beyond_pulses(codec, pool.latents)
    torch.manual_seed(0)
    device = torch.device(options.device)
    model = Refiner(RefinerSpec(latent_dim=codec.latent_dim, made_codes=codec.spec.core_dim)).to(device)
    optimiser = torch.optim.AdamW(model.parameters(), lr=options.rate, betas=(0.9, 0.98), weight_decay=0.02)
    state = TrainingState(model, optimiser, WeightAverage(model, 0.998))
    path = options.runs / "refiner" / STATE_FILE
    state.resume(path)
    objective = RefinerObjective(model, options.noise)
    generator = torch.Generator()
    dropout = Dropout(text=options.text_dropout, video=1.0)

    def learn(step: int) -> Metrics:
        generator.manual_seed(step)
        patches, conditions = pool.draw(options.batch, generator, dropout)
        with training_precision(device):
            partials, field = objective(patches.to(device), conditions, generator)
        descend(partials + field, optimiser, model.parameters(), 1.0)
        return {"partials": partials.detach(), "field": field.detach()}

    rate = CosineRate(options.rate, options.total_steps)
    run_loop(state, learn, LoopSettings(options.total_steps, options.minutes, rate, log_every=100), path)
    save_refiner(options.out, state.averaged(), note=f"{state.step} steps")
    with whole_file(options.out / "codec.safetensors") as staged:
        shutil.copyfile(options.codec / "codec.safetensors", staged)


@torch.inference_mode()
def beyond_pulses(codec: XsFoaVae, latents: Tensor) -> Tensor:
    """Return latents (N, T, D) without the partials that pulses express as well: the harmonics of a pitch.

    A partial takes the place of the pulses in its band. Measured ones are exact harmonics, sampled ones are not, and a
    chainsaw or a voice then loses what it is known by. So a refiner learns partials of what has no common pitch, as
    bells.
    """
    if codec.partials is None or codec.periodicity is None:
        return latents
    return torch.cat([_without_harmonics(codec, rows) for rows in latents.split(64)])


def _without_harmonics(codec: XsFoaVae, latents: Tensor) -> Tensor:
    core, count, _ = codec.spec.kinds
    partials = codec.partials
    assert partials is not None
    codes = latents.float() / codec.code_scale + codec.code_mean
    tone = codec.tone(codes)
    assert tone is not None
    frequency, share = partials.decoded(codes[..., core : core + count])
    number = frequency.exp() / tone.pitch[..., None]
    off = (number - number.round().clamp(min=1.0)).abs()
    # The pitch is measured to a percent or so: high harmonics are harmonic within more.
    is_harmonic = off < (_NEAR_HARMONIC + 0.004 * number).clamp(max=_FAR_HARMONIC)
    nearest = (partials.centre.exp() * (FFT_SIZE / SAMPLE_RATE_HZ)).round().long()
    harmonic = share * is_harmonic * tone.share[..., nearest]
    kernel = torch.ones(1, 1, _HARMONIC_LATENTS)
    sums = torch.stack([harmonic.sum(-1), share.sum(-1)]).flatten(0, 1)[:, None].float()
    around = nn.functional.conv1d(sums, kernel, padding=_HARMONIC_LATENTS // 2)[:, 0].unflatten(0, (2, -1))
    kept = ((_ALL_PULSES - around[0] / (around[1] + 1e-3)) / (_ALL_PULSES - _NO_PULSES)).clamp(0.0, 1.0)
    found = latents.clone()
    shares = slice(core + count // 2, core + count)
    open_ = codes[..., shares] * kept[..., None]
    found[..., shares] = ((open_ - codec.code_mean[shares]) * codec.code_scale[shares]).to(latents.dtype)
    return found


class RefinerObjective(nn.Module):
    """The flow-matching loss of the added codes."""

    def __init__(self, model: Refiner, noise: float) -> None:
        super().__init__()
        self.model, self._noise = model, noise

    def forward(self, patches: Tensor, conditions: Conditions, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return the losses () of the partials and, weighted, of the field's codes of latents (B, T, P, D)."""
        spec, device = self.model.spec, patches.device
        batch, count, size, dim = patches.shape

        def uniform(*shape: int) -> Tensor:
            return torch.rand(*shape, generator=generator).to(device)

        def normal(*shape: int) -> Tensor:
            return torch.randn(*shape, generator=generator).to(device)

        roughness = self._noise * uniform(batch, 1, 1, 1) * uniform(batch, 1, 1, 1)
        given = patches + roughness * normal(batch, count, size, dim)
        order = uniform(batch, count).argsort(dim=1)[:, : round(_KEPT_PATCHES * count)]
        row = torch.arange(batch, device=device)[:, None]
        context = contexts(given)[row, order].flatten(0, 1) * (uniform(order.numel(), 1, 1) >= _ABSENT)
        words = (conditions.text * conditions.has_text[..., None]).to(device)[row, order].flatten(0, 1)
        made = given[row, order].flatten(0, 1)[..., : spec.made_codes]
        x = patches[row, order].flatten(0, 1)[..., spec.made_codes :]
        noise, t = torch.randn(x.shape, generator=generator).to(device), uniform(len(x))
        noisy = torch.cat([made, interpolate(x, noise, t)], dim=-1)
        velocity = self.model.dit(self.model.words(words), context, noisy, self.model.dit.modulations(t))
        error = (velocity[..., spec.made_codes :].float() - velocity_target(x, noise)).square()
        partials, field = error.split((error.shape[-1] - FIELD_CODES, FIELD_CODES), dim=-1)
        share = FIELD_CODES / error.shape[-1]
        return (1.0 - share) * partials.mean(), _FIELD_WEIGHT * share * field.mean()


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
