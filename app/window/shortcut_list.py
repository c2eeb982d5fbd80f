"""A dialog that lists every key, read from the window itself so that it is never out of date."""

from html import escape

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QMainWindow, QScrollArea, QVBoxLayout, QWidget

from app.window.menus import shortcut_text
from widgets.parts.describe import SHORTCUT_PROPERTY

_PANORAMA_KEYS = (
    ("Drag, or arrow keys, in the film", "Look around"),
    ("Mouse wheel", "Zoom"),
    ("Double-click", "Recentre"),
    ("Enter on a button or a list of choices", "Press it; Space plays from everywhere but text and lists of sounds"),
    ("Esc", "Back to the film from any control"),
    ("Shift+click in the film", "Place the selected lane there; without lanes, the sound of the prompt"),
    ("Drag of a marker", "Move its lane; while the film plays, record a path"),
    ("Ctrl+drag in the film", "While Horizon is open: level the film; up and down tilts it, sideways leans it"),
    ("Shift+wheel", "Distance of the selected lane"),
    ("1 to 9 in the film, the map or the path", "Select the lane in that row"),
    ("Arrow keys on the map or the path", "Move the place by 1 degree, with Shift by 10"),
    ("V on the path", "The next curve"),
)


def shortcut_rows(window: QMainWindow) -> list[tuple[str, str]]:
    """Return (keys, what they do) of the menus, then of the controls."""
    rows = []
    for action in window.findChildren(QAction):
        keys = shortcut_text(action)
        if keys:
            rows.append((keys, action.text().replace("&", "").removesuffix(" …")))
    for control in window.findChildren(QWidget):
        keys = control.property(SHORTCUT_PROPERTY)
        if keys and control.window() is window:  # not those of a dialog
            rows.append((keys, control.accessibleName()))
    return rows


def show_shortcuts(window: QMainWindow) -> QDialog:
    """Open the list."""
    dialog = QDialog(window)
    dialog.setWindowTitle("Keyboard shortcuts")
    rows = [*shortcut_rows(window), *_PANORAMA_KEYS]
    cells = "".join(f"<tr><td><b>{escape(k)}</b>&nbsp;&nbsp;&nbsp;</td><td>{escape(t)}</td></tr>" for k, t in rows)
    text = QLabel(f"<table cellpadding='3'>{cells}</table>")
    text.setMargin(10)
    text.setWordWrap(True)
    area = QScrollArea()
    area.setWidget(text)
    area.setWidgetResizable(True)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.reject)
    layout = QVBoxLayout(dialog)
    layout.addWidget(area)
    layout.addWidget(buttons)
    dialog.resize(700, 640)
    dialog.open()
    return dialog
