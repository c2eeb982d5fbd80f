"""Stage 1 for S, M and L: fine-tune an Oobleck codec on AmbiX scenes, as Stable Audio's VAE was trained.

It begins with what `import-vae` made: a stereo codec widened to four channels, which has never heard height or back.
Encoder and decoder learn together, against discriminators of all four channels (oobleck_loss.py). Every run ends with
the averaged weights in `--out`; their latents get zero mean and unit variance over the scenes, as a generator takes
them.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from engine.contract.conventions import FOA_CHANNELS
from engine.contract.errors import InvalidInputError
from engine.files.apart import keep_apart, weights_of
from engine.model.codec.oobleck import OobleckFoaVae
from engine.model.weights.checkpoint import load_folder_codec, save_codec
from engine.model.weights.hashing import file_sha256
from engine.scenes.store import SceneStore
from engine.training.codec.discriminator import DiscriminatorSpec
from engine.training.codec.oobleck_loss import FFT_SIZES, OobleckTraining
from engine.training.codec.train import draw_batch
from engine.training.loop.begun_with import folder_begun_with
from engine.training.loop.checkpointing import STATE_FILE, WeightAverage
from engine.training.loop.fitting import LoopSettings, Metrics, TrainingState, run_loop
from engine.training.loop.options import RunOptions, add_run_options, read_options, require_at_least, stage_parser
from engine.training.loop.random_state import RandomState
from engine.training.loop.rate import CosineRate

_DISCRIMINATOR_RATE = 2.0
"""Their learning rate against the codec's at its peak (stable_audio_2_0_vae.json: 3e-4 and 1.5e-4)."""
_PROBED = 200
"""Scenes over which the latents' means and variances are taken, at most."""
_SHORTEST = FFT_SIZES[0]
_LOG_EVERY = 50


@dataclass(frozen=True, kw_only=True)
class OobleckOptions(RunOptions):
    """Options of `train codec-oobleck`; `start` is a folder with the codec to begin with, `out` gets the new one.

    `batch` counts clips of `latents` latents each; `filters` are those of the discriminators, 0 is none.
    """

    start: Path
    out: Path
    total_steps: int = 20_000
    batch: int = 8
    latents: int = 32
    filters: int = 64
    rate: float = 1.5e-4

    def __post_init__(self) -> None:
        """Raise InvalidInputError for numbers that no run can have."""
        super().__post_init__()
        require_at_least(self, 1, "batch", "latents")
        require_at_least(self, 0, "filters")


def main(argv: list[str]) -> None:
    """Run `train codec-oobleck`."""
    parser = stage_parser("codec-oobleck", __doc__)
    add_run_options(parser)
    parser.add_argument("--start", type=Path, required=True, help="folder with the codec of 'import-vae'")
    parser.add_argument("--out", type=Path, required=True, help="folder for the new codec.safetensors")
    parser.add_argument("--batch", type=int, help="clips per step")
    parser.add_argument("--latents", type=int, help="length of a clip in latents (25 per second)")
    parser.add_argument("--filters", type=int, help="width of the discriminators; 0: without them")
    options = read_options(parser, argv, OobleckOptions)
    keep_apart([options.out / "codec.safetensors"], {"file to begin with": weights_of(options.start)})
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    codec = load_folder_codec(options.start, options.device)
    if not isinstance(codec, OobleckFoaVae):
        raise InvalidInputError(f"{options.start} holds XS's codec, not Oobleck: use 'train codec' for that.")
    store = SceneStore(options.runs / "scenes")
    folder = folder_begun_with(options.runs / "codec-oobleck", file_sha256(options.start / "codec.safetensors"))
    steps = fit(codec, store, options, folder / STATE_FILE)
    normalise(codec.eval().requires_grad_(False), store, range(0, len(store.scenes), -(-len(store.scenes) // _PROBED)))
    save_codec(options.out / "codec.safetensors", codec, note=f"Oobleck, {steps} steps on AmbiX scenes")
    print(f"{options.out / 'codec.safetensors'}: {steps} steps", flush=True)


def fit(codec: OobleckFoaVae, store: SceneStore, options: OobleckOptions, path: Path) -> int:
    """Train until the steps or the minutes are over; the codec ends with the averaged weights. Returns the step.

    Raises InvalidInputError if clips of so many latents are too short for the loss or longer than the scenes.
    """
    length = options.latents * codec.latent_samples
    if not _SHORTEST <= length <= store.samples:
        fewest, most = -(-_SHORTEST // codec.latent_samples), store.samples // codec.latent_samples
        raise InvalidInputError(f"--latents {options.latents} does not fit the scenes: choose {fewest} to {most}.")
    discriminator = DiscriminatorSpec(FOA_CHANNELS, options.filters) if options.filters else None
    training = OobleckTraining(
        codec, discriminator, learning_rate=options.rate, discriminator_rate=_DISCRIMINATOR_RATE * options.rate
    )
    rng = np.random.default_rng(1)
    average = WeightAverage(codec)
    state = TrainingState(
        codec, training.optimiser, average, random=RandomState(rng), discriminator=training.discriminator
    )
    state.resume(path)

    def learn(step: int) -> Metrics:
        foa = draw_batch(store, rng, options.batch, length)
        return asdict(training.step(torch.from_numpy(foa).to(codec.latent_mean.device)))

    rate = CosineRate(options.rate, options.total_steps)
    run_loop(state, learn, LoopSettings(options.total_steps, options.minutes, rate, _LOG_EVERY), path)
    state.averaged()
    return state.step


@torch.no_grad()
def normalise(codec: OobleckFoaVae, store: SceneStore, indices: Sequence[int]) -> None:
    """Set the codec's `latent_mean` and `latent_std` to those of its latents over scenes of a store."""
    raw = []
    for index in indices:
        foa = torch.from_numpy(store.foa(store.scenes[index]))[None].to(codec.latent_mean.device)
        whole = foa.shape[-1] // codec.latent_samples * codec.latent_samples
        raw.append(codec.posterior(foa[..., :whole])[0][0])
    latents = torch.cat(raw)
    codec.latent_mean.copy_(latents.mean(0))
    codec.latent_std.copy_(latents.std(0).clamp(min=1e-6))


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
