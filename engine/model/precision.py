"""In which precision patches are rendered: bfloat16 where the processor multiplies it itself.

It was trained under autocast to bfloat16 and is the larger part of a patch's time. Its velocity is off by a hundredth
(LOG.md); the sums of a solver, the language model and the codec stay float32.
"""

import torch

from engine.model.checkpoint import LoadedModel

_UNITS = ("avx512_bf16", "amx_bf16")


def has_bfloat16_units() -> bool:
    """Whether this processor multiplies bfloat16 without a detour over float32."""
    capabilities = torch.cpu.get_capabilities()
    return any(bool(capabilities.get(unit)) for unit in _UNITS)


def quicken(model: LoadedModel) -> None:
    """Turn the LocDiTs of a model on the CPU to bfloat16, where that is faster."""
    if not has_bfloat16_units():
        return
    for dit in (model.generator.dit if model.generator is not None else None, model.jumps):
        if dit is not None and dit.role.device.type == "cpu":
            dit.to(torch.bfloat16)
