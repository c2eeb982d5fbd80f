"""Captions by a multimodal model at an endpoint that the user names.

Paper, "Annotation pipeline": the JSON trajectory and pictures of the film go to a multimodal model with the convention
0 = front, + = left, for a spatial caption of at most 150 words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.annotation.captions import MOST_WORDS
from engine.annotation.chat_endpoint import ChatEndpoint, EndpointError
from engine.annotation.chat_request import request_body


@dataclass
class RemoteCaptioner(ChatEndpoint):
    """Asks an endpoint for captions."""

    def caption(self, annotation: Mapping[str, Any], pictures: Sequence[tuple[float, str]] = ()) -> str:
        """Return a caption of at most 150 words for an annotation and pictures (seconds, data URL).

        Raises EndpointError if there is none.
        """
        words = self.ask(request_body(self.model, annotation, pictures)).split()
        if not words:
            raise EndpointError(f"{self.base_url} answered without a caption: is '{self.model}' a chat model?")
        return " ".join(words[:MOST_WORDS])
