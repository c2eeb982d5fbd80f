"""The look: palette and style sheet of a theme, applied to the whole application at any time."""

from pathlib import Path
from typing import Final

from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory, QWidget

from widgets.parts.colours import COLOURS, DARK, LIGHT, Colours, use_colours

__all__ = ["COLOURS", "DARK", "LIGHT", "Colours", "apply_theme", "palette_of", "style_sheet"]

_ICONS: Final = Path(__file__).resolve().parents[2] / "resources" / "icons"


def style_sheet(colours: Colours = DARK) -> str:
    """Return the style sheet that the palette cannot express."""
    icons = (_ICONS / colours.name).as_posix()
    return f"""
    QWidget {{ font-size: 13px; }}
    QMainWindow, QDialog {{ background: {colours.window}; }}
    QDialog {{ border: 1px solid {colours.border}; }}
    QFrame#panel {{ background: {colours.panel}; border: 1px solid {colours.border}; border-radius: 8px; }}
    QLabel {{ background: transparent; color: {colours.text}; }}
    QLabel[role="title"] {{ color: {colours.muted}; font-weight: 600; font-size: 11px; letter-spacing: 1px; }}
    QLabel[role="heading"] {{ color: {colours.text}; font-weight: 600; }}
    QLabel[role="muted"] {{ color: {colours.muted}; }}
    QLabel[role="value"] {{ color: {colours.text}; }}
    QLabel[role="good"] {{ color: {colours.good}; }}
    QLabel[role="warning"] {{ color: {colours.warning}; }}
    QLabel[role="bad"] {{ color: {colours.bad}; }}
    QLabel[role="accent"] {{ color: {colours.accent}; }}
    QLabel[role="hero"] {{ color: {colours.text}; font-size: 20px; font-weight: 600; }}
    QLabel:disabled, QLabel[role="muted"]:disabled {{ color: {colours.disabled}; }}
    QLineEdit {{ background: {colours.window}; border: 1px solid {colours.border}; border-radius: 6px;
        padding: 7px 10px; selection-background-color: {colours.accent}; selection-color: {colours.accent_text}; }}
    QLineEdit#prompt {{ font-size: 17px; }}
    QLineEdit:focus, QLineEdit:hover {{ border-color: {colours.accent}; }}
    QPushButton, QToolButton {{ background: {colours.raised}; border: 1px solid {colours.border};
        border-radius: 6px; padding: 6px 14px; color: {colours.text}; }}
    QToolButton {{ padding: 6px; }}
    QToolButton[role="lane"], QToolButton[role="lane"]:focus {{ padding: 1px; font-size: 12px; font-weight: 600; }}
    QToolButton[role="switch"], QToolButton[role="switch"]:focus {{ padding: 1px 8px; font-size: 12px; }}
    QToolButton[role="alert"], QToolButton[role="alert"]:focus {{ padding: 0; font-size: 11px; font-weight: 600; }}
    QToolButton[role="alert"]:enabled {{ background: {colours.warning}; color: {colours.accent_text}; }}
    QPushButton:hover, QToolButton:hover {{ border-color: {colours.accent}; }}
    QPushButton:pressed, QToolButton:pressed {{ background: {colours.border}; }}
    QPushButton:disabled, QToolButton:disabled {{ color: {colours.disabled}; background: transparent; }}
    QAbstractItemView {{ background: {colours.window}; border: 1px solid {colours.border}; border-radius: 6px;
        selection-background-color: {colours.chosen}; selection-color: {colours.text}; }}
    QListWidget::item {{ padding: 3px 4px; }}
    QListWidget::item:selected {{ background: {colours.chosen}; color: {colours.text}; }}
    QHeaderView, QHeaderView::section {{ background: transparent; border: none; }}
    QHeaderView::section {{ color: {colours.muted}; font-size: 12px; padding: 4px 5px;
        border-bottom: 1px solid {colours.border}; }}
    QPushButton:checked {{ background: {colours.chosen}; border-color: {colours.accent}; }}
    QToolButton:checked {{ background: {colours.chosen}; border-color: {colours.chosen}; }}
    QPushButton:focus, QToolButton:focus {{ border: 2px solid {colours.accent}; }}
    QPushButton:focus {{ padding: 5px 13px; }}
    QToolButton:focus {{ padding: 5px; }}
    QPushButton#primary {{ background: {colours.accent}; color: {colours.accent_text};
        border-color: {colours.accent}; font-weight: 600; }}
    QPushButton#primary:focus {{ border-color: {colours.text}; }}
    QPushButton#primary:disabled {{ background: {colours.raised}; color: {colours.disabled};
        border-color: {colours.border}; }}
    QSlider::groove:horizontal {{ height: 4px; background: {colours.border}; border-radius: 2px; }}
    QSlider::sub-page:horizontal {{ background: {colours.accent}; border-radius: 2px; }}
    QSlider::sub-page:horizontal:disabled {{ background: {colours.border}; }}
    QSlider#centred::sub-page:horizontal {{ background: {colours.border}; }}
    QSlider::handle:horizontal {{ width: 14px; height: 14px; margin: -5px 0; border-radius: 7px;
        background: {colours.text}; }}
    QSlider::handle:horizontal:focus {{ background: {colours.accent}; }}
    QSlider::handle:horizontal:disabled {{ background: {colours.disabled}; }}
    QComboBox {{ background: {colours.raised}; border: 1px solid {colours.border}; border-radius: 6px;
        padding: 5px 10px; color: {colours.text}; }}
    QComboBox:hover, QComboBox:focus {{ border-color: {colours.accent}; }}
    QComboBox:disabled {{ background: {colours.panel}; color: {colours.disabled}; }}
    QComboBox::drop-down {{ border: none; width: 26px; }}
    QComboBox::down-arrow {{ image: url({icons}/chevron-down.svg); width: 14px; height: 14px; }}
    QComboBox QAbstractItemView {{ background: {colours.panel}; border: 1px solid {colours.border};
        selection-background-color: {colours.raised}; selection-color: {colours.text}; outline: none; }}
    QAbstractSpinBox {{ background: {colours.window}; border: 1px solid {colours.border}; border-radius: 6px;
        padding: 4px 4px 4px 8px; min-width: 44px; selection-background-color: {colours.accent};
        selection-color: {colours.accent_text}; }}
    QAbstractSpinBox[role="word"] {{ min-width: 66px; }}
    QAbstractSpinBox:hover, QAbstractSpinBox:focus {{ border-color: {colours.accent}; }}
    QAbstractSpinBox:disabled {{ color: {colours.disabled}; }}
    QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ border: none; background: none; width: 18px; }}
    QAbstractSpinBox::up-arrow {{ image: url({icons}/chevron-up.svg); width: 11px; height: 11px; }}
    QAbstractSpinBox::down-arrow {{ image: url({icons}/chevron-down.svg); width: 11px; height: 11px; }}
    QCheckBox, QRadioButton {{ spacing: 9px; color: {colours.text}; }}
    QCheckBox:disabled, QRadioButton:disabled {{ color: {colours.disabled}; }}
    QCheckBox::indicator, QRadioButton::indicator {{ width: 16px; height: 16px; background: {colours.window};
        border: 1px solid {colours.disabled}; }}
    QCheckBox::indicator {{ border-radius: 4px; }}
    QRadioButton::indicator {{ border-radius: 9px; }}
    QCheckBox::indicator:hover, QRadioButton::indicator:hover, QCheckBox::indicator:focus,
        QRadioButton::indicator:focus {{ border-color: {colours.accent}; }}
    QCheckBox::indicator:checked {{ background: {colours.accent}; border-color: {colours.accent};
        image: url({icons}/check.svg); }}
    QRadioButton::indicator:checked {{ border-color: {colours.accent}; background: qradialgradient(cx: 0.5, cy: 0.5,
        radius: 0.5, fx: 0.5, fy: 0.5, stop: 0 {colours.accent}, stop: 0.5 {colours.accent},
        stop: 0.6 {colours.window}, stop: 1 {colours.window}); }}
    QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
    QMessageBox QLabel#qt_msgbox_label {{ font-size: 15px; font-weight: 600; min-width: 400px; }}
    QMessageBox QLabel#qt_msgbox_informativelabel {{ min-width: 400px; }}
    QListWidget {{ padding: 4px; }}
    QScrollArea {{ background: transparent; border: none; }}
    QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
    QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
    QScrollBar::handle {{ background: {colours.border}; border-radius: 3px; margin: 2px; min-height: 30px;
        min-width: 30px; }}
    QScrollBar::handle:hover {{ background: {colours.disabled}; }}
    QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{ background: none;
        border: none; width: 0; height: 0; }}
    QProgressBar {{ background: {colours.window}; border: 1px solid {colours.border}; border-radius: 4px;
        max-height: 10px; text-align: center; }}
    QProgressBar::chunk {{ background: {colours.accent}; border-radius: 3px; }}
    QToolButton[role="tab"] {{ background: transparent; color: {colours.muted}; padding: 5px 10px 6px 10px;
        border: none; border-radius: 0; border-bottom: 2px solid {colours.border}; }}
    QToolButton[role="tab"]:hover {{ color: {colours.text}; }}
    QToolButton[role="tab"]:checked {{ color: {colours.text}; border-bottom: 2px solid {colours.accent}; }}
    QToolButton[role="tab"]:focus {{ color: {colours.accent}; }}
    QSplitter::handle {{ background: transparent; }}
    QSplitter::handle:hover {{ background: {colours.border}; }}
    QMenuBar {{ background: {colours.window}; padding: 2px 6px; }}
    QMenuBar::item {{ padding: 5px 10px; border-radius: 4px; background: transparent; }}
    QMenuBar::item:selected {{ background: {colours.raised}; }}
    QMenu {{ background: {colours.panel}; border: 1px solid {colours.border}; padding: 5px; }}
    QMenu::item {{ padding: 6px 26px 6px 22px; border-radius: 4px; }}
    QMenu::item:selected {{ background: {colours.raised}; }}
    QMenu::item:disabled {{ color: {colours.disabled}; }}
    QMenu::separator {{ height: 1px; background: {colours.border}; margin: 5px 8px; }}
    QToolTip {{ background: {colours.raised}; color: {colours.text}; border: 1px solid {colours.border};
        padding: 5px; }}
    """


