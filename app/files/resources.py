"""The files that ship with the code."""

from pathlib import Path

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
SHIPPED_WEIGHTS = RESOURCES / "checkpoints" / "xs"
DEMO_PROMPT = "sea waves on a beach"
"""The prompt of the demo scene; it appears in the prompt field and can be changed."""
_FILMS = (".mp4", ".mov", ".mkv", ".webm")


def demo_film(resources: Path = RESOURCES) -> Path | None:
    """Return the demo scene, or None if it was left out."""
    folder = resources / "demo"
    films = sorted(file for file in folder.glob("*") if file.suffix.lower() in _FILMS) if folder.is_dir() else []
    return films[0] if films else None
