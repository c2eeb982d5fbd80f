"""Does the picture alone place the sound? Takes of held-out films, without words and without a direction.

A film is a held-out panorama with a held-out cut-out at the scene's single source (synthetic). Every film is
used twice, the second time turned to the left by 90 degrees: the generated field has to turn with it.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import CONDITIONING_FPS, CONDITIONING_FRAME_SIZE, PATCH_S
from engine.contract.directions import angle_between
from engine.contract.errors import InvalidInputError
from engine.contract.generation import PatchSource
from engine.evaluation.measures.direction import clip_direction
from engine.evaluation.probes.direction import median_interval_deg
from engine.evaluation.probes.takes import generate_film_take
from engine.model.streaming.streamer import load_patch_source
from engine.scenes.pictures import load_picture_bank, render_frames
from engine.scenes.store import SceneStore, StoredScene
from engine.scenes.turning import angle_of, rotation, turn_frames
from engine.training.generator.features import PATCHES
from engine.training.loop.options import StageParser

_QUARTER_COLUMNS = CONDITIONING_FRAME_SIZE[0] // 4
_WITHIN_DEG = 30.0


@dataclass(frozen=True)
class FilmTake:
    """Angles in degrees for one film; a silent take counts as 180.

    They are between sound and thing in the film, the same after the turn, and between the sound and its expected
    direction after the turn.
    """

    sound_class: str
    error_deg: float
    turned_error_deg: float
    turn_error_deg: float


def main(argv: list[str]) -> None:
    """Run `train film-eval`."""
    parser = StageParser(prog="train film-eval", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--checkpoint", type=Path, help="checkpoint folder (default: the shipped one)")
    parser.add_argument("--takes", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args(argv)
    bank = load_picture_bank(args.data, held_out=True)
    source = load_patch_source(args.checkpoint, threads=args.threads)
    scenes = [s for s in SceneStore(args.runs / "scenes-held-out").scenes if shows_its_source(s)][: args.takes]
    if not scenes:
        raise InvalidInputError(f"No held-out scene in {args.runs} shows its only source: run 'train compose' first.")
    patches = min(round(args.seconds / PATCH_S), PATCHES)
    takes = []
    for seed, scene in enumerate(scenes):
        frames = render_frames(bank, scene.sources, PATCHES, np.random.default_rng(seed))
        takes.append(measured(source, scene, frames, patches, seed))
        print(takes[-1], flush=True)
    print(json.dumps(summary(takes)), flush=True)


def shows_its_source(scene: StoredScene) -> bool:
    """Whether the scene has one source, with a place, in the picture."""
    return len(scene.sources) == 1 and scene.placed and scene.sources[0].on_screen


def measured(source: PatchSource, scene: StoredScene, frames: NDArray[np.uint8], patches: int, seed: int) -> FilmTake:
    """Generate a film's sound twice, the second time with the film turned to the left by 90 degrees."""
    path = scene.sources[0].path
    assert path is not None
    true = path[:patches].mean(0)
    turned_frames = turn_frames(frames, _QUARTER_COLUMNS)
    shown = direction_of_take(source, frames, patches, seed)
    turned = direction_of_take(source, turned_frames, patches, seed)
    left = rotation(angle_of(_QUARTER_COLUMNS))
    return FilmTake(
        scene.sources[0].sound_class,
        _apart_deg(shown, true),
        _apart_deg(turned, left @ true),
        _apart_deg(turned, left @ shown),
    )


def direction_of_take(source: PatchSource, frames: NDArray[np.uint8], patches: int, seed: int) -> NDArray[np.float64]:
    """Return the direction (3,) of what is generated for frames (F, 128, 256, 3); zero if it is silent."""
    shown = [min(int(p * PATCH_S * CONDITIONING_FPS + 1e-9), len(frames) - 1) for p in range(patches)]
    return clip_direction(generate_film_take(source, [(index, frames[index]) for index in shown], seed))


def summary(takes: list[FilmTake]) -> dict[str, float]:
    """Return medians, shares within 30 degrees and a 95 % bootstrap interval of the first median."""
    own = np.array([t.error_deg for t in takes])
    turned = np.array([t.turned_error_deg for t in takes])
    turn = np.array([t.turn_error_deg for t in takes])
    low, high = median_interval_deg(own)
    return {
        "takes": len(takes),
        "median_deg": round(float(np.median(own)), 1),
        "median_low_deg": round(low, 1),
        "median_high_deg": round(high, 1),
        "within_30": round(float(np.mean(own < _WITHIN_DEG)), 3),
        "turned_median_deg": round(float(np.median(turned)), 1),
        "turns_along_within_30": round(float(np.mean(turn < _WITHIN_DEG)), 3),
    }


def _apart_deg(found: NDArray[np.float64], wanted: NDArray[np.float64]) -> float:
    if not (found.any() and wanted.any()):
        return 180.0
    return float(np.rad2deg(angle_between(found, wanted)))


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
