"""`train rank-fit`: fit the scorer of takes (engine/evaluation/ranking) to scenes, and check it on held-out ones.

Every scene gives two halves. The words for a half are the mean embedding of several new captions of its sounds, so that
no single wording counts. The check: given a held-out half and two captions, its own and another scene's, how
often does the scorer prefer its own; and the same with directions, the true one and that of another scene.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from engine.contract.conventions import PATCH_SAMPLES
from engine.evaluation.ranking.features import clip_features
from engine.evaluation.ranking.model import RankModel, fit_rank_model, load_rank_model, save_rank_model
from engine.evaluation.ranking.rank import ScoreRequest, score
from engine.files.apart import files_of, keep_apart
from engine.scenes.composer import SceneSource, caption_of, heard_between
from engine.scenes.store import SceneStore, StoredScene
from engine.training.loop.options import StageParser

FILE = "rank.safetensors"
_WORDINGS = 4
_AT_ONCE = 64
_AUDIBLE_POWER = 1e-6

EncodeText = Callable[[list[str]], NDArray[np.floating]]
"""Texts to sentence embeddings (T, 384)."""


@dataclass(frozen=True, eq=False)
class LabelledHalf:
    """A stretch of a scene: its position, its sounds and the path of its dominant source (P, 3), if it has one."""

    scene: StoredScene
    first: int
    stop: int
    sources: tuple[SceneSource, ...]
    path: NDArray[np.float64] | None


def main(argv: list[str]) -> None:
    """Run `train rank-fit`."""
    parser = StageParser(prog="train rank-fit", description=__doc__)
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--scenes", type=int, default=400, help="scenes to fit to, spread over all")
    parser.add_argument(
        "--also",
        type=Path,
        help="a folder with more scenes, all of which count (RUNS/stage1: clips as they are)",
    )
    parser.add_argument("--held-out", type=int, default=60, help="held-out scenes to check with")
    parser.add_argument("--out", type=Path, help="the file to write (default: rank/rank.safetensors in --runs)")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args(argv)
    torch.set_num_threads(args.threads)
    from engine.model.conditioning.text import TextEncoder

    encoder = TextEncoder()

    def encode(texts: list[str]) -> NDArray[np.floating]:
        parts = [encoder.encode(texts[i : i + _AT_ONCE]).numpy() for i in range(0, len(texts), _AT_ONCE)]
        return np.concatenate(parts)

    path = args.out or args.runs / "rank" / FILE
    scenes = [args.runs / "scenes", args.runs / "scenes-held-out", *(() if args.also is None else (args.also,))]
    keep_apart([path], {"file of scenes": [file for folder in scenes for file in files_of(folder, "**/*")]})
    held_out = args.runs / "scenes-held-out"
    checked_with = SceneStore(held_out) if held_out.is_dir() else None
    shares = [(SceneStore(args.runs / "scenes"), args.scenes)]
    if args.also is not None:
        also = SceneStore(args.also / "scenes")
        shares.append((also, len(also.scenes)))
    fit(shares, encode, path)
    if checked_with is not None:
        print(json.dumps(check(load_rank_model(path), checked_with, args.held_out, encode), indent=1))


def fit(shares: list[tuple[SceneStore, int]], encode: EncodeText, path: Path) -> None:
    """Fit to so many scenes of each store and write the file."""
    halves = [(store, half) for store, count in shares for half in halves_of(store, count)]
    figures = np.stack([clip_features(sound_of(store, half)) for store, half in halves])
    embeddings = embeddings_of([half for _, half in halves], encode)
    classes = [half.sources[0].sound_class for _, half in halves]
    save_rank_model(path, fit_rank_model(figures, embeddings, classes))


def check(model: RankModel, store: SceneStore, count: int, encode: EncodeText) -> dict[str, float]:
    """Return how often the match of a held-out half is preferred to that of another half; chance is 0.5."""
    halves = halves_of(store, count)
    embeddings = embeddings_of(halves, encode, seed=1)
    rng = np.random.default_rng(0)
    words, places = [], []
    for index, half in enumerate(halves):
        foa = sound_of(store, half)
        other = _another(halves, half, rng)
        own, false = (score([foa], ScoreRequest(embeddings[i]), model)[0].semantic for i in (index, other))
        words.append(float(own > false) if own is not None and false is not None else 0.5)
        far = halves[other].path
        if half.path is not None and far is not None:
            near_score, far_score = (
                score([foa], ScoreRequest(path=path), model)[0].spatial for path in (half.path, far)
            )
            places.append(float((near_score or 0.0) > (far_score or 0.0)))
    return {
        "own_caption_preferred": round(float(np.mean(words)), 3),
        "captions": len(words),
        "own_direction_preferred": round(float(np.mean(places)), 3) if places else 0.0,
        "directions": len(places),
    }


def halves_of(store: SceneStore, count: int) -> list[LabelledHalf]:
    """Return the audible halves of `count` scenes spread over a store, each with what sounds in it."""
    found = []
    every = max(len(store.scenes) // count, 1)
    for scene in store.scenes[::every][:count]:
        patches = store.samples // PATCH_SAMPLES
        for first, stop in ((0, patches // 2), (patches // 2, patches)):
            heard = tuple(heard_between(scene.sources, first, stop))
            if not heard:
                continue
            path = None if heard[0].path is None else np.asarray(heard[0].path)[first:stop]
            half = LabelledHalf(scene, first, stop, heard, path)
            if np.mean(np.square(sound_of(store, half)[0])) > _AUDIBLE_POWER:
                found.append(half)
    return found


def sound_of(store: SceneStore, half: LabelledHalf) -> NDArray[np.float32]:
    """Return the AmbiX (4, N) of a half."""
    return store.foa(half.scene, half.first * PATCH_SAMPLES, (half.stop - half.first) * PATCH_SAMPLES)


def embeddings_of(halves: list[LabelledHalf], encode: EncodeText, seed: int = 0) -> NDArray[np.float64]:
    """Return mean embeddings (H, 384) of several captions of each half, of length one."""
    rng = np.random.default_rng(seed)
    captions = [
        caption_of(half.sources, half.first, half.stop, half.scene.room, rng)
        for half in halves
        for _ in range(_WORDINGS)
    ]
    mean = np.asarray(encode(captions), float).reshape(len(halves), _WORDINGS, -1).mean(axis=1)
    return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True))


def _another(halves: list[LabelledHalf], half: LabelledHalf, rng: np.random.Generator) -> int:
    """Return the number of a half whose dominant source is of another class."""
    others = [i for i, o in enumerate(halves) if o.sources[0].sound_class != half.sources[0].sound_class]
    return int(rng.choice(others)) if others else 0


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
