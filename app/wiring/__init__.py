"""Every connection between the window and the engine."""
