"""Which key goes to which address: only the one meant for it, and only if no one on the way can read it."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

OWN: Final = "SWANSPHERE_API_KEY"
OPENAI: Final = "OPENAI_API_KEY"
_OPENAI_HOST: Final = "api.openai.com"


@dataclass(frozen=True)
class KeyChoice:
    """The key to send, None for none.

    `withheld` is a sentence on why an existing key is not sent, or empty.
    """

    key: str | None = field(default=None, repr=False)
    withheld: str = ""


def key_for(address: str, environment: Mapping[str, str]) -> KeyChoice:
    """Return the key for an address from the environment.

    The program's own variable is for any address that the user names, over https or on this machine. OpenAI's is
    for OpenAI only.
    """
    own, openai = (environment.get(name, "").strip() for name in (OWN, OPENAI))
    host = _host(address)
    if own:
        if is_private(address):
            return KeyChoice(own)
        return KeyChoice(withheld=f"The key in {OWN} is not sent to {host} over plain http: use an https address.")
    if openai:
        if host == _OPENAI_HOST and is_private(address):
            return KeyChoice(openai)
        return KeyChoice(
            withheld=f"The key in {OPENAI} is not sent to {host}: it is for https://{_OPENAI_HOST} only. "
            f"If {host} needs a key, set {OWN}."
        )
    return KeyChoice()


def is_private(address: str) -> bool:
    """Return whether no one on the way can read the request: https, or this machine itself."""
    return urlsplit(address).scheme == "https" or is_loopback(address)


def is_loopback(address: str) -> bool:
    """Return whether an address belongs to this machine itself."""
    host = _host(address)
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _host(address: str) -> str:
    return (urlsplit(address).hostname or "").rstrip(".")
