import pytest

from engine.runtime.film.picture_board import BoardReader, PictureBoard


@pytest.fixture
def board():
    made = PictureBoard()
    yield made
    made.close()


@pytest.fixture
def reader(board):
    made = BoardReader(board.name)
    yield made
    made.close()
