"""Reads a whole film as the model sees it. For a child process: it needs torch, and opens the film once more.

33 of 34 suggestions were right on 43 held-out films, of which 13 got none; 40 plain panoramas got none (all synthetic,
engine/training/LOG.md). Only what moves is suggested: of the rest, 1 of 11 was right.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch

from engine.contract.conventions import CONDITIONING_FPS
from engine.contract.errors import CheckpointError
from engine.contract.seen import SeenThing
from engine.contract.video import UPRIGHT, Pose, VideoInfo, pose_turn
from engine.model.conditioning.film_place import FilmPlace
from engine.model.conditioning.video import VideoFeatures
from engine.model.weights.checkpoint import load_model
from engine.runtime.seen.stretches import Sight, things_in
from engine.video.conditioning import ConditioningReader

NO_ENCODER = "This model cannot see where things are in a film: choose another one in the preferences."


def seen_in(
    info: VideoInfo, checkpoint: Path | None, horizon: Pose = UPRIGHT, tell: Callable[[float], None] = lambda _s: None
) -> Iterator[SeenThing]:
    """Yield what moves in a film, in directions of the scene, as soon as it is past. `tell` hears the time reached.

    Raises CheckpointError without an encoder of films in the weights, or MediaError if the film cannot be read.
    """
    encoder = load_model(checkpoint).generator.conditions.svac
    if encoder is None:
        raise CheckpointError(NO_ENCODER)
    yield from things_in(_sights(info, FilmPlace(encoder), pose_turn(horizon), tell))


@torch.inference_mode()
def _sights(info: VideoInfo, place: FilmPlace, turn: np.ndarray, tell: Callable[[float], None]) -> Iterator[Sight]:
    features, before = VideoFeatures(), None
    reader = ConditioningReader(info, in_background=True)
    try:
        for number in range(int(info.duration_s * CONDITIONING_FPS)):
            t_s = number / CONDITIONING_FPS
            _, frame = reader.frame_at(t_s)
            place.see(features.features(frame, before).float())
            before = frame
            yield Sight(t_s, turn @ place.expected.numpy().astype(float), place.motion)
            tell(t_s)
    finally:
        reader.close()
