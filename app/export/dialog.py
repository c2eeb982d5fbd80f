"""The export dialog: what, where, progress, cancel."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from app.export.file_row import ExportFileRow
from app.export.request import ExportRequest, ExportSource
from app.window.dialogs import ask, short_name
from engine.contract.errors import ExportError
from engine.contract.telemetry import TakeSummary
from engine.export.levels import Gain
from widgets.parts.describe import describe
from widgets.parts.panel import role_label

_SUBTYPES = (("32-bit float (FLAC: 24-bit)", None), ("24-bit PCM", "pcm24"))
_GAINS: tuple[tuple[str, Gain], ...] = (
    ("Unchanged", 0.0),
    ("Lower peaks that 24 bits would clip", "auto"),
    ("-6 dB", -6.0),
    ("-12 dB", -12.0),
    ("+6 dB", 6.0),
    ("+12 dB", 12.0),
)
_FIELD_KINDS = "WAV, AmbiX (*.wav);;FLAC, AmbiX (*.flac);;AMB, FuMa (*.amb)"
_BINAURAL_KINDS = "WAV (*.wav);;FLAC (*.flac)"


class ExportDialog(QDialog):
    """`requested` carries an ExportRequest; the owner answers with show_progress and one of the endings."""

    requested = Signal(object)
    cancel_requested = Signal()

    def __init__(
        self, folder: Path, film_name: str, take: TakeSummary, binaural_first: bool, has_film: bool, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export")
        self.setMinimumWidth(560)
        self._running = False
        self.take = QRadioButton("The take as heard")
        self.film = QRadioButton("The whole film, rendered again")
        describe(self.take, "Export the take", "The sound you heard for this film, with every change you made", "Alt+T")
        describe(
            self.film, "Render the whole film", "From start to end, with the current prompt and direction", "Alt+W"
        )
        self.sources = QButtonGroup(self)
        self.sources.addButton(self.take)
        self.sources.addButton(self.film)
        has_take = take.length_s > 0.0
        self.take.setEnabled(has_take)
        (self.take if has_take else self.film).setChecked(True)
        self.film.setEnabled(has_film)
        note = f"{take.length_s:.1f} s so far" if has_take else "Nothing has been heard yet: play the film first"
        self.take_note = role_label(note, "muted")
        self.take_missing = role_label(take.missing, "muted")
        self.take_missing.setWordWrap(True)
        self.take_missing.setVisible(bool(take.missing))
        film_note = "Playback pauses during rendering" if has_film else "Open the film to render it"
        self.film_note = role_label(film_note, "muted")
        self.ambix = ExportFileRow(
            "Sound field: .wav or .flac (AmbiX: W, Y, Z, X), .amb (FuMa)",
            folder / f"{film_name}-foa.wav",
            ("Alt+F", "Alt+1", "Alt+B"),
            _FIELD_KINDS,
        )
        self.binaural = ExportFileRow(
            "Binaural, for headphones: .wav or .flac",
            folder / f"{film_name}-binaural.wav",
            ("Alt+H", "Alt+2", "Alt+R"),
            _BINAURAL_KINDS,
        )
        self.ambix.tick.setChecked(not binaural_first)
        self.binaural.tick.setChecked(binaural_first)
        self.subtype = QComboBox()
        for text, value in _SUBTYPES:
            self.subtype.addItem(text, value)
        describe(self.subtype, "Sample format", "Float keeps every peak; 24-bit works in older tools", "Alt+S")
        self.gain = QComboBox()
        for text, gain in _GAINS:
            self.gain.addItem(text, gain)
        describe(self.gain, "Gain", "Applies to all channels; 24-bit files clip peaks above full scale", "Alt+G")
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Progress of the export")
        self.status = role_label("", "muted")
        self.status.setWordWrap(True)
        self.export_button = QPushButton("Export")
        self.export_button.setObjectName("primary")
        self.export_button.setDefault(True)
        describe(self.export_button, "Export", "Write the files", "Ctrl+Return")
        self.close_button = QPushButton()
        self._name_close_button()
        self._build_layout()
        self.export_button.clicked.connect(self._request)
        self.close_button.clicked.connect(self.reject)

    def show_progress(self, fraction: float) -> None:
        """Show how much is written, 0 to 1."""
        self.progress.setValue(round(1000 * fraction))
        if self._running:
            self.status.setText(f"{100 * fraction:.0f} %")

    def show_running(self) -> None:
        """Show that the export has started."""
        self._set_running(True)
        self.progress.setValue(0)
        self.status.setText("Starting …")

    def show_done(self, text: str) -> None:
        """Show that the export is finished, with a sentence about it."""
        self._set_running(False)
        self.progress.setValue(1000)
        self.status.setText(text)

    def show_stopped(self, text: str) -> None:
        """Return to the form after a cancel or a failure, and show a sentence."""
        self._set_running(False)
        self.progress.setValue(0)
        self.status.setText(text)

    def reject(self) -> None:
        """Cancel a running export first; close only when none runs."""
        if self._running:
            self.status.setText("Cancelling …")
            self.cancel_requested.emit()
        else:
            super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close, or cancel a running export first."""
        if self._running:
            event.ignore()
            self.reject()
        else:
            super().closeEvent(event)

    def _request(self) -> None:
        try:
            request = ExportRequest(
                source=ExportSource.TAKE if self.take.isChecked() else ExportSource.FILM,
                ambix=self.ambix.chosen_file(),
                binaural=self.binaural.chosen_file(),
                subtype=self.subtype.currentData(),
                gain=self.gain.currentData(),
            )
        except ExportError as error:
            self.status.setText(str(error))
            return
        fresh = [file for file in request.files if file.exists() and not self._was_confirmed(file)]
        if fresh and not self._may_replace(fresh):
            return
        self.requested.emit(request)

    def _was_confirmed(self, file: Path) -> bool:
        return file in (self.ambix.confirmed_file, self.binaural.confirmed_file)

    def _may_replace(self, files: list[Path]) -> bool:
        names = " and ".join(short_name(file.name) for file in files)
        is_there, it = ("exist", "them") if len(files) > 1 else ("exists", "it")
        folders = dict.fromkeys(short_name(str(file.parent)) for file in files)
        return ask(
            self,
            f"Replace {it}?",
            f"{names} already {is_there} in {' and '.join(folders)}. The old sound is lost if you replace {it}.",
            "Replace",
        )

    def _set_running(self, running: bool) -> None:
        self._running = running
        for part in (self.take, self.film, self.ambix, self.binaural, self.subtype, self.gain, self.export_button):
            part.setEnabled(not running)
        self._name_close_button()

    def _name_close_button(self) -> None:
        self.close_button.setText("Cancel" if self._running else "Close")
        tip = "Stop; no partial file is left" if self._running else "Close this dialog"
        describe(self.close_button, self.close_button.text(), tip, "Esc")

    def _build_layout(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 18)
        layout.setSpacing(12)
        layout.addWidget(role_label("WHAT", "title"))
        for button, note in ((self.take, self.take_note), (self.film, self.film_note)):
            row = QHBoxLayout()
            row.addWidget(button)
            row.addStretch(1)
            row.addWidget(note)
            layout.addLayout(row)
            if button is self.take:
                layout.addWidget(self.take_missing)
        layout.addSpacing(4)
        layout.addWidget(role_label("FILES", "title"))
        layout.addWidget(self.ambix)
        layout.addWidget(self.binaural)
        for text, box in (("Sample format", self.subtype), ("Gain", self.gain)):
            row = QHBoxLayout()
            label = role_label(text, "muted")
            label.setBuddy(box)
            row.addSpacing(26)
            row.addWidget(label)
            row.addStretch(1)
            row.addWidget(box)
            layout.addLayout(row)
        layout.addSpacing(4)
        layout.addWidget(self.progress)
        buttons = QHBoxLayout()
        buttons.addWidget(self.status, 1)
        buttons.addWidget(self.close_button)
        buttons.addWidget(self.export_button)
        layout.addLayout(buttons)
