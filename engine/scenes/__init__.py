"""Composing scenes: real sounds placed and moved in rooms and diffuse beds, with pictures and exact labels."""
