"""What a file claims about its origin: who made it with what, what was done to it, and what it was made from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engine.contract.version import VERSION

AGENT: Final = "SwanSphere"
RECORDINGS_LABEL: Final = "swansphere.recordings"
PROMPTS_KEY: Final = "swansphere.prompts"
MODEL_KEY: Final = "swansphere.model_sha256"
_SOURCES: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"
GENERATED: Final = f"{_SOURCES}trainedAlgorithmicMedia"
COMPOSITE: Final = f"{_SOURCES}compositeWithTrainedAlgorithmicMedia"
EDITED: Final = f"{_SOURCES}humanEdits"


@dataclass(frozen=True)
class Recording:
    """A recording that can be heard: its name, and its licence if that is known."""

    name: str
    licence: str = ""


@dataclass(frozen=True)
class Signing:
    """The wish for a signed claim.

    Without `certificate` (PEM, with its chain) and `key` (PEM, without a password), a self-made certificate is used.
    `prompts` are left out unless `tells_prompts`.
    """

    certificate: Path | None = None
    key: Path | None = None
    prompts: tuple[str, ...] = ()
    recordings: tuple[Recording, ...] = ()
    tells_prompts: bool = False


@dataclass(frozen=True)
class Claim:
    """The content of a claim.

    `model_sha256` is empty if it is not known. `has_pictures`: the pictures come from elsewhere. `edits` are sentences.
    """

    title: str
    is_generated: bool
    model_sha256: str = ""
    has_pictures: bool = False
    is_marked: bool = False
    edits: tuple[str, ...] = ()
    prompts: tuple[str, ...] = ()
    recordings: tuple[Recording, ...] = ()

    def manifest(self) -> dict[str, Any]:
        """Return the definition of a C2PA manifest. It holds no date and no personal data."""
        assertions: list[dict[str, Any]] = [{"label": "c2pa.actions.v2", "data": {"actions": self._actions()}}]
        if self.recordings:
            listed = [{"name": _text(each.name), "licence": each.licence or "not stated"} for each in self.recordings]
            assertions.append({"label": RECORDINGS_LABEL, "data": {"recordings": listed}})
        return {
            "claim_generator_info": [{"name": AGENT, "version": VERSION}],
            "title": _text(self.title),
            "assertions": assertions,
        }

    def _actions(self) -> list[dict[str, Any]]:
        agent = {"name": AGENT, "version": VERSION}
        made: dict[str, Any] = {"action": "c2pa.created", "digitalSourceType": self._source(), "softwareAgent": agent}
        known: dict[str, Any] = {}
        if self.is_generated and self.model_sha256:
            known[MODEL_KEY] = self.model_sha256
        if self.is_generated and self.prompts:
            known[PROMPTS_KEY] = list(self.prompts)
        if known:
            made["parameters"] = known
        marked = [{"action": "c2pa.watermarked.unbound", "softwareAgent": agent}] if self.is_marked else []
        edited = [{"action": "c2pa.edited", "description": edit, "softwareAgent": agent} for edit in self.edits]
        return [made, *edited, *marked]

    def _source(self) -> str:
        if not self.is_generated:
            return EDITED
        return COMPOSITE if self.has_pictures or self.recordings else GENERATED


def _text(name: str) -> str:
    """Return the name of a file as text: for bytes that are none, it has the sign for that."""
    return name.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
