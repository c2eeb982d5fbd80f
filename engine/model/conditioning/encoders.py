"""What reads the prompts and the frames of a stream; loaded once and shared by any number of streams."""

from dataclasses import dataclass

from engine.model.conditioning.text import TextEncoder
from engine.model.conditioning.video import VideoFeatures


@dataclass(frozen=True, eq=False)
class Encoders:
    """The sentence encoder of prompts and the feature extractor of conditioning frames. Both keep no state."""

    text: TextEncoder
    video: VideoFeatures


def load_encoders() -> Encoders:
    """Load the encoders that come with the program."""
    return Encoders(TextEncoder(), VideoFeatures())
