"""The open project as a window edits it: requests of widgets, undo by name."""
