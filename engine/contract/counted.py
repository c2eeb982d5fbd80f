"""Numbers of things in sentences."""


def counted(count: int, name: str) -> str:
    """Return `1 marker` or `3 markers`; the plural of `name` ends with an s."""
    return f"{count} {name}" if count == 1 else f"{count} {name}s"
