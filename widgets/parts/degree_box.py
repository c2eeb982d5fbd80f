"""A field for an angle."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDoubleSpinBox


def degree_box(most_deg: float, *, decimals: int, step_deg: float) -> QDoubleSpinBox:
    """Return a field from -`most_deg` to `most_deg` degrees; a typed angle counts when it is complete."""
    box = QDoubleSpinBox()
    box.setRange(-most_deg, most_deg)
    box.setDecimals(decimals)
    box.setSingleStep(step_deg)
    box.setSuffix("°")
    box.setKeyboardTracking(False)
    box.setAlignment(Qt.AlignmentFlag.AlignRight)
    return box
