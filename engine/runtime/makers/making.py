"""One sound from another generator: asked for, made, checked, and kept beside the takes of the project."""

import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from engine.files.owned_folder import OwnedFolder
from engine.files.staging import make_folder, refused
from engine.runtime.makers.protocol import Maker, MakerRequest, Said
from engine.runtime.makers.running import run_maker
from engine.runtime.makers.taking import TakenSound, most_bytes, take_sound

PREFIX: Final = "made-"
"""The files of other generators in a folder of takes begin with this."""


def make_sound(
    maker: Maker,
    request: MakerRequest,
    folder: Path,
    *,
    said: Callable[[Said], None] = lambda said: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> TakenSound:
    """Return the sound that a generator made, as a new file in `folder`. Takes as long as the generator does.

    Raises CancelledError, InvalidInputError, WorkerError, MediaError or ExportError with a sentence; then nothing is
    left, neither a file nor a process.
    """
    make_folder(folder)
    try:
        private = OwnedFolder(folder)
    except OSError as error:
        raise refused(folder, error) from error
    with private:
        output = private.path / "sound.wav"
        run_maker(maker, request.text(output), private.path, output, most_bytes(request.seconds), said, cancelled)
        name = f"{PREFIX}{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(4)}.wav"
        return take_sound(output, folder / name, maker.name, request.seconds, cancelled)
