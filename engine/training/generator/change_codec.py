"""Carry a generator over to another codec: its first and last layers are rewritten for the new latents.

Both codecs encode the same scenes; least squares maps the latents of each to the other's. What was learned
about words, films and time stays; `train generator` has to learn what only the new latents can express.
"""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from engine.contract.errors import CheckpointError
from engine.files.apart import keep_apart, weights_of
from engine.files.staging import whole_file
from engine.model.codec.foa_vae import AnyFoaVae
from engine.model.generator.generator import Generator
from engine.model.weights.checkpoint import load_folder_codec, load_model, save_generator
from engine.scenes.store import SceneStore
from engine.training.generator.start import take_fitting
from engine.training.loop.options import StageParser
from engine.training.pool.scene_sound import scene_foa

_RIDGE = 1e-3


@dataclass(frozen=True)
class AffineMap:
    """x -> x `matrix` + `offset`; (N, A) to (N, B)."""

    matrix: Tensor
    offset: Tensor

    @classmethod
    def fitted(cls, given: Tensor, wanted: Tensor) -> "AffineMap":
        """Return the ridge regression of wanted (N, B) on given (N, A)."""
        x, y = given.double() - given.double().mean(0), wanted.double() - wanted.double().mean(0)
        normal = x.T @ x + _RIDGE * len(x) * torch.eye(x.shape[1], dtype=torch.float64)
        matrix = torch.linalg.solve(normal, x.T @ y)
        return cls(matrix.float(), (wanted.double().mean(0) - given.double().mean(0) @ matrix).float())


def main(argv: list[str]) -> None:
    """Run `train change-codec`."""
    parser = StageParser(prog="train change-codec", description=__doc__)
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--start", type=Path, required=True, help="checkpoint folder with the generator and its codec")
    parser.add_argument("--codec", type=Path, required=True, help="folder of the new codec.safetensors")
    parser.add_argument("--out", type=Path, required=True, help="folder for both")
    parser.add_argument("--scenes", type=int, default=100)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args(argv)
    codec_file = args.codec / "codec.safetensors"
    is_elsewhere = args.out.resolve() != args.codec.resolve()
    written = [args.out / "generator.safetensors", args.out / codec_file.name if is_elsewhere else None]
    keep_apart(written, {"file to start from": weights_of(args.start), "new codec": codec_file})
    torch.set_num_threads(args.threads)
    start, codec = load_model(args.start), load_folder_codec(args.codec)
    if start.generator.spec.distilled_steps:
        raise CheckpointError(f"{args.start} has no undistilled generator: carry over the one it was distilled from.")
    store = SceneStore(args.runs / "scenes")
    step = max(len(store.scenes) // args.scenes, 1)
    with torch.inference_mode():
        sounds = [scene_foa(store, index) for index in range(0, len(store.scenes), step)]
        old, new = (torch.cat([in_time(c, foa)[0] for foa in sounds]) for c in (start.codec, codec))
    carried = carry(start.generator, AffineMap.fitted(new, old), AffineMap.fitted(old, new))
    args.out.mkdir(parents=True, exist_ok=True)
    save_generator(args.out / "generator.safetensors", carried, note="carried over to another codec, not yet fitted")
    if is_elsewhere:
        with whole_file(args.out / codec_file.name) as staged:
            shutil.copyfile(codec_file, staged)


def in_time(codec: AnyFoaVae, foa: Tensor) -> Tensor:
    """Return the latents (B, T, D) that are heard as AmbiX (B, 4, T * 1920) is, whatever the codec's delay.

    Of the end a delay's length is missing: the last latent or two say silence.
    """
    return codec.encode(nn.functional.pad(foa[..., codec.delay_samples :], (0, codec.delay_samples)))


@torch.no_grad()
def carry(generator: Generator, to_old: AffineMap, to_new: AffineMap) -> Generator:
    """Return a generator on new latents that reads them through `to_old` and writes its velocities through `to_new`."""
    carried = Generator(replace(generator.spec, latent_dim=len(to_old.matrix)))
    take_fitting(carried, generator)
    _read_through(carried.history.embed, generator.history.embed, to_old)
    _read_through(carried.dit.embed, generator.dit.embed, to_old)
    # A velocity is a difference of latents: the offset stays out of it.
    carried.dit.velocity.weight.copy_(to_new.matrix.T @ generator.dit.velocity.weight)
    carried.dit.velocity.bias.copy_(generator.dit.velocity.bias @ to_new.matrix)
    return carried


def _read_through(layer: nn.Linear, before: nn.Linear, to_old: AffineMap) -> None:
    layer.weight.copy_(before.weight @ to_old.matrix.T)
    layer.bias.copy_(before.bias + before.weight @ to_old.offset)


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
