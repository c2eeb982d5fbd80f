"""Stage 2: turn the pool of scenes into the generator's training data, once.

For every scene and every turn of it: latents of the codec, the path, captions before and after the scene's change that
fit the turn, and (for some scenes) the film's features. A turn is a multiple of a grid cell, so that turning the film
is rolling its features, exactly.
"""

import json
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import load_file

from engine.ambisonics.rotation import turn_left
from engine.contract.errors import CheckpointError
from engine.corpus.frames import SceneFrames
from engine.model.codec.foa_vae import AnyFoaVae
from engine.model.conditioning.prompt_encoder import PromptEncoder
from engine.model.conditioning.svac import GRID_COLUMNS
from engine.model.conditioning.text import TEXT_DIM, TextEncoder
from engine.model.conditioning.video import VideoFeatures
from engine.model.weights.checkpoint import load_folder_codec, load_model
from engine.model.weights.tensor_file import write_tensors
from engine.scenes.composer import SceneSource, caption_of, heard_between
from engine.scenes.pictures import load_picture_bank, render_frames
from engine.scenes.store import SceneStore, StoredScene
from engine.scenes.turning import rotation
from engine.training.generator.emphasis import draw_weight
from engine.training.loop.options import StageParser

BLOCK_SCENES = 100
CAPTIONS = 3
"""Wordings of every prompt; a row of the features has as many before and as many after its change."""
PATCHES = 50
_DOMINANT_ALONE = 1 / 3


