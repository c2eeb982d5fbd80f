"""Whose head listens, in the preferences: its name, and the progress of a fit that can be cancelled."""

from pathlib import PurePath
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from widgets.parts.describe import describe
from widgets.parts.elided_label import ElidedLabel

_SPACING: Final = 14
_ROOM_PX: Final = 8
SHIPPED_HEAD: Final = "CIPIC 124 (shipped)"


class HeadRow(QWidget):
    """A name and two buttons. While a fit runs, the first one cancels it."""

    file_wanted = Signal()
    shipped_wanted = Signal()
    cancel_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name: ElidedLabel = ElidedLabel("value")
        self.name.setAccessibleName("Head")
        self.name.setMinimumWidth(self.name.fontMetrics().horizontalAdvance(SHIPPED_HEAD) + _ROOM_PX)
        self.choose = QPushButton("Choose …")
        self.shipped = QPushButton("Shipped")
        describe(self.shipped, "Shipped head", "Listen with the head that comes with SwanSphere", "Alt+A")
        self._is_fitting = False
        self._describe_choose()
        self.choose.clicked.connect(self._press)
        self.shipped.clicked.connect(self.shipped_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(_SPACING)
        row.addWidget(self.name, 1)
        row.addWidget(self.choose)
        row.addWidget(self.shipped)
        self.show_head("")

    def show_head(self, file: str) -> None:
        """Show the head of a file, "" for the shipped one."""
        self.name.set_whole_text(PurePath(file).name or SHIPPED_HEAD)
        self.name.setToolTip(file or SHIPPED_HEAD)
        self._set_fitting(False)
        self.shipped.setEnabled(bool(file))

    def show_progress(self, share: float) -> None:
        """Show that a head is being fitted, and how much of it is done (0 to 1)."""
        self.name.set_whole_text(f"Fitting: {100 * share:.0f} %")
        self._set_fitting(True)
        self.shipped.setEnabled(False)

    def _press(self) -> None:
        (self.cancel_wanted if self._is_fitting else self.file_wanted).emit()

    def _set_fitting(self, is_fitting: bool) -> None:
        if is_fitting != self._is_fitting:
            self._is_fitting = is_fitting
            self._describe_choose()

    def _describe_choose(self) -> None:
        if self._is_fitting:
            self.choose.setText("Cancel")
            describe(self.choose, "Cancel the fit", "Keep the head that listens now", "Alt+H")
        else:
            self.choose.setText("Choose …")
            describe(
                self.choose, "Choose a head", "Listen with the head of any SOFA file; exports keep theirs", "Alt+H"
            )
