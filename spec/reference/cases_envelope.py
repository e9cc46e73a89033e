"""Cases of envelope.json and envelope_invalid.json, and the worked example of envelope.md."""

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import formats as f
from primitives import i64be, leb128, siv_seal, xaes_derive, xaes_seal

DATA_KEY = bytes(range(32))
NONCE = bytes(range(0x40, 0x58))
FIRM = "uuid:00112233-4455-6677-8899-aabbccddeeff"
ROW_ID = "10101010-2020-3030-4040-505050505050"
UUID_ROW = [{"type": "uuid", "value": ROW_ID}]


def cell(comment, kind="row", version=1, codec="text", value="a@b.example", row=UUID_ROW, **place):
    """A valid cell with every intermediate value. `place` overrides key, nonce, firm, table and column."""
    kind = f.KINDS[kind]
    key = place.get("data_key", DATA_KEY)
    names = [place.get("firm", FIRM), place.get("table", "clients"), place.get("column", "email"), codec]
    row = row if kind == 0xF5 else []
    encoded_row = f.row_bytes(row) if row else b""
    nonce = place.get("nonce", NONCE) if kind != 0xF7 else b""
    plaintext = f.encode_value(codec, value)
    column_key = f.column_key(key, kind, *names)
    head = f.head(kind, version)
    return {
        "comment": comment,
        "kind": f"{kind:02x}",
        "version": version,
        "data_key": key,
        "firm": names[0],
        "table": names[1],
        "column": names[2],
        "codec": codec,
        "row": row,
        "value": value,
        "plaintext": plaintext,
        "nonce": nonce,
        "info": f.column_info(kind, *names),
        "column_key": column_key,
        "head": head,
        "row_bytes": encoded_row,
        "aad": head + encoded_row,
        "cell": f.seal(column_key, kind, version, encoded_row, nonce, plaintext),
    }


def int_row(value):
    return [{"type": "int", "value": str(value)}]


def text_row(*values):
    return [{"type": "text", "value": v} for v in values]


def valid():
    cases = [
        cell("row-bound, uuid row key, version 1: the worked example of the page"),
        cell("column-bound randomised: no row in the aad", kind="column"),
        cell("deterministic: one S2V component, the head: the second worked example", kind="deterministic"),
        cell("row key: negative integer", row=int_row(-42)),
        cell("row key: zero", row=int_row(0)),
        cell("row key: smallest i64", row=int_row(-(2**63))),
        cell("row key: largest i64", row=int_row(2**63 - 1)),
        cell("row key: text beyond ASCII, as stored, not normalized", row=text_row("Zo\u00eb/\u5317")),
        cell("row key: empty text", row=text_row("")),
        cell("row key: composite of uuid, integer and text", row=UUID_ROW + int_row(7) + text_row("de")),
        cell("row key: composite of two texts, 'ab' and 'c'", row=text_row("ab", "c")),
        cell("row key: composite of two texts, 'a' and 'bc': another row", row=text_row("a", "bc")),
    ]
    for kind in f.KINDS:
        for version in (127, 128, 2**32 - 1):
            length = len(leb128(version))
            cases.append(cell(f"{kind}: version {version} in {length} byte(s)", kind=kind, version=version))
        cases.append(cell(f"{kind}: version 16384, the first in three bytes", kind=kind, version=16384))
        cases.append(cell(f"{kind}: empty plaintext", kind=kind, value=""))
        cases.append(cell(f"{kind}: plaintext of one AES block", kind=kind, value="0123456789abcdef"))
        cases.append(cell(f"{kind}: plaintext over several blocks", kind=kind, value="fieldseal " * 9))
    return cases + codec_cases() + place_cases()


