"""A head tracker turns the view, and with it picture and sound."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.head.orientation import HeadOrientation, Inverted
from app.osc.listener import OscListener
from app.osc.messages import messages_in
from app.window.dialogs import panel_dialog
from engine.contract.errors import InvalidInputError
from widgets.panels.head_panel import WAITING, HeadPanel

if TYPE_CHECKING:
    from app.files.settings import AppSettings
    from app.window.main_window import MainWindow


_NEWEST = 16
"""Three datagrams hold yaw, pitch and roll; more than a few of each are out of date."""


class HeadTracking(QObject):
    """Off until the user turns it on in its dialog; port and inverted axes are remembered."""

    def __init__(self, window: "MainWindow", settings: "AppSettings") -> None:
        super().__init__(window)
        self._panorama = window.panorama
        self._settings = settings
        self._head = HeadOrientation()
        self.listener = OscListener(self, newest=_NEWEST)
        self.panel = HeadPanel()
        self.dialog = panel_dialog(window, "Head tracking", self.panel, "Close this dialog; head tracking stays on")
        self.panel.inverted.connect(self._invert)
        self.panel.set_up(settings.head_port, settings.head_inverted)
        self.panel.switched.connect(self._switch)
        self.panel.recentre_requested.connect(self._panorama.recentre)
        self._panorama.recentred.connect(self._recentre)
        self.listener.received.connect(self._follow)

    def show_dialog(self) -> None:
        """Open the dialog; the window stays usable."""
        self.dialog.show()
        self.dialog.activateWindow()

    def close(self) -> None:
        """Stop listening and remember what was chosen. May be called twice."""
        self.listener.stop()
        self._settings.head_port = self.panel.port.value()
        self._settings.head_inverted = tuple(box.isChecked() for box in self.panel.axes)

    def _switch(self, on: bool, port: int) -> None:
        if not on:
            self.listener.stop()
            self.panel.show_off()
            return
        try:
            self.listener.start(port)
        except InvalidInputError as error:
            self.panel.show_off()
            self.panel.say(str(error))
        else:
            self.panel.say(WAITING)

    def _invert(self, yaw: bool, pitch: bool, roll: bool) -> None:
        self._head.inverted = Inverted(yaw, pitch, roll)
        self._head.recentre()  # where the front was does not hold any more

    def _recentre(self) -> None:
        self._head.recentre()

    def _follow(self, datagrams: list[bytes]) -> None:
        # Every message counts, because yaw, pitch and roll may come apart; the view turns once.
        known = [self._head.take(message) for datagram in datagrams for message in messages_in(datagram)]
        if any(known):
            view = self._head.view
            self._panorama.set_view(view)
            self.panel.show_view(view)
