"""Pictures that are made of nothing but their number, which is in every pixel."""

from typing import Self

import numpy as np


class NumberedPicture:
    """Shows its number, modulo 256, to display and model; its times are the subclass's."""

    number: int

    def narrowed(self) -> Self:
        return self

    def for_eye(self) -> np.ndarray:
        return np.full((2, 4, 4), self.number % 256, np.uint8)

    def for_model(self) -> np.ndarray:
        return np.full((128, 256, 3), self.number % 256, np.uint8)
