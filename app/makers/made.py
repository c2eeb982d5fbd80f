"""A sound that another generator made, as a file that a block can play."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from app.project.made_files import link_or_copy
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import ExportError, reason_of
from engine.contract.scene.blocks import Convention, FileReference
from engine.files.content import content_hash
from engine.files.staging import make_folder
from engine.runtime.makers.protocol import Maker, MakerRequest, Said


@dataclass(frozen=True)
class MadeFile:
    """A file, who made it from which words, its samples at 48 kHz, and whether it is shorter than was asked."""

    file: FileReference
    made_by: str
    words: str
    samples: int
    convention: Convention
    is_short: bool = False

    def in_folder(self, folder: Path | None) -> "MadeFile":
        """Move it to another folder of takes, and return it. Raises ExportError."""
        source = Path(self.file.path)
        if folder is None or source.parent == folder.absolute():
            return self
        target = folder.absolute() / source.name
        try:
            make_folder(folder)
            link_or_copy(source, target)
        except OSError as error:
            raise ExportError(f"{target} cannot be written: {reason_of(error)}.") from error
        self.remove()
        return replace(self, file=replace(self.file, path=str(target)))

    def remove(self) -> None:
        """Delete the file: nothing uses it."""
        Path(self.file.path).unlink(missing_ok=True)


def make_file(
    maker: Maker,
    request: MakerRequest,
    folder: Path,
    said: Callable[[Said], None] = lambda said: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> MadeFile:
    """Return what a generator made, in a folder of takes. Not for the window's thread; raises as `make_sound`."""
    from engine.runtime.makers.making import make_sound  # and with it the decoder: not at the window's start

    sound = make_sound(maker, request, folder.absolute(), said=said, cancelled=cancelled)
    return MadeFile(
        FileReference(str(sound.file), content_hash(sound.file)),
        maker.name,
        request.words,
        sound.samples,
        sound.convention,
        sound.samples < request.seconds * SAMPLE_RATE_HZ,
    )
