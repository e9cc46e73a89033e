#!/usr/bin/env python3
"""Makes the values that `docs/src/transit.md` reads: what other code left in a column, by an implementation that shares
nothing with ours (python3-cryptography). Keys and nonces are fixed and worthless.
"""

import base64
import hashlib
import json

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VALUE = "Ada@example.org".encode()
NONCE = bytes(range(12))


def nonce_and_ciphertext():
    """nonce || ciphertext || tag, under a key of the service's own."""
    return NONCE + AESGCM(b"a worthless key, 32 bytes long.." ).encrypt(NONCE, VALUE, None)


def rails():
    """Rails 7.1 and later: PBKDF2-HMAC-SHA256, 2**16 rounds, and a JSON envelope."""
    key = hashlib.pbkdf2_hmac("sha256", b"worthless primary key", b"worthless derivation salt", 2**16, 32)
    sealed = AESGCM(key).encrypt(NONCE, VALUE, None)
    text = lambda part: base64.b64encode(part).decode()
    return json.dumps({"p": text(sealed[:-16]), "h": {"iv": text(NONCE), "at": text(sealed[-16:])}}, separators=(",", ":"))


def lockbox():
    """Lockbox: HKDF-SHA-384 over table and column, then nonce || ciphertext || tag in Base64."""
    master = bytes.fromhex("00112233445566778899aabbccddeeff" * 2)
    info = b"\xb4" * 32 + b"email_ciphertext"
    key = HKDF(algorithm=hashes.SHA384(), length=32, salt=b"people", info=info).derive(master)
    return base64.b64encode(NONCE + AESGCM(key).encrypt(NONCE, VALUE, None)).decode()


print(nonce_and_ciphertext().hex())
print(rails())
print(lockbox())
