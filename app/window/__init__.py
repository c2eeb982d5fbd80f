"""The window's layout and its dialogs; no connections."""
