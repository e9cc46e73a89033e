"""Cases of encodings.json, xaes.json and aes_siv_rfc5297.json.

The expected values that others published are written here as literals and compared with what this code computes.
"""

from primitives import hkdf, leb128, lp, siv_seal, xaes_derive, xaes_seal

NONCE = b"ABCDEFGHIJKLMNOPQRSTUVWX"
C2SP = [
    (b"\x01" * 32, b"", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"),
    (b"\x03" * 32, b"c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"),
]
ACCUMULATED = {
    10_000: "e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939",
    1_000_000: "2163ae1445985a30b60585ee67daa55674df06901b890593e824b8a7c885ab15",
}
ACCUMULATED_COMMENT = (
    "C2SP accumulated test. One SHAKE-128 with empty input is the stream; each iteration reads key[32], nonce[24], one length "
    "byte, that many bytes of plaintext, one length byte, that many bytes of aad; the ciphertexts with tags are hashed by a second SHAKE-128, 32 bytes out"
)
RFC5297 = [
    (
        "RFC 5297 A.1, AES-128 (32-byte key): one component",
        "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
        ["101112131415161718191a1b1c1d1e1f2021222324252627"],
        "112233445566778899aabbccddee",
        "85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c",
    ),
    (
        "RFC 5297 A.2, AES-128 (32-byte key): two components and a nonce, which is the last component",
        "7f7e7d7c7b7a79787776757473727170404142434445464748494a4b4c4d4e4f",
        [
            "00112233445566778899aabbccddeeffdeaddadadeaddadaffeeddccbbaa99887766554433221100",
            "102030405060708090a0",
            "09f911029d74e35bd84156c5635688c0",
        ],
        "7468697320697320736f6d6520706c61696e7465787420746f20656e6372797074207573696e67205349562d414553",
        "7bdb6e3b432667eb06f4d14bff2fbd0fcb900f2fddbe404326601965c889bf17dba77ceb094fa663b7a3f748ba8af829ea64ad544a272e9c485b62a3fd5c0d",
    ),
]


def xaes():
    cases = []
    for key, aad, expected in C2SP:
        steps = xaes_derive(key, NONCE)
        ciphertext = xaes_seal(key, NONCE, b"XAES-256-GCM", aad)
        assert ciphertext.hex() == expected
        cases.append(
            {
                "what": "single",
                "comment": f"C2SP example, MSB of L is {steps['L'][0] >> 7}",
                "key": key,
                "nonce": NONCE,
                "plaintext": b"XAES-256-GCM",
                "aad": aad,
                "l": steps["L"],
                "k1": steps["K1"],
                "m1": steps["M1"],
                "m2": steps["M2"],
                "derived_key": steps["Kx"],
                "derived_nonce": steps["Nx"],
                "ciphertext": ciphertext,
            }
        )
    cases += [
        {"what": "accumulated", "comment": ACCUMULATED_COMMENT, "iterations": n, "expected": bytes.fromhex(h)}
        for n, h in ACCUMULATED.items()
    ]
    return cases


def aes_siv():
    cases = []
    for comment, key, components, plaintext, expected in RFC5297:
        key, plaintext, components = (
            bytes.fromhex(key),
            bytes.fromhex(plaintext),
            [bytes.fromhex(c) for c in components],
        )
        assert siv_seal(key, components, plaintext).hex() == expected
        cases.append(siv_case(comment, key, components, plaintext))
    key = bytes(range(64))
    for size in (0, 1, 15, 16, 17, 32, 100):
        cases.append(
            siv_case(
                f"AES-256 (64-byte key): one component, {size} bytes of plaintext",
                key,
                [b"\xf7\x01"],
                bytes(range(size)),
            )
        )
    for count in (0, 2, 3):
        components = [bytes([0xA0 + i]) * (i + 1) for i in range(count)]
        cases.append(siv_case(f"AES-256 (64-byte key): {count} components", key, components, b"\x55" * 32))
    cases.append(siv_case("AES-256 (64-byte key): one empty component is not none", key, [b""], b"\x55" * 32))
    cases.append(siv_case("AES-256 (64-byte key): all bits set", b"\xff" * 64, [b"\xff" * 16], b"\xff" * 16))
    return cases


def siv_case(comment, key, components, plaintext):
    return {
        "comment": comment,
        "key": key,
        "components": components,
        "plaintext": plaintext,
        "output": siv_seal(key, components, plaintext),
    }


def encodings():
    lists = [
        [],
        [b""],
        [b"a"],
        [b"", b""],
        [b"ab", b"c"],
        [b"a", b"bc"],
        ["fieldseal/v1/column".encode(), "\u00e9".encode()],
        [bytes(300)],
    ]
    cases = [
        {
            "what": "lp",
            "comment": f"LP of {len(fields)} field(s), lengths {[len(x) for x in fields]}",
            "fields": fields,
            "encoded": lp(*fields),
        }
        for fields in lists
    ]
    cases += [
        {"what": "leb128", "comment": f"version {v}", "value": v, "encoded": leb128(v)}
        for v in (1, 127, 128, 300, 16383, 16384, 2**21 - 1, 2**21, 2**28 - 1, 2**28, 2**32 - 1)
    ]
    cases += [
        {
            "what": "hkdf",
            "comment": f"HKDF-SHA-256, empty salt, {n} bytes",
            "key": bytes(range(32)),
            "info": lp("example", b"\x01"),
            "length": n,
            "output": hkdf(bytes(range(32)), lp("example", b"\x01"), n),
        }
        for n in (32, 64)
    ]
    firms = [
        ("platform", "", "platform"),
        ("uuid", "00112233-4455-6677-8899-AABBCCDDEEFF", "uuid:00112233-4455-6677-8899-aabbccddeeff"),
        ("int", "42", "int:42"),
        ("int", "0", "int:0"),
        ("int", "-7", "int:-7"),
        ("int", str(-(2**63)), f"int:{-(2**63)}"),
        ("int", str(2**63 - 1), f"int:{2**63 - 1}"),
        ("text", "Acme", "text:Acme"),
        ("text", "platform", "text:platform"),
        ("text", "int:42", "text:int:42"),
        ("text", "N\u00fcrnberg", "text:N\u00fcrnberg"),
        ("text", "x" * 255, "text:" + "x" * 255),
    ]
    cases += [
        {
            "what": "firm",
            "comment": f"firm id of type {kind}",
            "type": kind,
            "value": value,
            "text": text,
            "encoded": text.encode(),
        }
        for kind, value, text in firms
    ]
    refused = [
        ("empty", ""),
        ("256 bytes", "x" * 256),
        ("256 bytes in 128 letters", "\u00e9" * 128),
        ("NUL", "a\0b"),
        ("newline", "a\nb"),
        ("DEL", "a\x7f"),
        ("a C1 control", "a\x85b"),
    ]
    cases += [
        {"what": "firm-invalid", "comment": f"text firm id refused: {why}", "type": "text", "value": value}
        for why, value in refused
    ]
    return cases