def palette_of(colours: Colours = DARK) -> QPalette:
    """Return the palette for the Fusion style."""
    roles = {
        QPalette.ColorRole.Window: colours.window,
        QPalette.ColorRole.WindowText: colours.text,
        QPalette.ColorRole.Base: colours.window,
        QPalette.ColorRole.AlternateBase: colours.panel,
        QPalette.ColorRole.Text: colours.text,
        QPalette.ColorRole.PlaceholderText: colours.muted,
        QPalette.ColorRole.Button: colours.raised,
        QPalette.ColorRole.ButtonText: colours.text,
        QPalette.ColorRole.BrightText: colours.bad,
        QPalette.ColorRole.ToolTipBase: colours.raised,
        QPalette.ColorRole.ToolTipText: colours.text,
        QPalette.ColorRole.Highlight: colours.accent,
        QPalette.ColorRole.HighlightedText: colours.accent_text,
        QPalette.ColorRole.Link: colours.accent,
        QPalette.ColorRole.Light: colours.border,
        QPalette.ColorRole.Midlight: colours.border,
        QPalette.ColorRole.Mid: colours.border,
        QPalette.ColorRole.Dark: colours.window,
        QPalette.ColorRole.Shadow: colours.window,
        QPalette.ColorRole.Accent: colours.accent,
    }
    palette = QPalette()
    for role, colour in roles.items():
        palette.setColor(role, QColor(colour))
    greyed = (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText)
    for role in greyed:
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(colours.disabled))
    return palette


def apply_theme(application: QApplication, colours: Colours = DARK) -> None:
    """Style the whole application, also while its windows are open."""
    use_colours(colours)
    application.setStyle(QStyleFactory.create("Fusion"))
    application.setFont(QFont(application.font().family(), 10))
    application.setPalette(palette_of(colours))
    application.setStyleSheet(style_sheet(colours))
    for widget in application.allWidgets():
        QWidget.update(widget)  # those that paint themselves: Qt repaints only what its style draws
