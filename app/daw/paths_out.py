"""Tells a panner the places of the lanes while the scene plays."""

from collections.abc import Callable

import numpy as np

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.directions import Direction, azimuth_elevation
from engine.contract.scene.path_shape import PathShape, places_of
from engine.contract.scene.scene import Scene
from engine.daw.panners import Panner, messages


class PathsOut:
    """`send` gets an address and a value. The lanes with a place are the sources, in their order."""

    def __init__(self, send: Callable[[str, float], None]) -> None:
        self._send = send
        self._scene: Scene | None = None
        self._shapes: list[PathShape] = []
        self._sent: dict[str, float] = {}
        self.panner = Panner.IEM

    def begin(self, panner: Panner) -> None:
        """Send everything again, for a panner."""
        self.panner, self._sent = panner, {}

    def report(self, scene: Scene, position_s: float) -> None:
        """Send the places at a time of the scene that changed by a hundredth of a degree."""
        if scene is not self._scene:
            self._scene = scene
            self._shapes = [PathShape(lane.path) for lane in scene.lanes if lane.path is not None]
        if not self._shapes:
            return
        azimuths, elevations = azimuth_elevation(places_of(self._shapes, round(position_s * SAMPLE_RATE_HZ)))
        for source, (azimuth, elevation) in enumerate(zip(azimuths, elevations, strict=True)):
            direction = Direction(round(float(np.rad2deg(azimuth)), 2), round(float(np.rad2deg(elevation)), 2))
            for address, value in messages(self.panner, source, direction):
                if self._sent.get(address) != value:
                    self._sent[address] = value
                    self._send(address, value)