def codec_cases():
    values = [
        ("text", "\u00c5ngstr\u00f6m \U0001f511"),
        ("bytes", "f500ff80"),
        ("bytes", ""),
        ("i64", "0"),
        ("i64", "-1"),
        ("i64", "-9223372036854775808"),
        ("i64", "9223372036854775807"),
        ("bool", "false"),
        ("bool", "true"),
        ("uuid", "00000000-0000-4000-8000-000000000001"),
        ("json", '{"a":[1,true,null],"b":"\u00e9"}'),
        ("date", "2024-02-29"),
        ("time", "12:34:56.789000001"),
        ("timestamp", "1969-12-31T23:59:59.500000000"),
        ("timestamptz", "2024-02-29T12:34:56.000001000Z"),
        ("decimal", "-12340e-3"),
        ("f64", "0.1"),
        ("text_array", '["\u00e9",null,""]'),
    ]
    return [
        cell(
            f"{kind}: codec {codec}, value {value.encode('unicode_escape').decode() or '(empty)'}",
            kind=kind,
            codec=codec,
            value=value,
            column="payload",
        )
        for kind in ("row", "deterministic")
        for codec, value in values
        if kind == "row" or codec not in ("decimal", "f64")
    ]


def place_cases():
    return [
        cell("firm: platform", firm="platform"),
        cell("firm: integer", firm="int:42"),
        cell("firm: negative integer", firm="int:-7"),
        cell("firm: text", firm="text:Acme GmbH & Co. \u2013 N\u00fcrnberg"),
        cell("firm: the text 'platform' is not the platform firm", firm="text:platform"),
        cell("another table id", table="suppliers"),
        cell("another column id", column="phone"),
        cell(
            "names that concatenate alike (table 'clientse', column 'mail')", table="clientse", column="mail"
        ),
        cell("another data key", data_key=b"\x11" * 32),
        cell("another nonce", nonce=b"\x77" * 24),
    ]


def fault(comment, error, data, kinds=("f5", "f6", "f7"), **opened):
    """An invalid cell and the place where it is opened."""
    place = {
        "data_key": DATA_KEY,
        "firm": FIRM,
        "table": "clients",
        "column": "email",
        "codec": "text",
        "row": UUID_ROW,
    }
    return {"comment": comment, "error": error, "accepts": list(kinds), **place, **opened, "cell": data}


def flip(data, at, bit=1):
    out = bytearray(data)
    out[at] ^= bit
    return bytes(out)


def invalid():
    return structure_faults() + version_faults() + place_faults() + tampered() + kind_faults()


def structure_faults():
    good = {name: cell("", kind=name, value="")["cell"] for name in f.KINDS}
    rows = [("nothing at all", "empty", b"")]
    rows += [
        (f"first byte {k:#04x}{why}", "unknown-kind", bytes([k]) + good["row"][1:])
        for k, why in [
            (0x00, ""),
            (0x41, ", as plaintext may begin"),
            (0xF4, ", the byte before the first kind"),
            (0xF8, ", reserved"),
            (0xFF, ", reserved"),
        ]
    ]
    rows.append(
        ("legacy plaintext", "unknown-kind", b"anna@b.example, long enough to be a cell by its length")
    )
    rows += [
        (f"{name}: one byte under the least length", "too-short", data[:-1]) for name, data in good.items()
    ]
    rows += [(f"{name}: kind and version only", "too-short", data[:2]) for name, data in good.items()]
    long = cell("", version=128, value="")["cell"]
    rows.append(("42 bytes, yet one short: the version takes two", "too-short", long[:42]))
    long = cell("", kind="deterministic", version=2**32 - 1, value="")["cell"]
    rows.append(("18 bytes, yet short: the version takes five", "too-short", long[:18]))
    return [fault(*row) for row in rows]


