"""Where the listener looks. Shared by the picture and the sound, so that both turn together."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ViewOrientation:
    """Orientation of the view; yaw + = left, pitch + = up, roll + = the head leans to the right shoulder.

    Applied to a head as: first yaw about Z, then pitch about the turned Y axis, then roll about the turned X axis.
    """

    yaw_rad: float = 0.0
    pitch_rad: float = 0.0
    roll_rad: float = 0.0


FRONT = ViewOrientation()
