"""Edits: pure functions that take a scene and return a Change, or refuse with a SceneError."""
