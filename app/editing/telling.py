"""Sentences from other threads, such as the autosave's, as notices in the window's thread."""

from PySide6.QtCore import QObject, Qt, Signal

from engine.contract.telemetry import EngineNotice


class Telling(QObject):
    """`told` sends a notice in the thread that made this object."""

    told = Signal(object)
    _said = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._said.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    def tell(self, sentence: str) -> None:
        """Pass a sentence on; may be called from any thread."""
        self._said.emit(sentence)

    def _tell(self, sentence: str) -> None:
        self.told.emit(EngineNotice(sentence, lasts=True))
