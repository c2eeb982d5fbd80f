"""Under the words: the known sound that they are read as, while the user types."""

from typing import Final

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QVBoxLayout

from app.context import AppContext
from app.words.known_sounds import KnownSounds
from engine.contract.scene.blocks import RecordingBlock
from engine.runtime.sounds.messages import WordsRead
from widgets.parts.elided_label import ElidedLabel
from widgets.words.wording import known_as_text

ASK_AFTER_MS: Final = 300


class Understood(QObject):
    """One line under the words of the prompt or of the selected block. Empty without words."""

    def __init__(self, context: AppContext, sounds: KnownSounds) -> None:
        super().__init__(context.window)
        self._window, self._selected, self._sounds = context.window, context.selected, sounds
        self._asked, self._text = 0, ""
        self.line = ElidedLabel("muted")
        self.line.setAccessibleName("What the model reads the words as")
        words = context.window.words
        parent = words.parentWidget()
        column = None if parent is None else parent.layout()
        assert isinstance(column, QVBoxLayout)
        column.insertWidget(column.indexOf(words) + 1, self.line)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(ASK_AFTER_MS)
        self._pause.timeout.connect(self._ask)
        context.window.prompt.line.textChanged.connect(self._changed)
        context.window.block.line.textChanged.connect(self._changed)
        words.currentChanged.connect(self._changed)
        sounds.words_read.connect(self._show)
        sounds.failed.connect(self._failed)

    def _changed(self) -> None:
        text = self._words()
        if text == self._text:
            return
        self._text = text
        self._asked = 0  # an answer to the text before is too late
        if text:
            self._pause.start()
        else:
            self._pause.stop()
            self.line.set_whole_text("")

    def _words(self) -> str:
        """Return the words that are shown now, "" for those of a recording."""
        is_block = self._window.words.currentWidget() is self._window.block
        if is_block and (self._selected.block is None or isinstance(self._selected.block, RecordingBlock)):
            return ""
        return " ".join((self._window.block if is_block else self._window.prompt).line.text().split())

    def _ask(self) -> None:
        if not self._window.isVisible():
            return  # playback without a screen needs no process for this
        is_prompt = self._window.words.currentWidget() is self._window.prompt
        self._asked = self._sounds.read((self._text,), may_place=is_prompt)

    def _show(self, read: WordsRead) -> None:
        if read.number == self._asked:
            self.line.set_whole_text(known_as_text(read.read_as[0]))

    def _failed(self, sentence: str) -> None:
        if self._asked:
            self.line.set_whole_text(sentence)
