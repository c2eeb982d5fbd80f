"""The signed claim of an export, in its dialog: off until it is turned on, and without the words unless asked for."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.files.signing_settings import SigningChoice
from engine.export.credentials.claim import Signing
from widgets.parts.describe import describe
from widgets.parts.elided_label import ElidedLabel
from widgets.parts.panel import role_label

SELF_MADE: Final = "Self-made certificate"
_HINT: Final = "Your prompts stay out of the claim unless you tick Prompts."


class SigningPart(QWidget):
    """`changed` fires when something else is chosen; `certificate_wanted` asks for the files of a certificate."""

    changed = Signal()
    certificate_wanted = Signal()

    def __init__(self, beside: QWidget) -> None:
        """`beside` stands before the check boxes, in their row."""
        super().__init__()
        self._certificate: tuple[Path, Path] | None = None
        self._has_words = True
        self.on = QCheckBox("Sign (C2PA)")
        describe(
            self.on, "Sign the files", "A signed claim (C2PA) says how they were made, and names recordings", "Alt+G"
        )
        self.prompts = QCheckBox("Prompts")
        describe(self.prompts, "Tell the prompts", "Put the words of the scene into the claim", "Alt+7")
        self.name = ElidedLabel("value")
        self.name.setAccessibleName("Certificate")
        self.choose = QPushButton("Certificate …")
        self.choose.setAutoDefault(False)
        describe(self.choose, "Choose a certificate", "Sign with your own chain and its key (PEM)", "Alt+5")
        self.own = QPushButton("Self-made")
        self.own.setAutoDefault(False)
        describe(self.own, "Self-made certificate", "Sign with a certificate that is made on this computer", "Alt+6")
        self.hint = role_label(_HINT, "muted")
        boxes = QHBoxLayout()
        for box in (beside, self.on, self.prompts):
            boxes.addWidget(box)
            boxes.addSpacing(12)
        boxes.addStretch(1)
        self.certificate = QWidget()
        row = QHBoxLayout(self.certificate)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.name, 1)
        row.addWidget(self.choose)
        row.addWidget(self.own)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(boxes)
        column.addWidget(self.certificate)
        column.addWidget(self.hint)
        for box in (self.on, self.prompts):
            box.toggled.connect(self._show)
            box.toggled.connect(self.changed)
        self.choose.clicked.connect(self.certificate_wanted)
        self.own.clicked.connect(lambda: self.use_certificate(None))
        self._show()

    def value(self) -> SigningChoice:
        """Return what is chosen."""
        certificate, key = self._certificate or (None, None)
        return SigningChoice(self.on.isChecked(), Signing(certificate, key, tells_prompts=self.prompts.isChecked()))

    def wish(self) -> Signing | None:
        """Return the wish of an export: None for an unsigned one. A source without a scene has no words to tell."""
        choice = self.value()
        if choice.is_on and not self._has_words:
            return Signing(choice.signing.certificate, choice.signing.key)
        return choice.wish

    def show_value(self, choice: SigningChoice) -> None:
        """Show a choice, for example the one of last time."""
        wish = choice.signing
        self._certificate = None if wish.certificate is None or wish.key is None else (wish.certificate, wish.key)
        self.prompts.setChecked(wish.tells_prompts)
        self.on.setChecked(choice.is_on)
        self._show()

    def use_certificate(self, files: tuple[Path, Path] | None) -> None:
        """Sign with a chain and its key, or None: with a self-made certificate."""
        self._certificate = files
        self._show()
        self.changed.emit()

    def set_has_words(self, has_words: bool) -> None:
        """Say whether the source is a scene: only a scene has prompts."""
        self._has_words = has_words
        self._show()

    def _show(self) -> None:
        is_on = self.on.isChecked()
        self.name.set_whole_text(SELF_MADE if self._certificate is None else self._certificate[0].name)
        self.prompts.setEnabled(is_on and self._has_words)
        self.own.setEnabled(self._certificate is not None)
        for part in (self.certificate, self.hint):
            part.setVisible(is_on)
