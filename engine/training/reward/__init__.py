"""The reward model: scores takes against words and a direction; fitted to scenes."""
