"""The FOA-VAEs: AmbiX to latents and back, whole or streamed, and the import of foreign weights."""
