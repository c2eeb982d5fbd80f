"""The project's own held-out set: scenes of sounds, panoramas and cut-outs never used for training, by seed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.contract.conventions import PATCH_SAMPLES
from engine.contract.errors import InvalidInputError

if TYPE_CHECKING:
    from engine.evaluation.suite.reference_files import Reference
    from engine.scenes.composer import Scene
    from engine.scenes.pictures import PictureBank
    from engine.scenes.rooms import RoomBank
    from engine.scenes.sound_bank import SoundBank

_SEEDS_A_SET = 1_000_003
_MOST_TRIES_A_SCENE = 50


@dataclass(frozen=True, eq=False)
class HeldOutSplit:
    """The ingredients of held-out scenes, and the held-out files; `pictures` is None if that side has none."""

    bank: "SoundBank"
    rooms: "RoomBank | None"
    pictures: "PictureBank | None"
    files: frozenset[Path]

    def known(self, path: Path) -> bool:
        """Return whether a sound file (absolute path) may have been trained on: any that is not held out here."""
        return path not in self.files


def load_held_out(data: Path, cache: Path, rooms: int, progress: Callable[[float], None]) -> HeldOutSplit:
    """Read a data folder; decoded sounds and rooms are made in `cache` if they do not exist yet.

    Raises InvalidInputError if the folder has no sounds.tsv.
    """
    from engine.scenes.ingredients import load_ingredients
    from engine.scenes.pictures import load_picture_bank

    bank, made = load_ingredients(data, cache, rooms, progress)
    pictures = None
    if (data / "panoramas.tsv").is_file() and (data / "cutouts.tsv").is_file():
        pictures = load_picture_bank(data, held_out=True)
    # A class without a cut-out is drawn as one without a class, so there has to be one.
    drawable = pictures is not None and pictures.panoramas and pictures.cutouts.get("")
    files = frozenset((data / sound.path).resolve() for sound in bank.split(held_out=True))
    return HeldOutSplit(bank, made, pictures if drawable else None, files)


def held_out_scenes(side: HeldOutSplit, count: int, seed: int, seconds: float) -> "Iterator[Reference]":
    """Compose scenes one by one. The same seed gives the same ones, and a longer set begins with the shorter one.

    Every scene has a dominant source at a place and one prompt that holds to its end. Raises InvalidInputError if
    the data has no sounds on the held-out side.
    """
    from engine.scenes.composer import SceneComposer
    from engine.scenes.options import SceneOptions

    options = SceneOptions(seconds=seconds, held_out=True, change=0.0)
    composer = SceneComposer(side.bank, options, side.rooms)
    made = 0
    for number in range(count * _MOST_TRIES_A_SCENE):
        scene_seed = seed * _SEEDS_A_SET + number
        path_of_first = composer.plan(scene_seed).sources[0].path
        if path_of_first is None:
            continue
        reference = _reference(composer.compose(scene_seed), side.pictures, scene_seed)
        # A clip may be silent after cutting: there would be nothing to compare a take with.
        if not reference.sources[0].active.any():
            continue
        yield reference
        made += 1
        if made == count:
            return
    raise InvalidInputError(
        f"Only {made} of {count} scenes have a source with a direction: add sounds to the data, or ask for fewer clips."
    )


def _reference(scene: "Scene", pictures: "PictureBank | None", seed: int) -> "Reference":
    from engine.evaluation.suite.reference_files import PlacedSource, Reference
    from engine.scenes.pictures import render_frames

    patches = scene.foa.shape[1] // PATCH_SAMPLES
    placed = tuple(
        PlacedSource(source.path, np.ones(patches, bool) if source.active is None else np.asarray(source.active, bool))
        for source in scene.sources
        if source.path is not None
    )
    frames = None
    if pictures is not None:
        frames = render_frames(pictures, scene.sources, patches, np.random.default_rng(seed))
    return Reference(scene.foa, placed, scene.caption, frames)
