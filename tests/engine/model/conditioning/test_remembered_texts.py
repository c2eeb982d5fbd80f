"""A text is read once and alone: what is remembered of it does not depend on what was read beside it."""

import torch

from engine.model.conditioning.remembered_texts import RememberedTexts
from engine.model.conditioning.text import TextEncoder


def test_a_text_is_read_once_and_gives_the_same_bits_in_any_order() -> None:
    encoder, read = TextEncoder(), []

    class Counting:
        def encode(self, texts: list[str]) -> torch.Tensor:
            read.append(list(texts))
            return encoder.encode(texts)

        def read_of(self, text: str) -> str:
            return encoder.read_of(text)

    long = "a dog barks far away on the left while rain falls"
    first, second = RememberedTexts(Counting()), RememberedTexts(Counting())  # type: ignore[arg-type]
    together = first.encode(["wind", long])
    apart = torch.cat([second.encode([long]), second.encode(["wind"])])
    assert torch.equal(together, apart.flip(0))
    assert torch.allclose(together, encoder.encode(["wind", long]), atol=1e-5)
    first.encode([long, "wind", "wind"])
    assert read == [["wind"], [long], [long], ["wind"]]
    assert first.read_of("word " * 300) == encoder.read_of("word " * 300)
