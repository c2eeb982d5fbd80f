"""What the signed claim (C2PA) of a file says, and whether it holds. Nothing in a claim is trusted."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engine.contract.errors import reason_of
from engine.export.credentials.claim import GENERATED, MODEL_KEY, PROMPTS_KEY, RECORDINGS_LABEL
from engine.export.credentials.library import ANY_FORMAT, MISSING, has_library, read_claim
from engine.export.credentials.signing import CHUNK, SIDECAR_SUFFIX, sidecar_of
from engine.export.reading.riff import wave_chunks
from engine.files.regular import check_regular
from engine.media.boxes import BoxReader

_MOST_BYTES: Final = 16 << 20
_MOST_LETTERS: Final = 160
_MOST_ITEMS: Final = 20
_C2PA_BOX: Final = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_CHANGED: Final = ("assertion.dataHash.mismatch", "assertion.bmffHash.mismatch", "assertion.boxesHash.mismatch")
_UNTRUSTED: Final = "signingCredential.untrusted"
_WORDS: Final = {
    "claimSignature.mismatch": "its signature is wrong",
    "assertion.hashedURI.mismatch": "the claim itself was changed",
    "signingCredential.expired": "its certificate had expired",
    "signingCredential.invalid": "its certificate is not fit for signing",
    "signingCredential.revoked": "its certificate was revoked",
    "claimSignature.outsideValidity": "its certificate was not valid then",
}


@dataclass(frozen=True)
class FoundClaim:
    """A claim: whether it holds, the sentence about it, and lines on its content, each a label and a text."""

    holds: bool
    sentence: str
    content: tuple[tuple[str, str], ...] = ()


def claim_in(path: Path, sidecar: Path | None = None) -> FoundClaim | None:
    """Return the claim in a file or beside it, by default under the usual name; None if there is none.

    A damaged claim is one that does not hold. Raises OSError for the file itself.
    """
    beside = _beside(path) if sidecar is None else sidecar
    where, claim, mime = "", None, _holder(path)
    if not mime:
        if beside == path or not beside.is_file():
            return None
        where, mime = f"beside the file, in {beside.name}: ", ANY_FORMAT
        claim, fault = _sidecar(beside)
        if fault:
            return FoundClaim(False, f"{where}{fault}")
    if not has_library():
        return FoundClaim(False, f"{where}there, but not checked: {MISSING}")
    try:
        with open(path, "rb") as file:
            return _judged(read_claim(file, mime, claim), where)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return FoundClaim(False, f"{where}damaged or not understood ({_clean(error)})")


def _beside(path: Path) -> Path:
    """Return the place of a claim beside a file; other programs replace the suffix."""
    ours = sidecar_of(path)
    return ours if ours.is_file() else path.with_suffix(SIDECAR_SUFFIX)


def _holder(path: Path) -> str:
    """Return the type of a file that has a claim inside, or nothing."""
    chunks = wave_chunks(path, 0)
    if chunks is not None:
        return "audio/wav" if any(name == CHUNK for name, _ in chunks) else ""
    with open(path, "rb") as file:
        boxes = BoxReader(file)
        for box in boxes.inside(boxes.whole()):
            if box.kind == b"uuid" and boxes.content(box, 16) == _C2PA_BOX and box.end - box.start <= _MOST_BYTES:
                return "video/mp4"
    return ""


def _sidecar(path: Path) -> tuple[bytes | None, str]:
    """Return the claim in a separate file, or the fault of that file."""
    try:
        check_regular(path, "claim")
        with open(path, "rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        return None, f"it cannot be read: {reason_of(error)}"
    if not content or len(content) > _MOST_BYTES:
        return None, "it is empty" if not content else "it is too long"
    return content, ""


def _judged(found: dict[str, Any], where: str) -> FoundClaim:
    manifest = found["manifests"][found["active_manifest"]]
    faults = [str(each.get("code", "")) for each in found.get("validation_status") or []]
    signature = manifest.get("signature_info") or {}
    signer = _clean(signature.get("common_name") or signature.get("issuer") or "nobody")
    issuer = _clean(signature.get("issuer") or "")
    by = f"signed by {signer}" + (f" ({issuer})" if issuer and issuer != signer else "")
    worse = [fault for fault in faults if fault != _UNTRUSTED]
    content = tuple(_content(manifest))
    state = found.get("validation_state")
    if state in ("Valid", "Trusted") and not worse:
        trust = "by a trusted certificate" if state == "Trusted" else "no authority vouches for the certificate"
        return FoundClaim(True, f"{where}valid, {by}; {trust}", content)
    if any(fault in _CHANGED for fault in worse):
        why = "the file was changed after it was signed, or the claim belongs to another file"
    else:
        why = next(
            (_WORDS[fault] for fault in worse if fault in _WORDS), ", ".join(map(_clean, worse[:3])) or "not valid"
        )
    return FoundClaim(False, f"{where}INVALID, {by}: {why}", content)


def _content(manifest: dict[str, Any]) -> Iterator[tuple[str, str]]:
    tools = manifest.get("claim_generator_info") or []
    if tools:
        yield "C2PA, by", f"{_clean(tools[0].get('name', ''))} {_clean(tools[0].get('version', ''))}".strip()
    for assertion in (manifest.get("assertions") or [])[:_MOST_ITEMS]:
        label, data = str(assertion.get("label", "")), assertion.get("data")
        if not isinstance(data, dict):
            continue
        if label.startswith("c2pa.actions"):
            actions = (data.get("actions") or [])[:_MOST_ITEMS]
            yield "C2PA, actions", "; ".join(_action(action) for action in actions)
            for action in actions:
                if prompts := (action.get("parameters") or {}).get(PROMPTS_KEY):
                    yield "C2PA, prompts", "; ".join(_clean(prompt) for prompt in prompts[:_MOST_ITEMS])
        elif label == RECORDINGS_LABEL:
            listed = (data.get("recordings") or [])[:_MOST_ITEMS]
            told = (f"{_clean(each.get('name', ''))} (licence: {_clean(each.get('licence', ''))})" for each in listed)
            yield "C2PA, recordings", "; ".join(told)


def _action(action: dict[str, Any]) -> str:
    name = _clean(action.get("action", "")).removeprefix("c2pa.").removesuffix(".unbound")
    source = str(action.get("digitalSourceType") or "").rpartition("/")[2]
    known = action.get("parameters") or {}
    facts = [
        "by a generative model" if action.get("digitalSourceType") == GENERATED else _clean(source),
        f"model sha256 {_clean(known[MODEL_KEY])}" if MODEL_KEY in known else "",
        _clean(action.get("description") or ""),
    ]
    told = ", ".join(fact for fact in facts if fact)
    return f"{name}: {told}" if told else name


def _clean(text: object) -> str:
    """Return a text without control characters, and not too long: it comes from a stranger."""
    plain = "".join(letter if letter.isprintable() else " " for letter in str(text))
    return plain if len(plain) <= _MOST_LETTERS else f"{plain[:_MOST_LETTERS]}…"
