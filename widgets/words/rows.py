"""What the tables of lanes have in common: one row is chosen, some columns keep their width, the others stretch."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget

from widgets.parts.whole_rows import show_whole_rows

_ROW_HEIGHT: Final = 34


def show_as_rows(table: QTableWidget, columns: tuple[str, ...], widths: Mapping[int, int]) -> None:
    """Name the columns of a table; those with a width in pixels keep it."""
    table.setColumnCount(len(columns))
    table.setHorizontalHeaderLabels(columns)
    table.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
    show_whole_rows(table)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    header = table.horizontalHeader()
    for column in range(len(columns)):
        if column in widths:
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            table.setColumnWidth(column, widths[column])
        else:
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
