"""The part of the export dialog that says how files are written: a preset, or format and options."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QGridLayout, QHBoxLayout, QWidget

from app.delivery.file_format import USUAL_SUFFIX, FileFormat
from app.export.choice import CODINGS, FORMS
from app.export.signing_part import SigningPart
from engine.export.delivery.order import DEFAULT_CEILING_DBTP, LOUDEST_LUFS, QUIETEST_LUFS, RATES_HZ, codings_of
from engine.export.delivery.presets import PRESETS
from widgets.parts.describe import describe
from widgets.parts.elided_list import ElidedList
from widgets.parts.panel import role_label

_OWN = ""
_NAMES = {
    "reaper": "Reaper",
    "nuendo": "Nuendo",
    "pro-tools": "Pro Tools",
    "youtube-360": "YouTube 360",
    "quick-binaural": "Quick binaural",
}
_USUAL_LUFS = -23.0


class FormatPart(QWidget):
    """`changed` fires whenever something else is chosen. A preset sets everything but the origin.

    Any change of what a preset sets makes it custom.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._is_setting = False
        self.preset = ElidedList()
        self.preset.addItem("Custom", _OWN)
        for key, preset in PRESETS.items():
            self.preset.addItem(_NAMES.get(key, key), key)
            self.preset.setItemData(self.preset.count() - 1, preset.about, role=3)
        describe(self.preset, "Preset", "Format and all settings for a program or a site", "Alt+P")
        self.about = role_label("", "muted")
        self.about.setWordWrap(True)
        self.form = ElidedList()
        for name, kind, suffix in FORMS:
            self.form.addItem(f"{name} ({suffix})", (kind, suffix))
        describe(self.form, "Format", "The kind of files", "Alt+F")
        self.coding = ElidedList()
        describe(self.coding, "Sample format", "How each sample is stored", "Alt+D")
        self.rate = ElidedList()
        for rate_hz in RATES_HZ:
            self.rate.addItem(f"{rate_hz / 1000:g} kHz", rate_hz)
        self.rate.setCurrentIndex(self.rate.findData(48_000))
        describe(self.rate, "Sampling rate", "Samples per second", "Alt+R")
        self.normalise, self.lufs = QCheckBox("Loudness"), _spin(QUIETEST_LUFS, LOUDEST_LUFS, _USUAL_LUFS, " LUFS")
        describe(
            self.normalise, "Normalise the loudness", "One gain for all channels; otherwise only reported", "Alt+U"
        )
        describe(self.lufs, "Loudness", "Integrated loudness of the binaural sum", "Alt+3")
        self.limited, self.ceiling = QCheckBox("True peak at most"), _spin(-40.0, 0.0, DEFAULT_CEILING_DBTP, " dBTP")
        describe(self.limited, "Limit the true peak", "Lowers all channels alike if a peak is higher", "Alt+T")
        describe(self.ceiling, "Highest true peak", "Of all channels of the file", "Alt+4")
        self.watermark = QCheckBox("Watermark")
        self.watermark.setChecked(True)
        describe(
            self.watermark, "Watermark", "Mark generated sound inaudibly in W; recordings are never marked", "Alt+I"
        )
        self.signing = SigningPart(self.watermark)
        self._build_layout()
        self.form.currentIndexChanged.connect(self._form_changed)
        self.preset.currentIndexChanged.connect(self._preset_chosen)
        for box in (self.coding, self.rate):
            box.currentIndexChanged.connect(self._changed)
        for tick in (self.normalise, self.limited):
            tick.toggled.connect(self._changed)
        for spin in (self.lufs, self.ceiling):
            spin.valueChanged.connect(self._changed)
        self.watermark.toggled.connect(self.changed)
        self.signing.changed.connect(self.changed)
        self._form_changed()

    def choose_preset(self, key: str) -> None:
        """Choose a preset with all of its settings."""
        self.preset.setCurrentIndex(self.preset.findData(key))

    def value(self) -> FileFormat:
        """Return the chosen form."""
        kind, suffix = self.form.currentData()
        return FileFormat(
            kind=kind,
            suffix=suffix,
            coding=self.coding.currentData(),
            rate_hz=self.rate.currentData(),
            normalise_lufs=self.lufs.value() if self.normalise.isChecked() else None,
            ceiling_dbtp=self.ceiling.value() if self.limited.isChecked() else None,
            watermark=self.watermark.isChecked(),
            signing=self.signing.wish(),
        )

    def show_value(self, form: FileFormat) -> None:
        """Show a form, for example the one of last time."""
        self._is_setting = True
        rows = [(kind, suffix) for _, kind, suffix in FORMS]
        if (form.kind, form.suffix) in rows:
            self.form.setCurrentIndex(rows.index((form.kind, form.suffix)))
        self.coding.setCurrentIndex(max(0, self.coding.findData(form.coding)))
        self.rate.setCurrentIndex(max(0, self.rate.findData(form.rate_hz)))
        for tick, spin, value in (
            (self.normalise, self.lufs, form.normalise_lufs),
            (self.limited, self.ceiling, form.ceiling_dbtp),
        ):
            tick.setChecked(value is not None)
            if value is not None:
                spin.setValue(value)
        self._is_setting = False
        self._show_states()

    def _preset_chosen(self) -> None:
        key = self.preset.currentData()
        if key != _OWN:
            preset = PRESETS[key]
            self.show_value(
                FileFormat(
                    preset.kind,
                    USUAL_SUFFIX[preset.kind],
                    preset.coding,
                    preset.rate_hz,
                    preset.normalise_lufs,
                    preset.ceiling_dbtp,
                )
            )
        self._show_states()
        self.changed.emit()

    def _form_changed(self) -> None:
        kind, suffix = self.form.currentData()
        before = self.coding.currentData()
        self.coding.blockSignals(True)
        self.coding.clear()
        for coding in codings_of(kind, suffix):
            self.coding.addItem(CODINGS[coding], coding)
        self.coding.setCurrentIndex(max(0, self.coding.findData(before)))
        self.coding.blockSignals(False)
        self._changed()

    def _changed(self) -> None:
        if self._is_setting:
            return
        self.preset.blockSignals(True)
        self.preset.setCurrentIndex(self.preset.findData(_OWN))
        self.preset.blockSignals(False)
        self._show_states()
        self.changed.emit()

    def _show_states(self) -> None:
        key = self.preset.currentData()
        self.about.setText(PRESETS[key].about if key != _OWN else "The loudness is always reported.")
        self.coding.setEnabled(self.coding.count() > 1)
        self.lufs.setEnabled(self.normalise.isChecked())
        self.ceiling.setEnabled(self.limited.isChecked())

    def _build_layout(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(0, 120)
        for row, (text, control) in enumerate((("Preset", self.preset), ("", self.about), ("Format", self.form))):
            label = role_label(text, "muted")
            label.setBuddy(control)
            grid.addWidget(label, row, 0)
            grid.addWidget(control, row, 1)
        samples = QHBoxLayout()
        samples.addWidget(self.coding, 1)
        samples.addWidget(self.rate, 1)
        grid.addWidget(role_label("Samples", "muted"), 3, 0)
        grid.addLayout(samples, 3, 1)
        level = QHBoxLayout()
        for tick, spin in ((self.normalise, self.lufs), (self.limited, self.ceiling)):
            level.addWidget(tick)
            level.addWidget(spin)
            level.addSpacing(12)
        level.addStretch(1)
        grid.addWidget(role_label("Level", "muted"), 4, 0)
        grid.addLayout(level, 4, 1)
        grid.addWidget(role_label("Origin", "muted"), 5, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.signing, 5, 1)


def _spin(low: float, high: float, value: float, unit: str) -> QDoubleSpinBox:
    spin = QDoubleSpinBox()
    spin.setRange(low, high)
    spin.setDecimals(1)
    spin.setSingleStep(0.5)
    spin.setValue(value)
    spin.setSuffix(unit)
    return spin
