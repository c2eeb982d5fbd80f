"""An endpoint that answers as a test says."""

from collections.abc import Iterator

import pytest

from tests.chat_endpoint import Endpoint, serving


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with serving() as server:
        yield server
