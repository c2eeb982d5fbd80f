"""What a user can press, drag or type in."""

from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QScrollBar,
    QTableView,
    QWidget,
)

_CONTROLS = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit)


def controls(window: QWidget) -> list[QWidget]:
    """Return everything that the user can press, drag or type in, without the inner parts of Qt's own controls."""
    inner = (QComboBox, QAbstractSpinBox, QLineEdit, QTableView)
    return [
        widget
        for widget in window.findChildren(QWidget)
        if isinstance(widget, _CONTROLS)
        and not isinstance(widget, QScrollBar)
        and not isinstance(widget.parent(), inner)
        and not widget.objectName().startswith(("qt_", "Scroll"))
    ]
