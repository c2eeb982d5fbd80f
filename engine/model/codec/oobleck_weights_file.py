"""Weights files of other programs, read with distrust: safetensors, or a torch checkpoint opened for tensors alone."""

import pickle
import warnings
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from engine.contract.errors import CheckpointError

_PICKLE, _ZIP = b"\x80", b"PK"


def read_weights(path: Path, choose: Callable[[Iterable[str]], Iterable[str]]) -> dict[str, Tensor]:
    """Return the tensors of a file whose names `choose` picks among all, as float32 on the CPU.

    The first bytes decide what a file is, not its name. Raises CheckpointError if it cannot be read, is damaged, is no
    weights file, or wants to run code; whatever `choose` raises passes through.
    """
    try:
        with path.open("rb") as file:
            head = file.read(9)
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}.") from error
    if head[8:] == b"{":
        return _read_safetensors(path, choose)
    if head.startswith((_ZIP, _PICKLE)):
        return _read_torch(path, choose)
    raise CheckpointError(
        f"{path} is not a file of weights: choose a .safetensors or .ckpt file of a Stable Audio model."
    )


def _read_safetensors(path: Path, choose: Callable[[Iterable[str]], Iterable[str]]) -> dict[str, Tensor]:
    try:
        with safe_open(path, framework="pt") as file:
            return {name: _as_float(name, file.get_tensor(name), path) for name in choose(file.keys())}
    except (SafetensorError, OSError) as error:
        raise _damaged(path) from error


def _read_torch(path: Path, choose: Callable[[Iterable[str]], Iterable[str]]) -> dict[str, Tensor]:
    zipped = zipfile.is_zipfile(path)
    try:
        if zipped and _unpacked_bytes(path) > path.stat().st_size:
            raise ValueError("an archive that grows when it is unpacked holds no weights")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about old formats: nothing that the user could do about them
            held = torch.load(path, map_location="cpu", weights_only=True, mmap=zipped)
    except pickle.UnpicklingError as error:
        raise CheckpointError(
            f"{path} holds more than weights (it may want to run code), so it was not opened: "
            "save its weights as safetensors and import those."
        ) from error
    except Exception as error:  # an untrusted pickle can end in nearly any kind
        raise _damaged(path) from error
    tensors = held.get("state_dict", held) if isinstance(held, dict) else {}
    tensors = tensors if isinstance(tensors, dict) else {}
    tensors = {name: value for name, value in tensors.items() if isinstance(name, str) and isinstance(value, Tensor)}
    return {name: _as_float(name, tensors[name], path) for name in choose(tensors)}


def _unpacked_bytes(path: Path) -> int:
    with zipfile.ZipFile(path) as archive:
        return sum(entry.file_size for entry in archive.infolist())


def _as_float(name: str, tensor: Tensor, path: Path) -> Tensor:
    """Return the tensor as float32; a few stored numbers must not pose as a tensor that fills the memory."""
    plain = tensor.layout is torch.strided and tensor.device.type == "cpu" and tensor.is_floating_point()
    if not plain or tensor.untyped_storage().nbytes() < tensor.numel() * tensor.element_size():
        raise CheckpointError(f"{path} is damaged or of another kind: {name!r} in it is not a plain array of numbers.")
    return tensor.detach().float()


def _damaged(path: Path) -> CheckpointError:
    return CheckpointError(f"{path} is damaged, incomplete or not a file of weights: download or copy it again.")
