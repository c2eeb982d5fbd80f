"""Files of the user that a scene names."""

import re
from dataclasses import dataclass
from typing import Final

from engine.contract.errors import SceneError
from engine.contract.scene.checks import check_path

_CONTENT: Final = re.compile(r"(?:[a-z0-9-]{1,32}:[0-9a-f]{8,128})?")


@dataclass(frozen=True)
class FileReference:
    """A file of the user: `path` is absolute, `content` identifies what is in it ("" if not known yet).

    Raises SceneError.
    """

    path: str
    content: str = ""

    def __post_init__(self) -> None:
        """Check the values."""
        check_path(self.path, "A film or recording")
        if not isinstance(self.content, str) or _CONTENT.fullmatch(self.content) is None:
            raise SceneError("The content hash of a film or recording is not one.")

    @property
    def name(self) -> str:
        """The file's own name, whichever system the path comes from."""
        return re.split(r"[/\\]", self.path.rstrip("/\\"))[-1] or self.path
