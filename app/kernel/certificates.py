"""Self-signed X.509 certificates for keys that we sign with: RSA with SHA-256, SM2 with SM3.

A partner takes them from us over its own sealed channel, so that no authority stands behind them. `cryptography`
knows no SM2 curve: that certificate is put together here (RFC 5280 4.1, GM/T 0015).
"""

from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from app.kernel import sm2

SM2_WITH_SM3 = bytes.fromhex("300a06082a811ccf55018375")  # the algorithm 1.2.156.10197.1.501


def serial(pem: str) -> str:
    """The serial number in upper-case hex, as partners name a certificate."""
    return f"{x509.load_pem_x509_certificate(pem.encode()).serial_number:X}"


def period(pem: str) -> tuple[datetime, datetime]:
    """From when and until when it holds."""
    certificate = x509.load_pem_x509_certificate(pem.encode())
    return certificate.not_valid_before_utc, certificate.not_valid_after_utc


def sm2_key(pem: str) -> sm2.PublicKey:
    """The key of a certificate of the SM2 curve. Raises BadSm2Key."""
    return sm2.public_in(x509.load_pem_x509_certificate(pem.encode()).tbs_certificate_bytes)


def make(key: rsa.RSAPrivateKey | sm2.PrivateKey, name: str, begins: datetime, ends: datetime) -> str:
    """PEM of a certificate by the key for itself, with a random serial of 159 bits."""
    subject = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
                         x509.NameAttribute(NameOID.ORGANIZATION_NAME, name)])
    begins, ends = (moment.astimezone(UTC).replace(microsecond=0) for moment in (begins, ends))
    if isinstance(key, sm2.PrivateKey):
        return _sm2(key, subject.public_bytes(), begins, ends)
    made = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(begins).not_valid_after(ends)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .sign(key, hashes.SHA256()))
    return made.public_bytes(serialization.Encoding.PEM).decode()


def _sm2(key: sm2.PrivateKey, name: bytes, begins: datetime, ends: datetime) -> str:
    number = x509.random_serial_number().to_bytes(20, "big").lstrip(b"\0")
    number = b"\0" * (number[0] >> 7) + number
    times = b"".join(sm2.wrap(0x18, moment.strftime("%Y%m%d%H%M%SZ").encode()) if moment.year >= 2050 else
                     sm2.wrap(0x17, moment.strftime("%y%m%d%H%M%SZ").encode()) for moment in (begins, ends))
    told = sm2.wrap(0x30, sm2.wrap(0xA0, b"\x02\x01\x02") + sm2.wrap(0x02, number) + SM2_WITH_SM3 + name
                    + sm2.wrap(0x30, times) + name + key.public.der())
    signature = sm2.wrap(0x03, b"\0" + sm2.to_der(sm2.sign(key, told)))
    return sm2.as_pem("CERTIFICATE", sm2.wrap(0x30, told + SM2_WITH_SM3 + signature))