def version_faults():
    rest = bytes(64)
    rows = [
        ("kind alone", "version-truncated", "f5", b""),
        ("ends after one continuation byte", "version-truncated", "f580", b""),
        ("ends after four continuation bytes", "version-truncated", "f6ffffffff", b""),
        ("deterministic, kind alone", "version-truncated", "f7", b""),
        ("1 in two bytes", "version-not-shortest", "f58100", rest),
        ("127 in two bytes", "version-not-shortest", "f7ff00", rest),
        ("128 in three bytes", "version-not-shortest", "f6808100", rest),
        ("1 in five bytes", "version-not-shortest", "f58180808000", rest),
        ("zero in two bytes: the form is judged before the value", "version-not-shortest", "f58000", rest),
        ("zero", "version-zero", "f500", rest),
        ("zero, deterministic", "version-zero", "f700", rest),
        ("2^32", "version-too-large", "f58080808010", rest),
        ("2^35-1", "version-too-large", "f6ffffffff7f", rest),
        ("six bytes, judged at the fifth", "version-too-large", "f5808080808001", rest),
        ("the fifth byte continues and the input ends", "version-too-large", "f58080808080", b""),
    ]
    return [fault("version: " + c, e, bytes.fromhex(h) + tail) for c, e, h, tail in rows]


def place_faults():
    good, fixed, det = (cell("", kind=k)["cell"] for k in f.KINDS)
    cases = []
    for name, data in (("row", good), ("column", fixed), ("deterministic", det)):
        for what, other in [
            ("data_key", b"\x11" * 32),
            ("firm", "uuid:00112233-4455-6677-8899-aabbccddeefe"),
            ("table", "suppliers"),
            ("column", "phone"),
            ("codec", "bytes"),
        ]:
            cases.append(fault(f"{name}: opened under another {what}", "unauthentic", data, **{what: other}))
    moved = [
        ("another uuid", [{"type": "uuid", "value": "10101010-2020-3030-4040-505050505051"}]),
        ("the same uuid as text", text_row(ROW_ID)),
        ("a further key part", UUID_ROW + int_row(1)),
    ]
    cases += [fault(f"row: opened with {what}", "unauthentic", good, row=row) for what, row in moved]
    pair = cell("", row=text_row("ab", "c"))["cell"]
    cases += [
        fault("row: two texts split elsewhere", "unauthentic", pair, row=text_row("a", "bc")),
        fault("row: two texts in the other order", "unauthentic", pair, row=text_row("c", "ab")),
        fault("row: two texts joined", "unauthentic", pair, row=text_row("abc")),
        fault(
            "row: integer key, opened with its decimal text",
            "unauthentic",
            cell("", row=int_row(7))["cell"],
            row=text_row("7"),
        ),
        fault(
            "row: integer key, opened with the same eight bytes as text",
            "unauthentic",
            cell("", row=int_row(7))["cell"],
            row=text_row(i64be(7).decode()),
        ),
        fault(
            "firm: text 'platform' opened as the platform firm",
            "unauthentic",
            cell("", firm="text:platform")["cell"],
            firm="platform",
        ),
        fault(
            "firm: text '42' opened as integer 42",
            "unauthentic",
            cell("", firm="text:42")["cell"],
            firm="int:42",
        ),
        fault(
            "names that concatenate alike", "unauthentic", cell("", table="clientse", column="mail")["cell"]
        ),
    ]
    return cases


