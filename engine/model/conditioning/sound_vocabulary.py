"""The names of the sounds that a generator was trained on, and which of them a prompt means.

A user's words are rarely those of the captions. Their sentence embedding lies beside the trained ones, in an area that
the generator has not seen; the names nearest to it lie in areas that it has.
"""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn.functional import normalize

from engine.contract.errors import InvalidInputError

_TEMPERATURE = 0.03
_LARGEST_PRIOR = 20.0
_MOSTLY = 0.5
"""If a text's nearest name has this weight, the text means that name alone."""


@dataclass(frozen=True, eq=False)
class SoundVocabulary:
    """K names, their sentence embeddings (K, D) of length one, and `prior` (K,): logarithms of their weights.

    `steady` (K,) is 1 for sounds that keep a beat and 0 for others; None if that is not known. Raises InvalidInputError
    if these do not fit together.
    """

    names: tuple[str, ...]
    embeddings: Tensor
    prior: Tensor
    steady: Tensor | None = None

    def __post_init__(self) -> None:
        """Check sizes and values."""
        count = len(self.names)
        if not count or self.embeddings.ndim != 2 or len(self.embeddings) != count or self.prior.shape != (count,):
            raise InvalidInputError("Known sounds need a name, an embedding and a weight each.")
        steady = self.prior.new_zeros(count) if self.steady is None else self.steady
        if steady.shape != (count,) or not bool(((steady == 0) | (steady == 1)).all()):
            raise InvalidInputError("Whether known sounds keep a beat is 0 or 1 for each.")
        if not torch.isfinite(self.embeddings).all() or not bool((self.prior.abs() <= _LARGEST_PRIOR).all()):
            raise InvalidInputError("Known sounds need embeddings that are finite, and weights that are moderate.")

    def similarities(self, embeddings: Tensor) -> Tensor:
        """Return the cosines (N, K) of texts (N, D) and names, less the common part of all names."""
        return normalize(embeddings - self._shared, dim=1) @ self._apart.T

    @cached_property
    def _shared(self) -> Tensor:
        return self.embeddings.mean(0)

    @cached_property
    def _apart(self) -> Tensor:
        return normalize(self.embeddings - self._shared, dim=1)

    def recordings(self, index: int) -> int:
        """Return how many recordings of the sound with this name were used in training, derived from its weight."""
        return round(float((2.0 * self.prior[index]).exp()))

    def most_meant(self, embedding: Tensor) -> list[int]:
        """Return the one or two names that a text (D,) is mapped to, the nearest first."""
        weights = torch.softmax(self.similarities(embedding[None])[0] / _TEMPERATURE + self.prior, dim=0)
        shares, order = weights.sort(descending=True)
        return order[: 1 if float(shares[0]) >= _MOSTLY or len(order) < 2 else 2].tolist()

    def meant(self, embeddings: Tensor) -> Tensor:
        """Return the mean (N, D) of the names nearest to texts (N, D), of length one."""
        return normalize(self._weights(embeddings) @ self.embeddings, dim=1)

    def steadiness(self, embeddings: Tensor) -> Tensor | None:
        """Return how far the names nearest to texts (N, D) keep a beat (N,), 0 to 1; None if that is not known."""
        return None if self.steady is None else self._weights(embeddings) @ self.steady.to(embeddings)

    def _weights(self, embeddings: Tensor) -> Tensor:
        return torch.softmax(self.similarities(embeddings) / _TEMPERATURE + self.prior, dim=1)
