"""The preferences, kept and applied: theme, device, latency, model."""
