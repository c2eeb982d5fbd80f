"""The certificate that a claim is signed with: the user's own, or one that is made once for this computer."""

import contextlib
import datetime
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from engine.contract.errors import ExportError, InvalidInputError, reason_of
from engine.export.credentials.library import need_library
from engine.files.data_folder import user_data_folder
from engine.files.staging import make_folder, whole_file

_MOST_BYTES: Final = 65_536
_YEARS: Final = 10
_FILE_NAME: Final = "self-made-identity.pem"
SELF_MADE: Final = "Self-made certificate of SwanSphere"


@dataclass(frozen=True)
class Identity:
    """A chain of certificates and the key of the first one, both PEM, and the signature algorithm as C2PA names it."""

    chain: bytes
    key: bytes = field(repr=False)
    algorithm: str


def own_identity(certificate: Path, key: Path) -> Identity:
    """Return the user's certificate with its key. Raises InvalidInputError, ExportError without the library."""
    need_library()
    return _checked(_read(certificate), _read(key), certificate, key)


def self_made_identity(folder: Path | None = None) -> Identity:
    """Return the certificate of this computer; it is made at the first call, and only the user can read its key.

    It lies in the folder, by default below the user's data. Raises ExportError if it cannot be made or is damaged.
    """
    need_library()
    place = (user_data_folder() / "credentials" if folder is None else folder) / _FILE_NAME
    if not place.exists():
        _make(place)
    try:
        both = _read(place)
        return _checked(both, both, place, place)
    except InvalidInputError as error:
        raise ExportError(f"{error} Delete it, and the next export makes a new one.") from error


def _read(path: Path) -> bytes:
    try:
        with open(path, "rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be read: {reason_of(error)}.") from error
    if len(content) > _MOST_BYTES:
        raise InvalidInputError(f"{path} is too long for a certificate or a key in PEM form.")
    return content


def _checked(chain: bytes, key: bytes, certificate_at: Path, key_at: Path) -> Identity:
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization as forms
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    try:
        certificates = x509.load_pem_x509_certificates(chain)
        first, public = certificates[0], certificates[0].public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidInputError(f"{certificate_at} has no certificate in PEM form.") from error
    try:
        private = forms.load_pem_private_key(key, None)
    except TypeError as error:
        raise InvalidInputError(f"{key_at} is locked with a password: write the key without one.") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidInputError(f"{key_at} has no private key in PEM form.") from error
    now = datetime.datetime.now(datetime.UTC)
    if not first.not_valid_before_utc <= now <= first.not_valid_after_utc:
        raise InvalidInputError(f"{certificate_at} is not valid today: its certificate has expired, or is too new.")
    raw, spki = forms.Encoding.DER, forms.PublicFormat.SubjectPublicKeyInfo
    if private.public_key().public_bytes(raw, spki) != public.public_bytes(raw, spki):
        raise InvalidInputError(f"{key_at} is not the key of the certificate {certificate_at}.")
    algorithm = None
    if isinstance(private, ec.EllipticCurvePrivateKey):
        algorithm = {256: "es256", 384: "es384", 521: "es512"}.get(private.key_size)
    elif isinstance(private, ed25519.Ed25519PrivateKey):
        algorithm = "ed25519"
    elif isinstance(private, rsa.RSAPrivateKey):
        algorithm = "ps256"
    if algorithm is None:
        raise InvalidInputError(f"{key_at} is of a kind that C2PA does not use: choose EC, Ed25519 or RSA.")
    written = b"".join(each.public_bytes(forms.Encoding.PEM) for each in certificates)
    plain = private.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())
    return Identity(written, plain, algorithm)


def _make(place: Path) -> None:
    """Write a key and a chain of two: C2PA refuses a certificate that signs itself. The root's key is not kept."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives import serialization as forms
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    begin = datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=5)  # clocks differ
    end = begin + datetime.timedelta(days=365 * _YEARS)

    def named(name: str) -> x509.Name:
        pairs = ((NameOID.COMMON_NAME, name), (NameOID.ORGANIZATION_NAME, SELF_MADE))
        return x509.Name([x509.NameAttribute(kind, value) for kind, value in pairs])

    def begun(subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public)
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(begin).not_valid_after(end)
        return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)

    def usage(*, signs_certificates: bool) -> x509.KeyUsage:
        return x509.KeyUsage(
            digital_signature=not signs_certificates,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=signs_certificates,
            crl_sign=signs_certificates,
            encipher_only=False,
            decipher_only=False,
        )

    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name, own_name = named("Root of a self-made certificate"), named("Self-made certificate")
    root = (
        begun(root_name, root_name, root_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage(signs_certificates=True), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    certificate = (
        begun(own_name, root_name, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .add_extension(issuer, critical=False)
        .sign(root_key, hashes.SHA256())
    )
    content = key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())
    content += certificate.public_bytes(forms.Encoding.PEM) + root.public_bytes(forms.Encoding.PEM)
    make_folder(place.parent)
    with contextlib.suppress(OSError):  # the file is private all the same
        place.parent.chmod(0o700)
    with whole_file(place) as staged:
        handle = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(handle, "wb") as file:
            file.write(content)
