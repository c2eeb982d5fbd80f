"""The wish to sign exports, kept in the settings; off until it is turned on."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from PySide6.QtCore import QSettings

from engine.export.credentials.claim import Signing

_FIELDS = ("on", "certificate", "key", "tells_prompts")


@dataclass(frozen=True)
class SigningChoice:
    """Whether exports are signed, and with what; both are kept, so that turning it off forgets no certificate."""

    is_on: bool = False
    signing: Signing = field(default_factory=Signing)

    @property
    def wish(self) -> Signing | None:
        """The wish of an export, None for an unsigned one."""
        return self.signing if self.is_on else None


def read_signing(store: QSettings) -> SigningChoice:
    """Return the kept choice; half a certificate is none."""
    on, certificate, key, tells_prompts = (str(store.value(f"signing/{name}", "") or "") for name in _FIELDS)
    wish = Signing(tells_prompts=tells_prompts == "yes")
    if certificate and key:
        wish = replace(wish, certificate=Path(certificate), key=Path(key))
    return SigningChoice(on == "yes", wish)


def keep_signing(store: QSettings, choice: SigningChoice) -> None:
    """Remember a choice."""
    wish = choice.signing
    flags = ["yes" if flag else "no" for flag in (choice.is_on, wish.tells_prompts)]
    paths = [str(path or "") for path in (wish.certificate, wish.key)]
    for name, value in zip(_FIELDS, (flags[0], *paths, flags[1]), strict=True):
        store.setValue(f"signing/{name}", value)
