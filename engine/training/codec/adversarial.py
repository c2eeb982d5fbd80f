"""Stage 1c: fit the decoder alone against a discriminator of its sound; the latents stay, so a generator stays valid.

Levels in decibels settle on the mean of what is possible; a discriminator that sees spectrograms of real and generated
sound rewards the likely instead. It sees mel levels of W at two resolutions: phases are noise by design and would give
every generated sound away.

Resumable: the state is in the folder `adversarial` beside the new codec until that is complete.
"""

import itertools
from dataclasses import dataclass, replace
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
from engine.model.codec.xs import XsFoaVae
from engine.model.codec.xs_frames import CodecFrames
from engine.model.weights.checkpoint import load_folder_codec, save_codec
from engine.model.weights.hashing import file_sha256
from engine.scenes.store import SceneStore
from engine.training.codec.discriminator import (
    DiscriminatorOutput,
    adversarial_loss,
    discriminator_loss,
    feature_matching_loss,
)
from engine.training.codec.loss import CodecLoss
from engine.training.codec.train import LARGEST_NORM, draw_batch
from engine.training.loop.begun_with import finish, folder_begun_with
from engine.training.loop.checkpointing import STATE_FILE, Discriminator, WeightAverage
from engine.training.loop.fitting import LoopSettings, Metrics, TrainingState, descend, run_loop
from engine.training.loop.options import read_options, require_at_least, stage_parser
from engine.training.loop.random_state import RandomState
from engine.training.loop.rate import CosineRate

_ENCODER = ("encoder", "linear_in", "fold", "to_latent")
_SIZES = ((1_920, 480, 160), (480, 120, 80))
"""Window, hop and mel bands."""
_FILTERS = 12
_SLOPE = 0.2
_FLOOR = 1e-9
_LOGGED = ("loss", "discriminator", "adversarial", "matching")


@dataclass(frozen=True, kw_only=True)
class AdversarialOptions:
    """Options of `train codec-adversarial`; `start` is a checkpoint folder, `out` gets the new codec."""

    runs: Path = Path("runs")
    start: Path
    out: Path
    steps: int = 1500
    batch: int = 6
    rate: float = 4e-4
    weight: float = 1.0
    matching: float = 2.0
    threads: int = 1
    device: str = "cpu"

    def __post_init__(self) -> None:
        """Raise InvalidInputError for numbers that no run can have."""
        require_at_least(self, 1, "batch", "threads")
        require_at_least(self, 0, "steps", "rate", "weight", "matching")


def main(argv: list[str]) -> None:
    """Run `train codec-adversarial`."""
    parser = stage_parser("codec-adversarial", __doc__)
    parser.add_argument("--runs", type=Path)
    parser.add_argument("--start", type=Path, required=True, help="checkpoint folder with the codec to continue with")
    parser.add_argument("--out", type=Path, required=True, help="folder for the new codec.safetensors")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--batch", type=int, help="clips per step")
    parser.add_argument("--rate", type=float, help="peak of the learning rate")
    parser.add_argument("--weight", type=float, help="of the discriminators; 0 is the same training without them")
    parser.add_argument("--matching", type=float, help="weight of the discriminators' features")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--device")
    options = read_options(parser, argv, AdversarialOptions)
    keep_apart([options.out / "codec.safetensors"], {"file to go on with": weights_of(options.start)})
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    codec = load_folder_codec(options.start, options.device)
    if not isinstance(codec, XsFoaVae):
        raise InvalidInputError(f"{options.start} holds no XS codec: only that one is fitted here.")
    free_decoder(codec)
    store = SceneStore(options.runs / "scenes")
    folder = folder_begun_with(options.out / "adversarial", file_sha256(options.start / "codec.safetensors"))
    fit(codec, store, options, folder / STATE_FILE)
    note = f"decoder: {options.steps} more steps, discriminators {options.weight:g}"
    save_codec(options.out / "codec.safetensors", codec, note=note)
    finish(folder, STATE_FILE)


def free_decoder(codec: XsFoaVae) -> None:
    """Let only the decoder learn, and nothing that latents depend on."""
    codec.train()
    for name, parameter in codec.named_parameters():
        parameter.requires_grad_(not name.startswith(_ENCODER))


class LevelDiscriminator(nn.Module):
    """Convolutions over one spectrogram of mel levels; a score for every place in it."""

    window: Tensor
    bank: Tensor

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

    def forward(self, wave: Tensor) -> DiscriminatorOutput:
        """Return the output for waves (B, N)."""
        parts = torch.view_as_real(torch.fft.rfft(wave.unfold(-1, self.size, self.hop) * self.window))
        with torch.autocast(wave.device.type, enabled=False):
            level = torch.log(torch.linalg.vecdot(parts, parts) @ self.bank + _FLOOR)
        x = ((level + 14.0) / 5.0)[:, None]
        features = []
        for layer in self.layers:
            x = leaky_relu(layer(x), _SLOPE)
            features.append(x)
        return DiscriminatorOutput(self.score(x).float(), tuple(f.float() for f in features))


