"""How the mouse and the keys move the view: pure state, no widget."""

import math
from dataclasses import dataclass, replace
from typing import Final

from engine.contract.view import FRONT, ViewOrientation

FOV_MIN_RAD: Final = math.radians(30.0)
FOV_MAX_RAD: Final = math.radians(120.0)
FOV_DEFAULT_RAD: Final = math.radians(95.0)
_PITCH_MAX_RAD: Final = math.radians(89.0)


@dataclass(frozen=True)
class ViewState:
    """The direction and width of the view."""

    view: ViewOrientation = FRONT
    fov_rad: float = FOV_DEFAULT_RAD

    def turned(self, yaw_rad: float, pitch_rad: float) -> "ViewState":
        """Turn by angles; yaw wraps, pitch stops just short of the poles."""
        yaw = math.remainder(self.view.yaw_rad + yaw_rad, 2.0 * math.pi)
        pitch = min(max(self.view.pitch_rad + pitch_rad, -_PITCH_MAX_RAD), _PITCH_MAX_RAD)
        return replace(self, view=replace(self.view, yaw_rad=yaw, pitch_rad=pitch))

    def dragged(self, right_px: float, down_px: float, width_px: int) -> "ViewState":
        """Drag the picture like paper: what is under the pointer stays under it, near the middle of the view."""
        radians_per_px = 2.0 * math.tan(self.fov_rad / 2.0) / max(width_px, 1)
        return self.turned(right_px * radians_per_px, down_px * radians_per_px)

    def zoomed(self, notches: float) -> "ViewState":
        """Zoom in by wheel notches (+ is closer)."""
        fov = self.fov_rad * 0.9**notches
        return replace(self, fov_rad=min(max(fov, FOV_MIN_RAD), FOV_MAX_RAD))
