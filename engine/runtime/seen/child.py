"""A whole film is looked through in a child process, at the lowest priority: it can hang or crash its decoder."""

import contextlib
import os
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from engine.contract.errors import CancelledError, EngineError, MediaError, reason_of
from engine.contract.seen import SeenThing
from engine.contract.video import Pose, VideoInfo
from engine.runtime.processes.asked_child import asked_child, told_as

_PATIENCE_S: Final = 60.0
"""Longest wait for the next picture; the first one comes after the weights are loaded."""
_LOWEST_PRIORITY: Final = 19

Child = Callable[[VideoInfo, "Path | None", Pose, Connection], None]


def look_through(film: VideoInfo, checkpoint: Path | None, horizon: Pose, answers: Connection) -> None:
    """Send things and times reached (seconds), in the end None, or the error."""
    try:
        import torch

        from engine.runtime.seen.scan import seen_in

        torch.set_num_threads(1)
        if hasattr(os, "nice"):
            os.nice(_LOWEST_PRIORITY)
        for thing in seen_in(film, checkpoint, horizon, answers.send):
            answers.send(thing)
        answers.send(None)
    except (BrokenPipeError, ConnectionError):
        return  # the window is gone
    except EngineError as error:
        answers.send(error)
    except Exception as error:  # reported as a message, never lost
        with contextlib.suppress(OSError):
            answers.send(MediaError(f"{film.path} cannot be looked through: {reason_of(error)}."))


def look_in_child(
    film: VideoInfo,
    checkpoint: Path | None,
    horizon: Pose,
    progress: Callable[[float], None],
    cancelled: Callable[[], bool],
    child: Child = look_through,
) -> tuple[SeenThing, ...]:
    """Return what moves in a film, in directions of the scene; blocks for about a tenth of the film's length.

    Raises CancelledError, MediaError if the film cannot be read, or CheckpointError if the weights see nothing.
    """
    found: list[SeenThing] = []
    errors = told_as(
        cancelled=CancelledError("The film was not looked through."),
        late=MediaError(f"{film.path} was not looked through: no picture came for {_PATIENCE_S:g} s."),
        died=MediaError(f"{film.path} is too damaged to be looked through: convert it to MP4."),
    )
    with errors, asked_child("film-things", child, film, checkpoint, horizon) as looking:
        while (answer := looking.answer(_PATIENCE_S, cancelled)) is not None:
            if isinstance(answer, SeenThing):
                found.append(answer)
            else:
                progress(float(answer) / max(film.duration_s, 1e-9))
    return tuple(found)