class LevelDiscriminators(nn.Module):
    """One discriminator for each resolution."""

    def __init__(self) -> None:
        super().__init__()
        # The name of its tensors in the states of earlier runs.
        self.judges = nn.ModuleList(LevelDiscriminator(*sizes) for sizes in _SIZES)

    def forward(self, wave: Tensor) -> list[DiscriminatorOutput]:
        """Return the output for waves (B, N)."""
        return [one(wave) for one in self.judges]


def fit(codec: XsFoaVae, store: SceneStore, options: AdversarialOptions, path: Path) -> None:
    """Train the decoder of `codec` in place; it ends with the averaged weights."""
    device = torch.device(options.device)
    trained = [p for p in codec.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=options.rate, betas=(0.8, 0.98), weight_decay=0.01)
    discriminators = LevelDiscriminators().to(device)
    discriminator_optimiser = torch.optim.AdamW(discriminators.parameters(), lr=options.rate, betas=(0.5, 0.95))
    loss_of = CodecLoss(slow_direction_weight=8.0).to(device)
    rng = np.random.default_rng(options.steps)

    def learn(step: int) -> Metrics:
        foa = torch.from_numpy(draw_batch(store, rng, options.batch)).to(device)
        optimisers = optimiser, discriminator_optimiser
        heard = adversarial_step(codec, discriminators, loss_of, optimisers, foa, options.weight, options.matching)
        return dict(zip(_LOGGED, heard, strict=True))

    average = WeightAverage(codec, 0.995, first_step=0)
    state = TrainingState(
        codec,
        optimiser,
        average,
        random=RandomState(rng),
        discriminator=Discriminator(discriminators, discriminator_optimiser),
    )
    state.resume(path)
    settings = LoopSettings(options.steps, rate=CosineRate(options.rate, options.steps), log_every=50)
    run_loop(state, learn, settings, path)
    state.averaged()


def adversarial_step(
    codec: XsFoaVae,
    discriminators: LevelDiscriminators,
    loss_of: CodecLoss,
    optimisers: tuple[torch.optim.Optimizer, torch.optim.Optimizer],
    foa: Tensor,
    weight: float,
    matching: float,
) -> tuple[float, float, float, float]:
    """Descend once on AmbiX (B, 4, N), first the discriminators, then the decoder; returns what is logged."""
    with torch.no_grad():
        spectra = codec.analysis.spectra(foa)
        bands = codec.analysis.spatial_bands(spectra)
        envelope = codec.analysis.envelope(foa[:, 0])
        mean, log_variance = codec.posterior(codec.features(foa, spectra, bands), codec.given(foa, spectra, bands))
    with torch.autocast(foa.device.type, dtype=torch.bfloat16):
        codes = mean + torch.randn_like(mean) * torch.exp(0.5 * log_variance)
        frames = codec.predict_frames(codes)
    frames = frames.in_float32()
    total = loss_of(spectra, bands, envelope, frames, mean, log_variance).total
    heard = [total.item(), 0.0, 0.0, 0.0]
    if weight:
        made, real = made_w(codec, frames, codec.tone(codes)), foa[:, 0, FFT_SIZE - HOP :]
        # Half of the clip is enough to judge and costs half.
        begin = int(torch.randint(0, made.shape[-1] // 2, (1,)))
        made, real = (v[:, begin : begin + made.shape[-1] // 2] for v in (made, real))
        with torch.autocast(foa.device.type, dtype=torch.bfloat16):
            discriminated = discriminator_loss(discriminators(real), discriminators(made.detach()))
        descend(discriminated, optimisers[1], discriminators.parameters(), LARGEST_NORM)
        with torch.autocast(foa.device.type, dtype=torch.bfloat16):
            fake = discriminators(made)
            with torch.no_grad():
                true = discriminators(real)
        fooled, alike = adversarial_loss(fake), feature_matching_loss(true, fake)
        total = total + weight * fooled + weight * matching * alike
        heard[1:] = [discriminated.item(), fooled.item(), alike.item()]
    descend(total, optimisers[0], [p for p in codec.parameters() if p.requires_grad], LARGEST_NORM)
    return heard[0], heard[1], heard[2], heard[3]


def made_w(codec: XsFoaVae, frames: CodecFrames, tone: Tone | None) -> Tensor:
    """Return W (B, 480 T - 1440) as the decoder would make it of frames, without its first, half-overlapped samples."""
    magnitude = torch.exp(frames.log_magnitude.clamp(max=7.5)) * codec.audible
    nothing = magnitude.new_zeros(len(magnitude), 3, *magnitude.shape[1:])
    # Another stretch of the excitation each time: the decoder must not memorise one noise.
    state = codec.synthesis.initial_state(len(magnitude), magnitude)
    start = int(torch.randint(0, 1_024, (1,)))
    state = replace(state, frame=state.frame + start)
    return codec.synthesis.step(magnitude, frames.envelope, nothing, nothing, state, tone)[0][:, 0, FFT_SIZE - HOP :]
