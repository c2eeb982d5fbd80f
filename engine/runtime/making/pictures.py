"""The pictures of a scene's film for the blocks that follow it: opened when the first one is needed."""

from pathlib import Path
from typing import TYPE_CHECKING

from engine.contract.scene.scene import SceneFilm
from engine.files.closing import Closing
from engine.rendering.requests import Frame

if TYPE_CHECKING:
    from engine.video.conditioning import ConditioningReader


class FilmPictures(Closing):
    """The film of a scene as the model sees it. One thread at a time. Closed, it opens again when it is needed."""

    def __init__(self) -> None:
        self._film: SceneFilm | None = None
        self._reader: ConditioningReader | None = None

    def use(self, film: SceneFilm | None) -> None:
        """Take over the film of a scene."""
        if film != self._film:
            self.close()
            self._film = film

    @property
    def is_there(self) -> bool:
        """Whether the scene has a film."""
        return self._film is not None

    def frame_at(self, t_s: float) -> Frame:
        """Return the picture at a film time in seconds. Raises MediaError."""
        if self._reader is None:
            assert self._film is not None
            from engine.video.chosen import film_as_chosen
            from engine.video.conditioning import ConditioningReader

            film = film_as_chosen(Path(self._film.file.path), self._film.choice)
            self._reader = ConditioningReader(film, in_background=True)
        return self._reader.frame_at(t_s)

    def close(self) -> None:
        """Close the film; a second call does nothing."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None
