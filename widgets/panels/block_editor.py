"""The words, the gain, the seed and the steps of a block; the die; whether it follows the film."""

from typing import Final

from PySide6.QtCore import QSignalBlocker, QSize, QTimer, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.contract.scene.blocks import Block, GeneratedBlock, RecordingBlock
from engine.contract.scene.checks import LONGEST_WORDS
from engine.contract.scene.recipe import HIGHEST_SEED, MOST_STEPS
from widgets.parts.describe import describe
from widgets.parts.elided_label import ElidedLabel
from widgets.parts.gain_field import GainField
from widgets.parts.panel import role_label

APPLY_AFTER_MS = 600
_GAIN_TIP: Final = "The gain of the block; several selected blocks all change by as many dB"
_LEAST_STATUS_PX: Final = 56
"""In a small window, seed and steps are shown whole and the status is cut."""
_NO_BLOCK = "Select a block to change its words, or press B for a new one."


class BlockEditor(QWidget):
    """Shows one block and asks for changes of it.

    `words_typed` sends the number of the block and its first words after Enter or a pause; `renamed` the number and the
    name of a recording.
    `seed_wanted` and `steps_wanted` send a number (steps None: the default), `follows_wanted` whether the model sees
    the film, `gain_wanted` a gain in dB. `die_pressed` asks for another seed. `typing_began` fires when words are typed
    in a block for the first time.
    """

    words_typed = Signal(int, str)
    renamed = Signal(int, str)
    seed_wanted = Signal(int)
    steps_wanted = Signal(object)
    follows_wanted = Signal(bool)
    gain_wanted = Signal(float)
    die_pressed = Signal()
    typing_began = Signal()

    def __init__(self, die: QIcon, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._block: Block | None = None
        self._is_typing = False
        self._labels: list[QLabel] = []
        self.title: QLabel = role_label("WORDS", "title")
        self.status = ElidedLabel("muted")
        self.status.setAccessibleName("About the block")
        self.status.setMinimumWidth(_LEAST_STATUS_PX)
        self.line = QLineEdit()
        self.line.setObjectName("prompt")
        self.line.setMaxLength(LONGEST_WORDS)
        self.title.setBuddy(self.line)
        describe(self.line, "Words of the block", "What should be heard in the selected block", "Alt+W")
        self.seed, self.steps = QSpinBox(), QSpinBox()
        self.seed.setRange(0, HIGHEST_SEED)
        self.seed.setKeyboardTracking(False)
        self.seed.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        describe(self.seed, "Seed", "The same words with another seed sound different", "Alt+Shift+S")
        self.steps.setRange(0, MOST_STEPS)
        self.steps.setSpecialValueText("usual")
        self.steps.setProperty("role", "word")
        self.steps.setKeyboardTracking(False)
        describe(self.steps, "Flow steps", "More steps take longer to make; 0 is the usual number", "Alt+Shift+T")
        self.die = QToolButton()
        self.die.setIcon(die)
        self.die.setIconSize(QSize(18, 18))
        describe(self.die, "Another take", "Make another take of the same words", "Alt+Shift+R")
        self.follows = QCheckBox("Follows the film")
        describe(self.follows, "Follows the film", "The model sees the film while it makes the block", "Alt+Shift+F")
        self.gain = GainField()
        self.gain_label: QLabel = role_label("", "muted")
        self.gain_label.setBuddy(self.gain)
        describe(self.gain, "Gain of the block", _GAIN_TIP, "Alt+Shift+W")
        self._build()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(APPLY_AFTER_MS)
        self._pause.timeout.connect(self._apply)
        self.line.textEdited.connect(self._edited)
        self.line.editingFinished.connect(self._finish)
        self.seed.valueChanged.connect(self.seed_wanted)
        self.steps.valueChanged.connect(lambda steps: self.steps_wanted.emit(steps or None))
        self.die.clicked.connect(self.die_pressed)
        self.follows.clicked.connect(self.follows_wanted)
        self.gain.valueChanged.connect(self.gain_wanted)
        self.show_block(None, has_film=False)
        self.show_gain(None, 0)

    def show_block(self, block: Block | None, *, has_film: bool) -> None:
        """Show a block as it is now; what is being typed in the same block stays."""
        is_other = block is None or self._block is None or block.block_id != self._block.block_id
        before, typed = self._block, self.line.text() if self._is_typing else None
        self._block = block
        if is_other:
            self._pause.stop()
            self._is_typing = False
        generated = block if isinstance(block, GeneratedBlock) else None
        text = "" if block is None else block.title if generated is None else _first_words(generated)
        if is_other or not self._pause.isActive():
            if self.line.text() != text:
                self.line.setText(text)
        self.line.setEnabled(block is not None)
        self.line.setPlaceholderText(_NO_BLOCK if block is None else "What should be heard?")
        self.title.setText(_title(block))
        parts: tuple[QWidget, ...] = (self.seed, self.steps, self.die, self.follows)
        for part in parts:
            part.setEnabled(generated is not None)
        for part in (*self._labels, *parts):
            part.setVisible(block is None or generated is not None)
        with QSignalBlocker(self.seed), QSignalBlocker(self.steps):
            self.seed.setValue(0 if generated is None else generated.recipe.seed)
            self.steps.setValue(0 if generated is None else generated.recipe.steps or 0)
        self.follows.setChecked(generated is not None and generated.recipe.film_sample is not None)
        self.follows.setEnabled(generated is not None and has_film)
        if is_other and before is not None and typed is not None:
            self._ask(before, typed)  # what was typed belongs to the block before

    def show_gain(self, gain_db: float | None, count: int) -> None:
        """Show the gain of the block in dB, None without one; it is changed together with those of `count` in all."""
        self.gain.setEnabled(gain_db is not None)
        self.gain.show_gain(gain_db or 0.0)
        self.gain_label.setText("Gain" if count < 2 else f"Gain of {count} blocks")

    def say(self, text: str) -> None:
        """Say something about the block, beside the title."""
        self.status.set_whole_text(text)

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self.title)
        head.addWidget(self.status, 1)
        for text, part in (("Seed", self.seed), ("", self.die), ("Steps", self.steps), ("", self.follows)):
            if text:
                label = role_label(text, "muted")
                label.setBuddy(part)
                head.addWidget(label)
                self._labels.append(label)
            head.addWidget(part)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(head)
        words = QHBoxLayout()
        words.setSpacing(10)
        words.addWidget(self.line)
        words.addWidget(self.gain_label)
        words.addWidget(self.gain)
        layout.addLayout(words)

    def _edited(self) -> None:
        if not self._is_typing:
            self._is_typing = True
            self.typing_began.emit()
        self._pause.start()

    def _finish(self) -> None:
        self._apply()
        self._is_typing = False

    def _apply(self) -> None:
        if not self._pause.isActive() and not self._is_typing:
            return
        self._pause.stop()
        if self._block is not None:
            self._ask(self._block, self.line.text())

    def _ask(self, block: Block, typed: str) -> None:
        text = " ".join(typed.split())
        if isinstance(block, GeneratedBlock):
            if text != _first_words(block):
                self.words_typed.emit(block.block_id, text)
        elif text != block.title:
            self.renamed.emit(block.block_id, text)


def _title(block: Block | None) -> str:
    if isinstance(block, RecordingBlock):
        title = f"MADE BY {block.made_by.upper()}" if block.is_generated else "RECORDING"
        return title if block.bed_seed is None else f"{title}, AS A BED"
    return "WORDS"


def _first_words(block: GeneratedBlock) -> str:
    slots = block.recipe.cues[0].slots
    return slots[0].text if slots else ""
