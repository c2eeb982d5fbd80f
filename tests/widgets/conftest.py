"""Widgets are tested offscreen, in their theme."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest

from widgets.parts.theme import apply_theme


@pytest.fixture(autouse=True)
def _themed(qapp):
    apply_theme(qapp)
