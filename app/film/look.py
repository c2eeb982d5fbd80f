"""Probes a film or a camera in a child process with a time limit: a hostile one can hang or crash the decoder.

The child imports this too, so it must not import Qt.
"""

from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from engine.contract.camera import camera_source, shown_name
from engine.contract.errors import CancelledError, EngineError, MediaError, reason_of
from engine.contract.video import FilmChoice, VideoInfo
from engine.runtime.processes.asked_child import asked_child, told_as

PATIENCE_S = 30.0
CAMERA_PATIENCE_S = 15.0

Child = Callable[[Path, FilmChoice, Connection], None]


def look_in_child(path: Path, choice: FilmChoice, answers: Connection) -> None:
    """Probe a film and send its VideoInfo, or the error."""
    try:
        from engine.video.camera import source_as_chosen

        answers.send(source_as_chosen(path, choice))
    except EngineError as error:
        answers.send(error)
    except Exception as error:  # reported as a message, never lost
        name = shown_name(str(path))
        answers.send(MediaError(f"{name} cannot be read: {reason_of(error)}. Choose another file."))


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
    is_camera = camera_source(path) is not None
    path = path if is_camera else path.absolute()
    name = shown_name(str(path))
    if is_camera:
        patience_s = min(patience_s, CAMERA_PATIENCE_S)
        late = f"{name} has sent no picture within {patience_s:g} s: plug it in again, or choose another one."
        died = f"{name} cannot be read: plug it in again, or choose another one."
    else:
        late = (
            f"{name} could not be read within {patience_s:g} s: it may be damaged, or its disk may "
            "be too slow. Copy it to another disk, or convert it to MP4."
        )
        died = f"{name} is too damaged to be read: convert it to MP4."
    errors = told_as(
        cancelled=CancelledError("Opening the film was cancelled."), late=MediaError(late), died=MediaError(died)
    )
    with errors, asked_child("film-look", child, path, choice) as looking:
        answer = looking.answer(patience_s, cancelled)
    assert isinstance(answer, VideoInfo)
    return answer
