"""Makes binaural filters of a head in a child process: a hostile file can hang or crash its reader.

The child imports this too, so it must not import Qt.
"""

from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.contract.errors import CancelledError, EngineError, InvalidInputError, reason_of
from engine.runtime.processes.asked_child import asked_child, told_as

if TYPE_CHECKING:
    from engine.ambisonics.binaural import BinauralFilters

PATIENCE_S: Final = 120.0
"""For each step. A fit takes some seconds; a machine that makes sound meanwhile takes longer."""
_LIBRARY_READ, _HEAD_READ = 0.3, 0.5

Child = Callable[[Path, Connection], None]


def fit_in_child(path: Path, answers: Connection) -> None:
    """Send how far it is (0 to 1) after each step, and then the filters, or the error."""
    try:
        from engine.ambisonics.binaural_file import load_filters
        from engine.ambisonics.sofa import is_hdf5, read_sofa
        from engine.files.regular import check_regular

        check_regular(path, "file of binaural filters")
        if is_hdf5(path):
            read_sofa(path)  # a damaged file is refused before the slow part
            answers.send(_LIBRARY_READ)
            import spaudiopy  # noqa: F401

            answers.send(_HEAD_READ)
        answers.send(load_filters(path))
    except EngineError as error:
        answers.send(error)
    except Exception as error:  # reported as a message, never lost
        answers.send(InvalidInputError(f"{path.name} cannot be read: {reason_of(error)}. Choose another SOFA file."))


def fit_head(
    path: Path,
    progress: Callable[[float], None],
    cancelled: Callable[[], bool],
    patience_s: float = PATIENCE_S,
    child: Child = fit_in_child,
) -> "BinauralFilters":
    """Return the filters of the head in a file; blocks, so call it from a background task.

    Raises InvalidInputError or MediaError if it cannot be used, crashes its reader or takes too long; CancelledError.
    """
    from engine.ambisonics.binaural import BinauralFilters

    path = path.absolute()
    errors = told_as(
        cancelled=CancelledError("Fitting the head was cancelled."),
        late=InvalidInputError(
            f"{path.name} took longer than {patience_s:g} s: it may be damaged. Choose another SOFA file."
        ),
        died=InvalidInputError(f"{path.name} is too damaged to be read: choose another SOFA file."),
    )
    with errors, asked_child("head-fit", child, path) as fitting:
        answer = fitting.answer(patience_s, cancelled)
        while isinstance(answer, float):
            progress(answer)
            answer = fitting.answer(patience_s, cancelled)
    assert isinstance(answer, BinauralFilters)
    return answer
