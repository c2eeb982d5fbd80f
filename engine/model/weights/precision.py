"""The precision of rendering: bfloat16 if the processor multiplies it natively.

The LocDiT was trained under autocast to bfloat16 and is the larger part of a patch's time. Its velocity is off by a
hundredth (LOG.md); the sums of a solver, the language model and the codec stay float32.
"""

import torch

from engine.model.weights.checkpoint import LoadedModel

_UNITS = ("avx512_bf16", "amx_bf16")


def rendering_dtype(device: torch.device) -> torch.dtype:
    """Return bfloat16 on a CPU that multiplies it without a detour over float32, otherwise float32."""
    # An older torch does not report the processor's abilities.
    capabilities: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    fast = device.type == "cpu" and any(capabilities.get(unit) for unit in _UNITS)
    return torch.bfloat16 if fast else torch.float32


def training_precision(device: torch.device, *, may_be_low: bool = True) -> torch.autocast:
    """Return autocast to bfloat16, off on a CPU that would take the detour: there it costs several times float32."""
    is_slow = device.type == "cpu" and rendering_dtype(device) is torch.float32
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=may_be_low and not is_slow)


def quicken(model: LoadedModel) -> None:
    """Convert the LocDiTs of a model to the rendering precision of their device."""
    model.generator.dit.to(rendering_dtype(model.generator.dit.role.device))
    model.generator.clear_cache()
    if model.few_step is not None:
        model.few_step.to(rendering_dtype(model.few_step.role.device))
