"""Stands in for the view of the film: same signals, no picture code."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget


class FakePanorama(QWidget):
    view_changed = Signal(object)
    recentred = Signal()
    direction_picked = Signal(float, float)

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[object] = []
        self.fields: list[object] = []
        self.targets: list[object] = []
        self.times_recentred = 0
        self.map_opacity = 0.0
        self.views: list[object] = []
        self.layers: list[object] = []
        self.horizons: list[object] = []
        self.shows_focus = True

    def set_frame(self, rgb) -> None:
        self.frames.append(rgb)

    def set_field(self, levels) -> None:
        self.fields.append(levels)

    def set_map_opacity(self, opacity) -> None:
        self.map_opacity = opacity

    def set_target(self, vector) -> None:
        self.targets.append(vector)

    def set_view(self, view) -> None:
        self.views.append(view)
        self.view_changed.emit(view)

    def recentre(self) -> None:
        self.times_recentred += 1
        self.recentred.emit()

    def release(self) -> None:
        pass

    is_empty = True

    def add_layer(self, layer, *, below_edges=False) -> None:
        self.layers.append(layer)

    def add_edge_marks(self, source) -> None:
        self.layers.append(source)

    def set_shows_focus(self, shows) -> None:
        self.shows_focus = shows

    def set_horizon(self, horizon) -> None:
        self.horizons.append(horizon)

    def level_db_at(self, vector) -> float | None:
        return None

    def repaint_top(self) -> None:
        pass

    def repaint_soon(self) -> None:
        pass
