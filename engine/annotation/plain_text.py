"""Text from elsewhere (file names, labels, answers) made fit for a terminal, a drawing and a file."""


def printable(text: str) -> str:
    """Return a text without what could steer a terminal or cannot be written to a file, on one line."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
