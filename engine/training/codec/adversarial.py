"""Stage 1c: fit the decoder alone against a judge of its sound; the latents stay, so a generator stays valid.

Levels in decibels settle on the mean of what is possible; a judge that sees spectrograms of real and of made sound asks
for the likely instead. It sees mel levels of W at two resolutions: phases are noise by design and would give
every made sound away.
"""

import argparse
import itertools
import json
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu
from torch.nn.utils.parametrizations import weight_norm

from engine.contract.errors import InvalidInputError
from engine.files.apart import keep_apart, weights_of
from engine.model.codec.analysis import FFT_SIZE, HOP, SAMPLE_RATE_HZ
from engine.model.codec.bands import mel_bank
from engine.model.codec.phase_synthesis import Tone
from engine.model.codec.xs import CodecFrames, XsFoaVae
from engine.model.weights.checkpoint import load_model, save_codec
from engine.scenes.store import SceneStore
from engine.training.codec.discriminator import (
    Judgement,
    adversarial_loss,
    discriminator_loss,
    feature_matching_loss,
)
from engine.training.codec.loss import CodecLoss
from engine.training.codec.train import draw_batch
from engine.training.loop.checkpointing import WeightAverage
from engine.training.loop.rate import set_rate

_ENCODER = ("encoder", "linear_in", "fold", "to_latent")
_SIZES = ((1_920, 480, 160), (480, 120, 80))
"""Window, hop and mel bands."""
_FILTERS = 12
_SLOPE = 0.2
_FLOOR = 1e-9
_LOGGED = ("loss", "judge", "adversarial", "matching")


def main(argv: list[str]) -> None:
    """Run `train codec-adversarial`."""
    parser = argparse.ArgumentParser(prog="train codec-adversarial", description=__doc__)
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--start", type=Path, required=True, help="checkpoint folder with the codec to go on with")
    parser.add_argument("--out", type=Path, required=True, help="folder for the new codec.safetensors")
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--batch", type=int, default=6)
    parser.add_argument("--rate", type=float, default=4e-4)
    parser.add_argument("--weight", type=float, default=1.0, help="of the judge; 0 is the same training without it")
    parser.add_argument("--matching", type=float, default=2.0, help="weight of the judge's features")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args(argv)
    keep_apart([args.out / "codec.safetensors"], {"file to go on with": weights_of(args.start)})
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    codec = load_model(args.start, args.device, need_generator=False).codec
    if not isinstance(codec, XsFoaVae):
        raise InvalidInputError(f"{args.start} holds no XS codec: only that one is fitted here.")
    free_decoder(codec)
    fitted = fit(codec, SceneStore(args.runs / "scenes"), args)
    codec.load_state_dict(fitted.values)
    args.out.mkdir(parents=True, exist_ok=True)
    save_codec(args.out / "codec.safetensors", codec, note=f"decoder: {args.steps} more steps, judge {args.weight:g}")


def free_decoder(codec: XsFoaVae) -> None:
    """Let the decoder learn and nothing that latents depend on."""
    codec.train()
    for name, parameter in codec.named_parameters():
        parameter.requires_grad_(not name.startswith(_ENCODER))


class LevelJudge(nn.Module):
    """Convolutions over one spectrogram of mel levels; a score for every place in it."""

    def __init__(self, size: int, hop: int, bands: int, filters: int = _FILTERS) -> None:
        super().__init__()
        self.size, self.hop = size, hop
        self.register_buffer("window", torch.hann_window(size) * (4 / size), persistent=False)
        self.register_buffer("bank", mel_bank(bands, size, SAMPLE_RATE_HZ).T.contiguous(), persistent=False)
        widths = (1, filters, filters, 2 * filters, 2 * filters)
        self.layers = nn.ModuleList(
            weight_norm(nn.Conv2d(a, b, (3, 5), (1, 2), (1, 2))) for a, b in itertools.pairwise(widths)
        )
        self.score = weight_norm(nn.Conv2d(widths[-1], 1, 3, padding=1))

    def forward(self, wave: Tensor) -> Judgement:
        """Judge waves (B, N)."""
        parts = torch.view_as_real(torch.fft.rfft(wave.unfold(-1, self.size, self.hop) * self.window))
        with torch.autocast(wave.device.type, enabled=False):
            level = torch.log(torch.linalg.vecdot(parts, parts) @ self.bank + _FLOOR)
        x = ((level + 14.0) / 5.0)[:, None]
        features = []
        for layer in self.layers:
            x = leaky_relu(layer(x), _SLOPE)
            features.append(x)
        return Judgement(self.score(x).float(), tuple(f.float() for f in features))


class LevelJudges(nn.Module):
    """A judge for each resolution."""

    def __init__(self) -> None:
        super().__init__()
        self.judges = nn.ModuleList(LevelJudge(*sizes) for sizes in _SIZES)

    def forward(self, wave: Tensor) -> list[Judgement]:
        """Judge waves (B, N)."""
        return [judge(wave) for judge in self.judges]


