"""Encodings and primitives of fieldseal v1, written from the specification alone.

XAES-256-GCM follows the step list of https://c2sp.org/XAES-256-GCM; S2V follows RFC 5297.
Nothing here is constant-time: this file makes and checks test vectors, it protects nothing.
"""

import hashlib
import hmac as std_hmac

from cryptography.hazmat.primitives import cmac, hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAX_VERSION = 2**32 - 1


def u32be(value):
    return value.to_bytes(4, "big")


def u64be(value):
    return value.to_bytes(8, "big")


def i64be(value):
    return value.to_bytes(8, "big", signed=True)


def as_bytes(field):
    return field.encode() if isinstance(field, str) else field


def lp(*fields):
    """LP(f1..fn): count, then every field behind its length."""
    encoded = [as_bytes(field) for field in fields]
    return u32be(len(encoded)) + b"".join(u32be(len(f)) + f for f in encoded)


def leb128(value):
    """Shortest LEB128 of 1 ..= 2^32-1."""
    assert 1 <= value <= MAX_VERSION
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def hkdf(key, info, length):
    """HKDF-SHA-256 with an empty salt."""
    return HKDF(hashes.SHA256(), length, None, info).derive(key)


def hmac(key, message):
    return std_hmac.new(key, message, hashlib.sha256).digest()


def sha256(message):
    return hashlib.sha256(message).digest()


def xor(left, right):
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def aes_block(key, block):
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return encryptor.update(block) + encryptor.finalize()


def dbl(block):
    """Doubling in GF(2^128) as CMAC and S2V use it."""
    shifted = int.from_bytes(block, "big") << 1
    carry = 0x87 if block[0] & 0x80 else 0
    return (shifted & (1 << 128) - 1 ^ carry).to_bytes(16, "big")


def xaes_derive(key, nonce):
    """Every intermediate of the C2SP derivation: L, K1, M1, M2, Kx, Nx."""
    assert len(key) == 32 and len(nonce) == 24
    l_block = aes_block(key, bytes(16))
    k1 = dbl(l_block)
    m1 = b"\x00\x01X\x00" + nonce[:12]
    m2 = b"\x00\x02X\x00" + nonce[:12]
    kx = aes_block(key, xor(m1, k1)) + aes_block(key, xor(m2, k1))
    return {"L": l_block, "K1": k1, "M1": m1, "M2": m2, "Kx": kx, "Nx": nonce[12:]}


def gcm_seal(key, iv, plaintext, aad):
    """AES-256-GCM: ciphertext and tag."""
    return AESGCM(key).encrypt(iv, plaintext, aad)


def gcm_open(key, iv, body, aad):
    return AESGCM(key).decrypt(iv, body, aad)


def xaes_seal(key, nonce, plaintext, aad):
    """Ciphertext and tag."""
    parts = xaes_derive(key, nonce)
    return AESGCM(parts["Kx"]).encrypt(parts["Nx"], plaintext, aad)


def xaes_open(key, nonce, body, aad):
    parts = xaes_derive(key, nonce)
    return AESGCM(parts["Kx"]).decrypt(parts["Nx"], body, aad)


def aes_cmac(key, message):
    mac = cmac.CMAC(algorithms.AES(key))
    mac.update(message)
    return mac.finalize()


def s2v(key, components, plaintext):
    d = aes_cmac(key, bytes(16))
    for component in components:
        d = xor(dbl(d), aes_cmac(key, component))
    if len(plaintext) >= 16:
        return aes_cmac(key, plaintext[:-16] + xor(plaintext[-16:], d))
    padded = (plaintext + b"\x80").ljust(16, b"\x00")
    return aes_cmac(key, xor(dbl(d), padded))


def siv_ctr(key, v, data):
    counter = bytearray(v)
    counter[8] &= 0x7F
    counter[12] &= 0x7F
    encryptor = Cipher(algorithms.AES(key), modes.CTR(bytes(counter))).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def siv_seal(key, components, plaintext):
    """V || C. The first half of the key authenticates, the second encrypts."""
    half = len(key) // 2
    v = s2v(key[:half], components, plaintext)
    return v + siv_ctr(key[half:], v, plaintext)


def siv_open(key, components, body):
    half = len(key) // 2
    v, ciphertext = body[:16], body[16:]
    plaintext = siv_ctr(key[half:], v, ciphertext)
    if not std_hmac.compare_digest(v, s2v(key[:half], components, plaintext)):
        raise ValueError("unauthentic")
    return plaintext


def xaes_accumulated(iterations):
    """The randomised test of the C2SP page: one SHAKE-128 drives it, another hashes it."""
    stream = memoryview(hashlib.shake_128().digest(iterations * 340 + 4096))
    hashed, at = hashlib.shake_128(), 0

    def take(count):
        nonlocal at
        at += count
        return bytes(stream[at - count : at])

    for _ in range(iterations):
        key, nonce = take(32), take(24)
        plaintext = take(take(1)[0])
        aad = take(take(1)[0])
        hashed.update(xaes_seal(key, nonce, plaintext, aad))
    return hashed.hexdigest(32)
