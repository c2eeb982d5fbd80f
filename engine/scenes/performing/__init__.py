"""From a clip to a performance of a scene's length, and the quiet of the room around it."""
