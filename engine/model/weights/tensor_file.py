"""Writes tensors as safetensors, whole or not at all."""

from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from engine.contract.errors import ExportError
from engine.files.staging import make_folder, whole_file


def write_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: dict[str, str] | None = None) -> None:
    """Write tensors, from any device, and a file's metadata; the folder is made. Raises ExportError."""
    make_folder(path.parent)
    with whole_file(path) as staged:
        staged.touch()
        usual = staged.stat().st_mode
        try:
            # Cloned: views of one memory are refused.
            save_file({k: v.detach().cpu().contiguous().clone() for k, v in tensors.items()}, staged, metadata=metadata)
        except SafetensorError as error:  # it does not pass on the system's error
            raise ExportError(
                f"{path} cannot be written: free some space on the disk or choose another folder."
            ) from error
        staged.chmod(usual)  # safetensors makes files that only their owner can read