def fit(codec: XsFoaVae, store: SceneStore, args: argparse.Namespace) -> WeightAverage:
    """Train the decoder of `codec` in place and return its averaged weights."""
    device = torch.device(args.device)
    trained = [p for p in codec.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=args.rate, betas=(0.8, 0.98), weight_decay=0.01)
    judges = LevelJudges().to(device)
    judging = torch.optim.AdamW(judges.parameters(), lr=args.rate, betas=(0.5, 0.95))
    loss_of = CodecLoss(slow_direction_weight=8.0).to(device)
    average = WeightAverage(codec, 0.995)
    rng, began = np.random.default_rng(args.steps), time.monotonic()
    sums, summed = np.zeros(len(_LOGGED)), 0
    for step in range(args.steps):
        set_rate(optimiser, args.rate, step, args.steps)
        foa = torch.from_numpy(draw_batch(store, rng, args.batch)).to(device)
        sums += adversarial_step(codec, judges, loss_of, (optimiser, judging), foa, args.weight, args.matching)
        summed += 1
        average.update(codec, step)
        if (step + 1) % 50 == 0:
            line = {"step": step + 1, "s": round(time.monotonic() - began, 1)}
            line |= {k: round(float(v), 4) for k, v in zip(_LOGGED, sums / summed, strict=True)}
            print(json.dumps(line), flush=True)
            sums[:], summed = 0, 0
    return average


def adversarial_step(
    codec: XsFoaVae,
    judges: LevelJudges,
    loss_of: CodecLoss,
    optimisers: tuple[torch.optim.Optimizer, torch.optim.Optimizer],
    foa: Tensor,
    weight: float,
    matching: float,
) -> tuple[float, float, float, float]:
    """Descend once on AmbiX (B, 4, N), first the judges, then the decoder; returns what is logged."""
    with torch.no_grad():
        spectra = codec.analysis.spectra(foa)
        bands = codec.analysis.spatial_bands(spectra)
        envelope = codec.analysis.envelope(foa[:, 0])
        mean, log_variance = codec.posterior(codec.features(foa, spectra, bands), codec.given(foa, spectra, bands))
    with torch.autocast(foa.device.type, dtype=torch.bfloat16):
        codes = mean + torch.randn_like(mean) * torch.exp(0.5 * log_variance)
        frames = codec.predict_frames(codes)
    frames = CodecFrames(**{k: v.float() for k, v in vars(frames).items()})
    total = loss_of(spectra, bands, envelope, frames, mean, log_variance).total
    heard = [total.item(), 0.0, 0.0, 0.0]
    if weight:
        made, real = made_w(codec, frames, codec.tone(codes)), foa[:, 0, FFT_SIZE - HOP :]
        # Half of the clip is enough to judge by and costs half.
        begin = int(torch.randint(0, made.shape[-1] // 2, (1,)))
        made, real = (v[:, begin : begin + made.shape[-1] // 2] for v in (made, real))
        with torch.autocast(foa.device.type, dtype=torch.bfloat16):
            judged = discriminator_loss(judges(real), judges(made.detach()))
        descend(judged, optimisers[1], judges.parameters())
        with torch.autocast(foa.device.type, dtype=torch.bfloat16):
            fake = judges(made)
            with torch.no_grad():
                true = judges(real)
        fooled, alike = adversarial_loss(fake), feature_matching_loss(true, fake)
        total = total + weight * fooled + weight * matching * alike
        heard[1:] = [judged.item(), fooled.item(), alike.item()]
    descend(total, optimisers[0], [p for p in codec.parameters() if p.requires_grad])
    return heard[0], heard[1], heard[2], heard[3]


def made_w(codec: XsFoaVae, frames: CodecFrames, tone: Tone | None) -> Tensor:
    """Return W (B, 480 T - 1440) as the decoder would make it of frames, without its first, half overlapped samples."""
    magnitude = torch.exp(frames.log_magnitude.clamp(max=7.5)) * codec.audible
    nothing = magnitude.new_zeros(len(magnitude), 3, *magnitude.shape[1:])
    # Another stretch of the excitation each time: the decoder must not learn one noise by heart.
    state = codec.synthesis.initial_state(len(magnitude), magnitude)
    start = int(torch.randint(0, 1_024, (1,)))
    state = replace(state, frame=start)
    return codec.synthesis.step(magnitude, frames.envelope, nothing, nothing, state, tone)[0][:, 0, FFT_SIZE - HOP :]


def descend(loss: Tensor, optimiser: torch.optim.Optimizer, parameters: Iterable[nn.Parameter]) -> None:
    """One step of an optimiser, gradients clipped."""
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(parameters, 5.0)
    optimiser.step()
