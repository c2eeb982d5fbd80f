"""The generation process: film and settings to patches in the ring."""
