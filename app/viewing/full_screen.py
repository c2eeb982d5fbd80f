"""Full screen: the film with its markers and a transport that fades. Every key still works."""

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from app.context import AppContext
from engine.contract.video import VideoInfo
from widgets.film.full_screen_bar import FullScreenBar
from widgets.parts.describe import let_keys_act


class FullScreen(QObject):
    """Connects the action of the menu View; Esc leaves."""

    def __init__(self, context: AppContext) -> None:
        super().__init__(context.window)
        window = self._window = context.window
        self.bar = FullScreenBar(window.stage)
        self._hidden: list[QWidget] = []
        self._was_maximised = False
        let_keys_act(window.transport, window, lambda: None)
        let_keys_act(self.bar, window, self._show_bar)
        self.bar.seek_requested.connect(context.bridge.seek)
        context.bridge.position.connect(self.bar.set_position)
        context.bridge.film_opened.connect(self._film_opened)
        window.menus.full_screen_action.toggled.connect(self._switch)
        window.escaped.connect(self.leave)

    def leave(self) -> None:
        """Show the whole window again."""
        self._window.menus.full_screen_action.setChecked(False)

    def _switch(self, on: bool) -> None:
        if on:
            self._enter()
        else:
            self._leave()

    def _enter(self) -> None:
        window = self._window
        self._was_maximised = window.isMaximized()
        self._keep_keys()
        parts = [window.menuBar(), window.side, window.below, *self._beside_the_film()]
        self._hidden = [part for part in parts if not part.isHidden()]
        for part in self._hidden:
            part.hide()
        window.set_margins(full=True)
        window.notices.set_at_top(True)  # the transport is below
        window.panorama.set_shows_focus(False)  # nothing else is there to have the keyboard
        window.showFullScreen()
        self.bar.begin(window.transport)
        window.focus_film()

    def _leave(self) -> None:
        window = self._window
        self.bar.end()
        window.below.head.insertWidget(0, window.transport)
        window.transport.show()
        for part in self._hidden:
            part.show()
        window.set_margins(full=False)
        window.notices.set_at_top(False)
        window.panorama.set_shows_focus(True)
        if self._was_maximised:
            window.showMaximized()
        else:
            window.showNormal()
        window.focus_film()

    def _keep_keys(self) -> None:
        """Let the window itself hold the actions: those of a hidden menu have no keys."""
        held = set(self._window.actions())
        for action in self._window.findChildren(QAction):
            of_window = action.shortcutContext() is Qt.ShortcutContext.WindowShortcut
            if action.shortcuts() and of_window and action not in held:
                self._window.addAction(action)

    def _beside_the_film(self) -> list[QWidget]:
        """Return what stands above and below the film; notices lie over it and stay."""
        window = self._window
        column = window.film_column.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        return [part for part in column if part not in (window.stage, window.notices)]

    def _show_bar(self) -> None:
        if self._window.menus.full_screen_action.isChecked():
            self.bar.wake()

    def _film_opened(self, film: VideoInfo) -> None:
        self.bar.set_film(film.duration_s, is_live=film.is_live)
