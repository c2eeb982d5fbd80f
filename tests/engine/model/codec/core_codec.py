"""The shipped codec's networks, with and without the codes that were added to them."""

from engine.model.codec.xs import XsFoaVae
from engine.model.weights.checkpoint import SHIPPED, load_codec


def core_codec() -> XsFoaVae:
    """Return the shipped codec without partials and field codes."""
    shipped = load_codec(SHIPPED / "codec.safetensors")
    assert isinstance(shipped, XsFoaVae)
    return shipped.without_added()
