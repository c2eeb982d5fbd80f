"""Several finished files take their names together, or none does."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from engine.export.delivery.order import REJECTED
from engine.files.owned_folder import OwnedFolder
from engine.files.staging import Staging, refused


@contextlib.contextmanager
def private_folder(place: Path) -> Iterator[Path]:
    """Yield a private folder inside `place`, on the disk that has to hold the files anyway. Raises ExportError.

    Files in it that did not pass their checks are kept in `place`; everything else in it goes.
    """
    try:
        scratch = OwnedFolder(place)
    except OSError as error:
        raise refused(place, error) from error
    with scratch:
        try:
            yield scratch.path
        except BaseException:
            for file in sorted(scratch.path.rglob(f"*{REJECTED}")):
                with contextlib.suppress(OSError):
                    os.replace(file, place / file.name)
            raise


def publish(files: Mapping[Path, Path]) -> None:
    """Move files to their names, all or none; older files of these names survive a failure. Raises ExportError.

    What lies beside a file under its name with a further suffix, such as a manifest, comes along.
    """
    with Staging() as staging:
        for made, final in files.items():
            _move(made, final, staging)
            for beside in sorted(made.parent.glob("*")):
                if beside.name.startswith(f"{made.name}.") and beside not in files:
                    _move(beside, final.with_name(final.name + beside.name[len(made.name) :]), staging)
        staging.commit()


def _move(made: Path, final: Path, staging: Staging) -> None:
    staged = staging.add_file(final)
    try:
        os.replace(made, staged)
    except OSError as error:
        raise refused(final, error) from error