def tampered():
    good, fixed, det = (cell("", kind=k)["cell"] for k in f.KINDS)
    two = cell("", version=2)["cell"]
    key = f.column_key(DATA_KEY, 0xF7, FIRM, "clients", "email", "text")
    raw = f.column_key(DATA_KEY, 0xF5, FIRM, "clients", "email", "text")
    row = f.row_bytes(UUID_ROW)
    rows = [
        ("row: first nonce bit", flip(good, 2, 0x80)),
        ("row: a bit of the nonce's second half", flip(good, 14)),
        ("row: first ciphertext bit", flip(good, 26, 0x80)),
        ("row: last tag bit", flip(good, -1)),
        ("row: last byte cut off", good[:-1]),
        ("row: a byte appended", good + b"\x00"),
        ("row: nothing but nonce and a zero tag", good[:26] + bytes(16)),
        ("row: version 1 changed to 2, under the same data key", b"\xf5\x02" + good[2:]),
        ("row: version 2 changed to 1, under the same data key", b"\xf5\x01" + two[2:]),
        ("row-bound relabelled column-bound", b"\xf6" + good[1:]),
        ("column-bound relabelled row-bound", b"\xf5" + fixed[1:]),
        ("column-bound relabelled deterministic", b"\xf7" + fixed[1:]),
        ("column: last tag bit", flip(fixed, -1)),
        ("row-bound sealed with an empty aad", b"\xf5\x01" + NONCE + xaes_seal(raw, NONCE, b"x", b"")),
        (
            "row-bound sealed without the head in its aad",
            b"\xf5\x01" + NONCE + xaes_seal(raw, NONCE, b"x", row),
        ),
        (
            "sealed by AES-256-GCM under the column key itself, without the XAES derivation",
            b"\xf5\x01" + NONCE + plain_gcm(raw, b"x", b"\xf5\x01" + row),
        ),
        ("deterministic: first bit of V", flip(det, 2, 0x80)),
        ("deterministic: last bit of V", flip(det, 17)),
        ("deterministic: last ciphertext bit", flip(det, -1)),
        ("deterministic: last byte cut off", det[:-1]),
        ("deterministic: a byte appended", det + b"\x00"),
        ("deterministic: sealed with no S2V component", b"\xf7\x01" + siv_seal(key, [], b"x")),
        (
            "deterministic: sealed with an empty component after the head",
            b"\xf7\x01" + siv_seal(key, [b"\xf7\x01", b""], b"x"),
        ),
        (
            "deterministic: halves of the column key swapped",
            b"\xf7\x01" + siv_seal(key[32:] + key[:32], [b"\xf7\x01"], b"x"),
        ),
    ]
    return [fault(comment, "unauthentic", data) for comment, data in rows]


def plain_gcm(key, plaintext, aad):
    return AESGCM(key).encrypt(NONCE[12:], plaintext, aad)


def kind_faults():
    good, fixed, det = (cell("", kind=k)["cell"] for k in f.KINDS)
    return [
        fault("column-bound where row-bound is declared: a downgrade", "wrong-kind", fixed, ["f5"]),
        fault("deterministic where row-bound is declared", "wrong-kind", det, ["f5"]),
        fault("deterministic where column-bound randomised is declared", "wrong-kind", det, ["f6"]),
        fault(
            "row-bound where only column-bound is declared: no kind is implied by another",
            "wrong-kind",
            good,
            ["f6"],
        ),
        fault("randomised where deterministic is declared", "wrong-kind", fixed, ["f7"]),
        fault("deterministic where both randomised kinds are accepted", "wrong-kind", det, ["f5", "f6"]),
    ]


def worked():
    """name -> value pairs for the page."""
    row = cell("")
    det = cell("", kind="deterministic")
    steps = xaes_derive(row["column_key"], NONCE)
    lines = [
        (k, row[k])
        for k in ("data_key", "firm", "table", "column", "codec", "value", "info", "column_key", "head")
    ]
    lines += [
        ("ROW", row["row_bytes"]),
        ("aad", row["aad"]),
        ("nonce", row["nonce"]),
        ("plaintext", row["plaintext"]),
    ]
    lines += [("XAES " + k, v) for k, v in steps.items()]
    body = row["cell"][26:]
    lines += [("ciphertext", body[:-16]), ("tag", body[-16:]), ("cell", row["cell"])]
    dets = [(k, det[k]) for k in ("info", "column_key")]
    dets += [
        ("S2V key", det["column_key"][:32]),
        ("CTR key", det["column_key"][32:]),
        ("S2V component", det["aad"]),
    ]
    dets += [
        ("plaintext", det["plaintext"]),
        ("V", det["cell"][2:18]),
        ("C", det["cell"][18:]),
        ("cell", det["cell"]),
    ]
    return {"row-bound": lines, "deterministic": dets}