def main(argv: list[str]) -> None:
    """Run `train features`."""
    parser = StageParser(prog="train features", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--codec", type=Path, help="checkpoint folder with codec.safetensors")
    parser.add_argument("--turns", type=int, default=4)
    parser.add_argument("--film-share", type=float, default=0.5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--from", dest="earlier", type=Path, help="features of an earlier codec: only latents are made")
    parser.add_argument("--reword", action="store_true", help="make new captions in existing features")
    parser.add_argument(
        "--sounds", type=Path, help="checkpoint to whose known sounds captions are mapped, as prompts are"
    )
    parser.add_argument("--held-out", action="store_true", help="the held-out scenes, into features-held-out")
    parser.add_argument("--part", default="0/1", help="K/N: do every N-th block only, starting with K")
    args = parser.parse_args(argv)
    torch.set_num_threads(args.threads)
    part, parts = (int(v) for v in args.part.split("/"))
    codec = load_folder_codec(args.codec)
    text, video = reader_of(args.sounds), VideoFeatures()
    pictures = load_picture_bank(args.data, held_out=args.held_out)
    side = "-held-out" if args.held_out else ""
    store = SceneStore(args.runs / f"scenes{side}")
    real_films = SceneFrames(args.runs / f"scenes{side}")
    folder = args.runs / f"features{side}"
    folder.mkdir(parents=True, exist_ok=True)
    blocks = -(-len(store.scenes) // BLOCK_SCENES)
    for block in range(part, blocks, parts):
        path = folder / f"block-{block:03d}.safetensors"
        began = time.monotonic()
        if path.is_file():
            if args.reword:
                reword(path, text, store, block)
                print(f"block {block + 1}/{blocks} reworded: {time.monotonic() - began:.0f} s", flush=True)
            continue
        if args.earlier is not None and (earlier := args.earlier / path.name).is_file():
            write_tensors(path, encoded_again(codec, store, block, load_file(earlier)), metadata_of(earlier))
            print(f"block {block + 1}/{blocks}: {time.monotonic() - began:.0f} s", flush=True)
            continue
        rng = np.random.default_rng(block)
        tensors: dict[str, list[torch.Tensor]] = {}
        films: list[torch.Tensor] = []
        captions: list[str] = []
        for index in range(block * BLOCK_SCENES, min((block + 1) * BLOCK_SCENES, len(store.scenes))):
            scene = store.scenes[index]
            film = None
            frames, wanted = real_films.frames(scene), rng.random() < args.film_share
            if frames is not None or wanted:
                if frames is None:
                    frames = render_frames(pictures, scene.sources, PATCHES, rng, varied=not args.held_out)
                film = video.sequence(torch.from_numpy(frames))
                films.append(film)
            foa = torch.from_numpy(store.foa(scene))
            active = draw_weight(foa, scene.sources)
            for turn in range(args.turns):
                cells = int(rng.integers(GRID_COLUMNS)) if turn else 0
                angle = 2 * np.pi * cells / GRID_COLUMNS
                moved = turned_sources(scene.sources, angle)
                words = prompts_of(scene, moved, rng)
                captions += words.before + words.after
                way, placed = dominant_path(scene, moved)
                entry = {
                    "latents": latents_of(codec, foa, cells),
                    "active": torch.tensor(active),
                    "path": torch.from_numpy(way).float(),
                    "placed": torch.from_numpy(placed).float(),
                    "change": torch.tensor(words.change),
                    "film": torch.tensor(-1 if film is None else len(films) - 1),
                    "roll": torch.tensor(-cells),
                }
                for key, value in entry.items():
                    tensors.setdefault(key, []).append(value)
        stacked = {key: torch.stack(values) for key, values in tensors.items()}
        stacked["text"] = embedded(text, captions)
        longest = max((f.shape[0] for f in films), default=1)
        stacked["films"] = (
            torch.stack([f.expand(longest, -1, -1, -1) for f in films]).half() if films else torch.zeros(0)
        )
        write_tensors(path, stacked, {"captions": json.dumps(captions)})
        print(f"block {block + 1}/{blocks}: {time.monotonic() - began:.0f} s", flush=True)


def reader_of(folder: Path | None) -> PromptEncoder:
    """Return an encoder of captions that maps them to the known sounds of a checkpoint folder (None: no mapping).

    Raises CheckpointError if the folder has none.
    """
    if folder is None:
        return PromptEncoder(TextEncoder())
    sounds = load_model(folder).sounds
    if sounds is None:
        raise CheckpointError(f"{folder} has no sounds.safetensors: run 'train vocabulary' to make it.")
    return PromptEncoder(TextEncoder(), sounds)


def latents_of(codec: AnyFoaVae, foa: torch.Tensor, cells: int) -> torch.Tensor:
    """Return latents (T, D) in half precision of AmbiX (4, N) turned left by grid cells, without the codec's delay."""
    turned = torch.from_numpy(turn_left(foa.numpy(), 2 * np.pi * cells / GRID_COLUMNS))
    turned = torch.nn.functional.pad(turned[:, codec.delay_samples :], (0, codec.delay_samples))
    with torch.inference_mode():
        return codec.encode(turned[None])[0].half()


def metadata_of(path: Path) -> dict[str, str] | None:
    """Return the metadata of a block: its captions."""
    with safe_open(path, framework="pt") as file:
        metadata: dict[str, str] | None = file.metadata()
    return metadata


def encoded_again(
    codec: AnyFoaVae, store: SceneStore, block: int, tensors: dict[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """Return a block's tensors with the latents of another codec; films, captions and turns stay."""
    scenes = store.scenes[block * BLOCK_SCENES : (block + 1) * BLOCK_SCENES]
    cells = (-tensors["roll"]).reshape(len(scenes), -1).tolist()
    latents, active = [], []
    for scene, turns in zip(scenes, cells, strict=True):
        foa = torch.from_numpy(store.foa(scene))
        latents += [latents_of(codec, foa, turn) for turn in turns]
        active += [draw_weight(foa, scene.sources)] * len(turns)
    return tensors | {"latents": torch.stack(latents), "active": torch.tensor(active)}


def reword(path: Path, text: PromptEncoder, store: SceneStore, block: int) -> None:
    """Give a block's file new captions; the rest stays. The file is replaced when the new one is complete."""
    tensors = load_file(path)
    scenes = store.scenes[block * BLOCK_SCENES : (block + 1) * BLOCK_SCENES]
    cells = (-tensors["roll"]).reshape(len(scenes), -1).tolist()
    rng = np.random.default_rng([block, 1])
    captions: list[str] = []
    for scene, turns in zip(scenes, cells, strict=True):
        for turn in turns:
            words = prompts_of(scene, turned_sources(scene.sources, 2 * np.pi * turn / GRID_COLUMNS), rng)
            captions += words.before + words.after
    write_tensors(path, tensors | {"text": embedded(text, captions)}, {"captions": json.dumps(captions)})


def embedded(text: PromptEncoder, captions: list[str]) -> torch.Tensor:
    """Return the sentence embeddings (N, 384) of captions in half precision."""
    # Lines of similar length together: a batch is padded to its longest.
    order = sorted(range(len(captions)), key=lambda index: len(captions[index]))
    rows = [text.encode([captions[index] for index in order[i : i + 64]]) for i in range(0, len(order), 64)]
    embeddings = torch.empty(len(captions), TEXT_DIM)
    embeddings[order] = torch.cat(rows)
    return embeddings.half()


@dataclass(frozen=True)
class Prompts:
    """Captions in several wordings before and after the patch `change`; PATCHES if nothing changes."""

    before: list[str]
    after: list[str]
    change: int


def turned_sources(sources: tuple[SceneSource, ...], angle: float) -> list[SceneSource]:
    """Return sources with their paths turned to the left."""
    matrix = rotation(angle).T
    return [replace(s, path=None if s.path is None else s.path @ matrix) for s in sources]


def segments_of(scene: StoredScene) -> tuple[int, list[tuple[int, int]]]:
    """Return the patch of the scene's change (PATCHES for none) and the patches before and after it."""
    change = scene.schedule[1].patch if len(scene.schedule) > 1 else PATCHES
    return change, [(0, change), (change, PATCHES) if change < PATCHES else (0, PATCHES)]


def prompts_of(scene: StoredScene, sources: list[SceneSource], rng: np.random.Generator) -> Prompts:
    """Return new captions for sources after the turn.

    In scenes without a change a third of the captions describes the dominant source alone.
    """
    change, segments = segments_of(scene)
    wordings: list[list[str]] = []
    for first, stop in segments:
        spoken = heard_between(sources, first, stop)
        counts = [1 if change == PATCHES and rng.random() < _DOMINANT_ALONE else len(spoken) for _ in range(CAPTIONS)]
        wordings.append([caption_of(spoken[:count], first, stop, scene.room, rng) for count in counts])
    return Prompts(wordings[0], wordings[1], change)


def dominant_path(scene: StoredScene, sources: list[SceneSource]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where the dominant source is (PATCHES, 3) and whether it is anywhere (PATCHES,), over the change."""
    path, placed = np.zeros((PATCHES, 3)), np.zeros(PATCHES)
    for first, stop in segments_of(scene)[1]:
        spoken = heard_between(sources, first, stop)
        if spoken and spoken[0].path is not None:
            path[first:stop], placed[first:stop] = spoken[0].path[first:stop], 1.0
    return path, placed


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
