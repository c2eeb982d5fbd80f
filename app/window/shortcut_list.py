"""A dialog that lists every key, read from the window itself so that it is never out of date."""

from collections.abc import Sequence
from html import escape

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QMainWindow, QMenu, QScrollArea, QVBoxLayout, QWidget

from app.window.menus import shortcut_text
from widgets.parts.describe import SHORTCUT_PROPERTY

Row = tuple[str, str]

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


def shortcut_groups(window: QMainWindow) -> list[tuple[str, list[Row]]]:
    """Return (keys, what they do) under a title each: by menu, then the lanes and other panels, then the controls."""
    groups: list[tuple[str, list[Row]]] = []
    seen: set[QAction] = set()
    for menu in window.menuBar().actions():
        listed = menu.menu()
        actions = listed.actions() if isinstance(listed, QMenu) else []
        groups.append((_plain(menu.text()), [row for action in actions if (row := _row(action))]))
        seen.update(actions)
    others = [action for action in window.findChildren(QAction) if action not in seen]
    groups.append(("With the keyboard on the lanes or a panel", [row for action in others if (row := _row(action))]))
    controls: list[Row] = []
    for control in window.findChildren(QWidget):
        keys = control.property(SHORTCUT_PROPERTY)
        if keys and control.window() is window:  # not those of a dialog
            controls.append((keys, control.accessibleName()))
    groups.append(("Controls", controls))
    return groups


def shortcut_rows(window: QMainWindow) -> list[Row]:
    """Return (keys, what they do) of all that has keys."""
    return [row for _title, rows in shortcut_groups(window) for row in rows]


def _row(action: QAction) -> Row | None:
    keys = shortcut_text(action)
    return (keys, _plain(action.text())) if keys else None


def _plain(text: str) -> str:
    return text.replace("&", "").removesuffix(" …")


def _cells(title: str, rows: Sequence[Row]) -> str:
    head = f"<tr><td colspan='2'><br><b>{escape(title)}</b></td></tr>"
    return head + "".join(f"<tr><td>{escape(k)}&nbsp;&nbsp;&nbsp;</td><td>{escape(t)}</td></tr>" for k, t in rows)


def show_shortcuts(window: QMainWindow) -> QDialog:
    """Open the list."""
    dialog = QDialog(window)
    dialog.setWindowTitle("Keyboard shortcuts")
    groups = [("In the film, on the map and on the path", list(_PANORAMA_KEYS)), *shortcut_groups(window)]
    cells = "".join(_cells(title, rows) for title, rows in groups if rows)
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
