"""The takes of a scene's blocks, made behind the user's back: nearest ahead of the playhead first."""
