"""Give a fitted codec its partials and field codes: no weight changes, codes are added at the end of each latent.

What the codec coded before it still codes, with the same latents; the added ones are measured (`partials`,
`field_codes`) and need no fitting. Their centre and scale come from scenes, so that a generator sees them like the
others.
"""

from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from engine.contract.errors import CheckpointError
from engine.files.apart import keep_apart, weights_of
from engine.model.codec.xs import XsFoaVae
from engine.model.specs import CODES_PER_PARTIAL, FIELD_CODES
from engine.model.weights.checkpoint import load_folder_codec, save_codec
from engine.scenes.store import SceneStore
from engine.training.loop.options import StageParser
from engine.training.pool.scene_sound import scene_foa

_LEAST_SPREAD = 0.02
"""Limits the scale of codes that scenes hardly use."""


def main(argv: list[str]) -> None:
    """Run `train codec-partials`."""
    parser = StageParser(prog="train codec-partials", description=__doc__)
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--start", type=Path, help="checkpoint folder with the codec (default: the shipped one)")
    parser.add_argument("--out", type=Path, required=True, help="folder for the new codec.safetensors")
    parser.add_argument("--bands", type=int, default=24, help="bands with a partial each")
    parser.add_argument("--scenes", type=int, default=100, help="number of scenes for centre and scale")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args(argv)
    out = args.out / "codec.safetensors"
    keep_apart([out], {"codec to start from": weights_of(args.start)})
    torch.set_num_threads(args.threads)
    store, begun = SceneStore(args.runs / "scenes"), load_folder_codec(args.start)
    if not isinstance(begun, XsFoaVae) or begun.spec.added_codes:
        raise CheckpointError(f"{args.start} has no codec that partials can be added to: choose XS's without them.")
    codec = with_added_codes(begun, args.bands)
    step = max(len(store.scenes) // args.scenes, 1)
    with torch.inference_mode():
        sounds = (scene_foa(store, index) for index in range(0, len(store.scenes), step))
        latents = torch.cat([codec.encode(foa)[0] for foa in sounds])
    scale_added_codes(codec, latents)
    args.out.mkdir(parents=True, exist_ok=True)
    save_codec(out, codec, note=f"{args.bands} partials and the field's codes added, nothing fitted")
    print(f"Wrote {out}: {begun.latent_dim} + {codec.spec.added_codes} codes")


def with_added_codes(begun: XsFoaVae, bands: int, *, field: bool = True) -> XsFoaVae:
    """Return a codec with the weights of `begun` and, after its codes, those of `bands` partials and of the field.

    The added codes' centres are 0 and their scales 1.
    """
    added = CODES_PER_PARTIAL * bands + FIELD_CODES * field
    spec = replace(begun.spec, latent_dim=begun.latent_dim + added, partial_bands=bands, field_codes=field)
    codec = XsFoaVae(spec)
    state = begun.state_dict()
    state["code_mean"] = torch.cat([state["code_mean"], torch.zeros(added)])
    state["code_scale"] = torch.cat([state["code_scale"], torch.ones(added)])
    codec.load_state_dict(state)
    return codec.eval().requires_grad_(False)


def scale_added_codes(codec: XsFoaVae, latents: Tensor) -> None:
    """Set centre and scale of the added codes from latents (N, D) of scenes in which they are still 0 and 1.

    Each is worth as much to a generator as the learned ones are on average. Bands share their scales, so that a cent is
    a cent in all of them, and closed ones stay zero.
    """
    core, partials, _ = codec.spec.kinds
    worth = latents[:, codec.spec.given_codes : core].std(0).mean()
    places, shares = latents[:, core : core + partials].chunk(2, dim=1)
    field = latents[:, core + partials :]
    spread = [v.square().mean().sqrt().expand(v.shape[1]) for v in (places, shares)] + [field.std(0)]
    codec.code_mean[core + partials :] = field.mean(0)
    codec.code_scale[core:] = worth / torch.cat(spread).clamp(min=_LEAST_SPREAD)


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
