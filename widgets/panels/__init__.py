"""Controls beside the film: prompt, direction, output, the engine's state."""
