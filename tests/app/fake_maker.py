"""A TakeMaker without a process: what was asked of it is recorded, what it says is put in by the test."""

from pathlib import Path
from typing import Any

from engine.contract.making import Playhead
from engine.contract.scene.recipe import Recipe
from engine.contract.scene.scene import Scene


class FakeMaker:
    """The TakeMaker as far as the bridge uses it."""

    def __init__(self) -> None:
        self.calls: list[tuple] = []
        self.said: list[Any] = []
        self.request = 0

    def make(self, scene: Scene, folder: Path) -> int:
        self.calls.append(("make", scene, folder))
        return len(self.calls)

    def follow(self, playhead: Playhead) -> None:
        self.calls.append(("follow", playhead))

    def make_candidates(self, recipe: Recipe, seeds: tuple[int, ...], patches: int) -> int:
        self.request += 1
        self.calls.append(("candidates", seeds, patches))
        return self.request

    def cancel_candidates(self, request: int) -> None:
        self.calls.append(("cancel", request))

    def drain(self) -> list[Any]:
        said, self.said = self.said, []
        return said

    def ask_to_end(self) -> None:
        self.calls.append(("ask to end",))

    def close(self) -> None:
        self.calls.append(("close",))

    def of(self, name: str) -> list[tuple]:
        return [call for call in self.calls if call[0] == name]
