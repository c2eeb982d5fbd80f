"""What of the window is seen: full screen, hidden panels, sizes."""
