"""Stage 1c: align the film's embedding with the acoustic field (paper, "SVAC"). Resumable.

`--variant semantic` only uses other clips as negatives, as in the paper's ablation, and is not told the direction;
`plain` learns one linear map of the frame's pooled features, with no geometry; `contrast` is the paper's loss alone,
without the second head. If there are held-out features, the figures of those scenes are printed at the end.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from engine.contract.errors import InvalidInputError
from engine.files.staging import write_texts
from engine.model.conditioning.svac import EMBEDDING_CHANNELS, EMBEDDING_ROWS, GRID_COLUMNS, GRID_ROWS, SvacVideoEncoder
from engine.model.conditioning.video import VIDEO_CHANNELS
from engine.model.specs import PRESETS
from engine.model.weights.checkpoint import load_codec, load_generator
from engine.model.weights.precision import training_precision
from engine.model.weights.tensor_file import write_tensors
from engine.training.loop.checkpointing import STATE_FILE, WeightAverage
from engine.training.loop.fitting import LoopSettings, Metrics, TrainingState, descend, run_loop
from engine.training.loop.options import RunOptions, add_run_options, read_options, require_at_least, stage_parser
from engine.training.loop.random_state import RandomState
from engine.training.loop.rate import CosineRate
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
"""Hard negatives and the weight of the direction loss."""


class PlainVideo(nn.Module):
    """Pooled image features and one linear map: the baseline of SVAC."""

    def __init__(self) -> None:
        super().__init__()
        self.map = nn.Linear(VIDEO_CHANNELS, EMBEDDING_CHANNELS * EMBEDDING_ROWS * GRID_COLUMNS)

    def forward(self, video: Tensor) -> tuple[Tensor, Tensor]:
        """Return embeddings (N, 8, 4, 16) and uninformative logits (N, 8, 16)."""
        unit = nn.functional.normalize(self.map(video.mean((2, 3))).float(), dim=1)
        grid = unit.unflatten(1, (EMBEDDING_CHANNELS, EMBEDDING_ROWS, GRID_COLUMNS))
        return grid, unit.new_zeros(len(video), GRID_ROWS, GRID_COLUMNS) + 0.0 * unit.sum()


class SvacPair(nn.Module):
    """Both encoders, as one module to fit and save."""

    def __init__(self, variant: str, latent_dim: int, channels: int) -> None:
        super().__init__()
        self.video = PlainVideo() if variant == "plain" else SvacVideoEncoder(VIDEO_CHANNELS, channels)
        self.audio = SvacAudioEncoder(latent_dim)


@dataclass(frozen=True, kw_only=True)
class SvacOptions(RunOptions):
    """Options of `train svac`; `codec` is the checkpoint folder whose codec made the features."""

    codec: Path
    variant: str = "full"
    start: Path | None = None
    total_steps: int = 1000
    batch: int = 48
    rate: float = 2e-3

    def __post_init__(self) -> None:
        """Raise InvalidInputError for numbers that no run can have."""
        super().__post_init__()
        require_at_least(self, 1, "batch")
        if self.start is not None and self.variant == "plain":
            raise InvalidInputError("--start has nothing for the variant 'plain': leave it out.")

    @property
    def folder(self) -> Path:
        """The folder of this run's checkpoint, log and weights."""
        return self.runs / f"svac-{self.variant}"


def parse_options(argv: list[str]) -> SvacOptions:
    """Read the command line. Raises InvalidInputError."""
    parser = stage_parser("svac", __doc__)
    add_run_options(parser)
    parser.add_argument("--codec", type=Path, required=True, help="checkpoint folder whose codec made the features")
    parser.add_argument("--variant", choices=sorted(VARIANTS))
    parser.add_argument("--start", type=Path, help="begin with the film's encoder of this checkpoint folder")
    parser.add_argument("--batch", type=int, help="pairs of film and sound per step")
    return read_options(parser, argv, SvacOptions)


def main(argv: list[str]) -> None:
    """Run `train svac`."""
    options = parse_options(argv)
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    codec = load_codec(options.codec / "codec.safetensors")
    pair = SvacPair(options.variant, codec.latent_dim, PRESETS["XS"].svac_channels)
    if options.start is not None:
        begin_with(pair.video, options.start)
    average = fit(pair, options, PairPool(options.runs / "features", codec))
    pair.load_state_dict(average.values)
    pair.eval()
    write_tensors(options.folder / "svac.safetensors", pair.state_dict())
    held_out = options.runs / "features-held-out"
    if held_out.is_dir():
        figures = measure(pair.video, pair.audio, PairPool(held_out, codec)).as_dict()
        print(json.dumps(figures), flush=True)
        write_texts({options.folder / "figures.json": json.dumps(figures) + "\n"})


def begin_with(video: nn.Module, folder: Path) -> None:
    """Copy the film's encoder of a generator. Raises InvalidInputError if it has none of this size."""
    encoder = load_generator(folder / "generator.safetensors").conditions.svac
    weights = {} if encoder is None else encoder.state_dict()
    own = video.state_dict()
    if {k: v.shape for k, v in weights.items()} != {k: v.shape for k, v in own.items()}:
        raise InvalidInputError(f"The generator in {folder} has no film encoder of this size: leave out --start.")
    video.load_state_dict(weights)


def fit(pair: SvacPair, options: SvacOptions, pool: PairPool) -> WeightAverage:
    """Train until the steps or the minutes are over; returns the averaged weights."""
    device = torch.device(options.device)
    pair.to(device)
    optimiser = torch.optim.AdamW(pair.parameters(), lr=options.rate, betas=(0.9, 0.98), weight_decay=0.05)
    average = WeightAverage(pair, decay=0.99)
    state = TrainingState(pair, optimiser, average, random=RandomState())
    path = options.folder / STATE_FILE
    state.resume(path)
    negatives, where_weight = VARIANTS[options.variant]
    generator = torch.Generator()

    def learn(step: int) -> Metrics:
        generator.manual_seed(step)
        batch = pool.draw(options.batch, generator).to(device)
        with training_precision(device):
            e = embeddings(pair.video, pair.audio, batch)
            contrast = contrastive_loss(e, negatives)
            where = where_loss(e.where, batch.path, batch.placed)
        descend(contrast + where_weight * where, optimiser, pair.parameters(), 1.0)
        return {"contrast": contrast.detach(), "where": where.detach()}

    rate = CosineRate(options.rate, options.total_steps)
    run_loop(state, learn, LoopSettings(options.total_steps, options.minutes, rate, log_every=25), path)
    return average


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
