"""The shipped codec's networks, with and without the codes that were added to them."""

from dataclasses import replace

from engine.model.codec.xs import XsFoaVae
from engine.model.weights.checkpoint import SHIPPED, load_codec


def core_codec() -> XsFoaVae:
    """Return the shipped codec without partials and field codes."""
    shipped = load_codec(SHIPPED / "codec.safetensors")
    assert isinstance(shipped, XsFoaVae)
    core = shipped.spec.core_dim
    codec = XsFoaVae(replace(shipped.spec, latent_dim=core, partial_bands=0, field_codes=False))
    state = shipped.state_dict()
    state |= {name: state[name][:core] for name in ("code_mean", "code_scale")}
    codec.load_state_dict(state)
    return codec.eval().requires_grad_(False)
