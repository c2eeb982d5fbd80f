"""The process that makes takes, from outside: give it scenes, and read what it says."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from engine.contract.generation import StreamSource
from engine.contract.making import Playhead
from engine.contract.scene.recipe import Recipe
from engine.contract.scene.scene import Scene
from engine.runtime.making.messages import CancelCandidates, MakeCandidates, SceneToMake
from engine.runtime.making.worker import making_main
from engine.runtime.processes.children import Children

_END_S: Final = 2.0


class TakeMaker:
    """Starts the process, tells it what to make and ends it. No method waits, except `close`. One thread.

    `model` loads the weights in the process and must pickle.
    """

    def __init__(self, model: Callable[[], StreamSource]) -> None:
        self._children = Children()
        self._child = self._children.start("takes", making_main, model)
        self._children.listen()
        self._version = self._request = 0

    def make(self, scene: Scene, folder: Path) -> int:
        """Make the takes of a scene in a folder, instead of those of the scene before; returns the scene's number."""
        self._version += 1
        self._child.send(SceneToMake(self._version, scene, folder))
        return self._version

    def follow(self, playhead: Playhead) -> None:
        """Tell the position of the film."""
        self._child.send(playhead)

    def make_candidates(self, recipe: Recipe, seeds: tuple[int, ...], patches: int) -> int:
        """Make takes of a recipe with other seeds; returns the number of the request."""
        self._request += 1
        self._child.send(MakeCandidates(self._request, recipe, seeds, patches))
        return self._request

    def cancel_candidates(self, request: int) -> None:
        """Stop making candidates."""
        self._child.send(CancelCandidates(request))

    def drain(self) -> list[Any]:
        """Return the messages since the last call, see `messages`; a fatal Failure means that the process is gone."""
        return self._children.drain()

    def ask_to_end(self) -> None:
        """Tell the process to end, without waiting for it: `close` then takes less time."""
        self._children.ask_to_end()

    def close(self) -> None:
        """End the process; what was made is on disk. A patch that is under way is finished, for up to 2 s."""
        self._children.end(_END_S)
