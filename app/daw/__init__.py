"""What the window exchanges with a workstation."""
