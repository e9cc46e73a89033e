"""Cases of padding.json, and the worked example of envelope.md."""

import formats as f
from cases_envelope import DATA_KEY, FIRM, NONCE, UUID_ROW

LENGTHS = [0, 1, 2, 6, 7, 8, 9, 15, 16, 31, 32, 63, 64, 127, 128, 1000, 1023, 1024, 65535, 65536, 1000000]
PADS = ["padme", "2", "32", "100", "65536"]


def lengths():
    return [
        {
            "what": "length",
            "comment": f"{pad}: {length} bytes",
            "pad": pad,
            "length": length,
            "padded": f.padded_length(pad, length),
        }
        for pad in PADS
        for length in LENGTHS
    ]


def names(codec):
    return [FIRM, "clients", "email", codec + "+pad"]


def place(codec, kind):
    return {
        "kind": f"{kind:02x}",
        "data_key": DATA_KEY,
        "firm": FIRM,
        "table": "clients",
        "column": "email",
        "codec": codec + "+pad",
        "row": UUID_ROW if kind == 0xF5 else [],
    }


def sealed(codec, kind, plaintext):
    row = f.row_bytes(UUID_ROW) if kind == 0xF5 else b""
    key = f.column_key(DATA_KEY, kind, *names(codec))
    return f.seal(key, kind, 1, row, NONCE, plaintext)


def cell(comment, pad, codec="text", value="a@b.example", kind=0xF5):
    stored = f.encode_value(codec, value)
    plaintext = f.padded(pad, stored)
    return {
        "what": "cell",
        "comment": comment,
        "pad": pad,
        **place(codec, kind),
        "value": value,
        "stored": stored,
        "plaintext": plaintext,
        "nonce": NONCE,
        "info": f.column_info(kind, *names(codec)),
        "column_key": f.column_key(DATA_KEY, kind, *names(codec)),
        "cell": sealed(codec, kind, plaintext),
    }


def cells():
    return [
        cell("padded to a multiple of 32: the worked example of the page", "32"),
        cell("padded by Padm\u00e9, under the same key", "padme"),
        cell("padded to a multiple of 64, under the same key", "64"),
        cell("empty text, padded to a multiple of 32", "32", value=""),
        cell("empty text by Padm\u00e9: the end mark alone", "padme", value=""),
        cell("the longest text of its class", "32", value="x" * 31),
        cell("the shortest text of the next class", "32", value="x" * 32),
        cell("bytes that end like padding", "32", codec="bytes", value="618000"),
        cell("bytes, column-bound", "32", codec="bytes", value="00", kind=0xF6),
        cell("JSON", "padme", codec="json", value='{"a":[1,true,null]}'),
    ]


def faults():
    rows = [
        ("nothing, not even the end mark", b""),
        ("zeros alone", bytes(32)),
        ("a value without an end mark", b"a@b.example"),
        ("a value and zeros without an end mark", b"a@b.example" + bytes(21)),
        ("a byte behind the zeros", b"a\x80" + bytes(29) + b"\x01"),
        ("another end mark", b"a\x81" + bytes(30)),
    ]
    return [
        {
            "what": "invalid",
            "comment": comment,
            "error": "bad-plaintext",
            **place("text", 0xF5),
            "cell": sealed("text", 0xF5, plaintext),
        }
        for comment, plaintext in rows
    ]


def padding():
    return lengths() + cells() + faults()


def worked():
    """name -> value pairs for the page."""
    case = cells()[0]
    keys = ("codec", "value", "stored", "plaintext", "info", "column_key", "nonce", "cell")
    return {"padded": [(key, case[key]) for key in keys]}
