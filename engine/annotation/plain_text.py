"""Text from outside (file names, labels, answers) made safe for a terminal, a drawing and a file."""


def printable(text: str) -> str:
    """Return a text on one line, without control characters and without characters that cannot be written to a file."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
