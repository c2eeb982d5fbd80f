"""The keys of the window, the timeline and undo: Qt does nothing on a key that has two meanings."""

from collections import Counter

import pytest

from app.window.shortcut_list import shortcut_rows


@pytest.mark.slow
def test_no_key_has_two_meanings(app):
    keys = Counter(key for keys, _ in shortcut_rows(app.window) for key in keys.split(" or "))
    assert len(keys) > 80
    assert not [key for key, count in keys.items() if count > 1]
    assert {"Ctrl+Z", "Ctrl+Shift+Z", "Ctrl+Y", "I", "O", "M", "J", "K", "L", "Home", "End", ",", "."} <= set(keys)


@pytest.mark.slow
def test_the_list_of_keys_has_the_gains_and_the_offset(app):
    rows = dict(shortcut_rows(app.window))
    assert rows["Ctrl+G"] == "Master Gain"
    assert rows["Ctrl+Alt+G"] == "Master Gain to 0 dB"
    assert rows["Shift+G"] == "Gain of the Block"
    assert rows["Alt+Shift+W"] == "Gain of the block"
    assert rows["Ctrl+Alt+V"] == "A/V Offset"
