"""What words are understood as, and how well a sound is recognised, in words for the user."""

from collections.abc import Sequence

from engine.contract.known_sounds import KnownAs, KnownSound


def known_as_text(read_as: Sequence[KnownAs]) -> str:
    """Return what words are read as on one line, "" for nothing: "dog barking, 0.83"."""
    if not read_as:
        return ""
    if len(read_as) == 1:
        return _one(read_as[0])
    return "; ".join(_one(known) if known.is_taught else f'"{known.words}": {_one(known)}' for known in read_as)


def _one(known: KnownAs) -> str:
    names = f"{' or '.join(known.names)}, {known.nearness:.2f}"
    return f"Read as {names}" if known.is_taught else f"Nothing like this was taught: nearest is {names}"


def recognised_text(sound: KnownSound) -> str:
    """Return how well a sound is recognised, in a few words."""
    if sound.recognised is None:
        return "not measured"
    right, count = sound.recognised
    return f"{right} of {count}"


def recognised_tip(sound: KnownSound) -> str:
    """Return the same as a sentence, with what the figure means."""
    kind = f"Kind: {sound.sound_class}. " if sound.sound_class else ""
    recordings = f"{kind}{sound.recordings} recording{'' if sound.recordings == 1 else 's'} in training."
    if sound.recognised is None:
        return f"{recordings} How well the sound is recognised was not measured for these weights."
    right, count = sound.recognised
    text = f"{recordings} An independent tagger recognises {right} of {count} generated takes of this kind"
    if sound.real is not None and sound.real[1]:
        text += f", and {sound.real[0]} of {sound.real[1]} real recordings"
    return f"{text}."
