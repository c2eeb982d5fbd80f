"""Probes a film in a child process with a time limit: a hostile one can hang or crash the decoder.

The child imports this too, so it must not import Qt.
"""

import multiprocessing
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from engine.contract.errors import CancelledError, EngineError, MediaError, reason_of
from engine.contract.video import FilmChoice, VideoInfo

PATIENCE_S = 30.0
_POLL_S = 0.05

Child = Callable[[Path, FilmChoice, Connection], None]


def look_in_child(path: Path, choice: FilmChoice, answers: Connection) -> None:
    """Probe a film and send its VideoInfo, or the error."""
    try:
        from engine.video.chosen import film_as_chosen

        answers.send(film_as_chosen(path, choice))
    except EngineError as error:
        answers.send(error)
    except Exception as error:  # reported as a message, never lost
        answers.send(MediaError(f"{path.name} cannot be read: {reason_of(error)}. Choose another file."))


def look_at_film(
    path: Path,
    choice: FilmChoice,
    cancelled: Callable[[], bool],
    patience_s: float = PATIENCE_S,
    child: Child = look_in_child,
) -> VideoInfo:
    """Return what is known of a film; blocks, so call it from a background task.

    Raises MediaError if it is not a film, crashes its reader or takes too long, or CancelledError.
    """
    path = path.absolute()
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=child, args=(path, choice, theirs), name="film-look", daemon=True)
    give_up_at = time.monotonic() + patience_s
    try:
        try:
            process.start()
        finally:
            theirs.close()
        while not ours.poll(_POLL_S):
            if cancelled():
                raise CancelledError("Opening the film was cancelled.")
            if time.monotonic() > give_up_at:
                raise MediaError(
                    f"{path.name} could not be read within {patience_s:g} s: it may be damaged, or its disk may "
                    "be too slow. Copy it to another disk, or convert it to MP4."
                )
        answer = ours.recv()
    except (EOFError, ConnectionError):
        raise MediaError(f"{path.name} is too damaged to be read: convert it to MP4.") from None
    finally:
        if process.pid is not None:
            process.kill()
            process.join()
        process.close()
        ours.close()
    if isinstance(answer, EngineError):
        raise answer
    assert isinstance(answer, VideoInfo)
    return answer
