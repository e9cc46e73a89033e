"""Cases of blind_index.json and normalizers.json, and the worked example of blind-index.md."""

import formats as f
from primitives import hkdf, hmac

INDEX_KEY = bytes(range(0x60, 0x80))
PLATFORM_KEY = b"\x66" * 32
FIRM = "uuid:00112233-4455-6677-8899-aabbccddeeff"

# normalizer -> (why, input). The awkward ones are the point.
INPUTS = {
    "none/1": [
        ("nothing changes, spaces neither", " A@b.C "),
        ("precomposed", "\u00e9"),
        ("decomposed: another value", "e\u0301"),
        ("empty", ""),
    ],
    "trim/1": [
        ("spaces at both ends, none inside", "  Anna  Maria "),
        ("tab, LF, VT, FF, CR", "\t\n\v\f\rx\r\n"),
        ("NBSP is White_Space", "\u00a0x\u00a0"),
        (
            "NEL, ogham, en quad, line and paragraph separator, narrow NBSP, ideographic space",
            "\u0085\u1680\u2000\u2028x\u2029\u202f\u205f\u3000",
        ),
        ("ZERO WIDTH SPACE is not White_Space", "\u200bx\u200b"),
        ("BOM is not White_Space", "\ufeffx"),
        ("U+001C..U+001F are not White_Space", "\u001cx\u001f"),
        ("U+180E is not White_Space", "\u180ex"),
        ("whitespace only", " \u00a0\u3000\t"),
        ("empty", ""),
        ("letters keep their case", "\u00c4B"),
    ],
    "lowercase/1": [
        ("ASCII", " Anna@B.Example "),
        ("sharp s stays", "Stra\u00dfe"),
        ("capital sharp s", "STRA\u1e9eE"),
        ("SS is not sharp s", "STRASSE"),
        ("I with dot above becomes two code points", "\u0130stanbul"),
        ("dotless i stays; I becomes i in the root locale", "I\u0131"),
        ("final sigma", "\u039f\u0394\u039f\u03a3"),
        ("sigma in the middle and at the end", "\u03a3\u039f\u03a3 \u03a3\u03a5\u039d"),
        ("sigma alone is not final", "\u03a3"),
        ("final sigma before a full stop, a case-ignorable", "\u039f\u03a3."),
        ("not final: case-ignorable, then a letter", "\u039f\u03a3.\u0391"),
        ("Kelvin sign", "\u212a"),
        ("fullwidth letters stay fullwidth", "\uff21\uff22"),
        ("decomposed stays decomposed", "E\u0301"),
        ("Cherokee", "\u13a0"),
        ("Deseret, beyond the BMP", "\U00010400"),
        ("titlecase digraph", "\u01c5"),
        ("whitespace only", "\u00a0 "),
        ("empty", ""),
    ],
    "casefold/1": [
        ("ASCII", " Anna Maria "),
        ("sharp s is ss", "Stra\u00dfe"),
        ("capital sharp s is ss", "STRA\u1e9eE"),
        ("SS is ss", "STRASSE"),
        ("I with dot above becomes i and a combining dot", "\u0130stanbul"),
        ("dotless i stays; I is i", "I\u0131"),
        ("final sigma is sigma", "\u039f\u0394\u039f\u03a3 \u03bf\u03b4\u03cc\u03c2"),
        ("decomposed is composed", "e\u0301"),
        ("precomposed", "\u00c9"),
        ("marks in the other order", "a\u0323\u0307 a\u0307\u0323"),
        ("fullwidth letters and digits", "\uff21\uff22\uff11\uff12"),
        ("halfwidth katakana with voiced mark", "\uff76\uff9e"),
        ("ligature fi", "\ufb01n"),
        ("long s", "\u017fa"),
        ("Kelvin sign and angstrom sign", "\u212a\u212b"),
        ("superscript and fraction", "x\u00b2 \u00bd"),
        ("NBSP inside becomes a space, two stay two", "a\u00a0\u00a0b"),
        ("NBSP at the ends", "\u00a0a\u00a0"),
        ("a zero width space stays", "a\u200bb"),
        ("a soft hyphen stays", "a\u00adb"),
        ("Greek with iota subscript", "\u1fb3 \u1fbc"),
        ("Cherokee folds to capitals", "\uab70"),
        ("Deseret, beyond the BMP", "\U00010400"),
        ("Hangul jamo compose", "\u1112\u1161\u11ab"),
        ("a spacing diaeresis leaves a space in front: trimming came first", "\u00a8"),
        ("whitespace only", "\u3000\u00a0"),
        ("empty", ""),
    ],
    "digits/1": [
        ("telephone number", "+49 (0)911 / 1234-56"),
        ("fullwidth digits", "\uff10\uff11\uff12"),
        ("superscript and circled digits", "1\u00b2\u2462"),
        ("fraction one half: NFKC has 1, a fraction slash and 2", "\u00bd"),
        ("Arabic-Indic digits are dropped", "\u0661\u0662\u0663"),
        ("Devanagari digits are dropped", "7\u0967"),
        ("mathematical bold digits", "\U0001d7d2\U0001d7d3"),
        ("letters only: empty", "none"),
        ("leading zeros stay", "007"),
        ("the sign goes", "-5"),
        ("whitespace only", " \u00a0"),
        ("empty", ""),
    ],
    "email/1": [
        ("ASCII", " Anna.Maria+tag@B.Example\r\n"),
        ("whitespace anywhere goes", "a n\u00a0n\u3000a@b.example"),
        ("fullwidth", "\uff41\uff20\uff42\uff0e\uff43"),
        ("sharp s is ss", "stra\u00dfe@b.example"),
        ("dots and tags stay", "a.b+c@gmail.example"),
        ("an IDN is not turned into punycode", "a@M\u00dcNCHEN.example"),
        ("I with dot above", "\u0130@b.example"),
        ("spacing diaeresis: the space that NFKC makes goes too", "\u00a8@b"),
        ("the accent that comes behind the letter is not composed", "a\u00a8@b"),
        ("a zero width space stays", "a\u200b@b"),
        ("whitespace only", " \t"),
        ("empty", ""),
    ],
}


def normalizer_cases():
    return [
        {
            "comment": f"{name}: {why}",
            "normalizer": name,
            "input_text": text,
            "input": text.encode(),
            "normalized_text": normalized,
            "normalized": normalized.encode(),
        }
        for name, rows in INPUTS.items()
        for why, text in rows
        for normalized in [f.NORMALIZERS[name](text)]
    ]


def term(
    comment,
    value="Anna@B.Example",
    normalizer="email/1",
    bits=128,
    codec="text",
    version=1,
    scope="firm",
    normalized=None,
    **place,
):
    """A term with every intermediate value. `normalized` stands in for a custom normalizer's work."""
    firm, table, index = (
        place.get(k, d) for k, d in (("firm", FIRM), ("table", "clients"), ("index", "email_bidx"))
    )
    key = PLATFORM_KEY if scope == "global" else place.get("key", INDEX_KEY)
    info_firm = "platform" if scope == "global" else firm
    stored = f.encode_value(codec, value)
    if normalized is None:
        normalized = f.NORMALIZERS[normalizer](value).encode() if codec == "text" else stored
    info = f.index_info(info_firm, table, index, codec, normalizer, bits)
    subkey = hkdf(key, info, 32)
    return {
        "comment": comment,
        "scope": scope,
        "firm": firm,
        "info_firm": info_firm,
        "table": table,
        "index": index,
        "codec": codec,
        "normalizer": normalizer,
        "bits": bits,
        "index_key": key,
        "version": version,
        "value": value,
        "input": stored,
        "normalized": normalized,
        "info": info,
        "subkey": subkey,
        "full": hmac(subkey, normalized),
        "cut": f.cut(hmac(subkey, normalized), bits),
        "term": f.term(subkey, version, bits, normalized),
    }


def terms():
    cases = [term("the worked example: email, 128 bits")]
    cases += [term(f"cut to {bits} bits", bits=bits) for bits in (127, 121, 120, 64, 20, 9, 8, 7, 1)]
    cases += [term(f"normalizer {name}", value=" Stra\u00dfe 12 ", normalizer=name) for name in f.NORMALIZERS]
    cases += [
        term(f"normalizer {name}: the empty string has a term", value="", normalizer=name)
        for name in f.NORMALIZERS
    ]
    cases += [
        term("whitespace only: the term of the empty string", value=" \u00a0", normalizer="trim/1"),
        term("sharp s and ss share a term", value="STRASSE 12", normalizer="casefold/1"),
        term(
            "custom normalizer: its id is in the info, its output is given",
            value="DE02 1203 0000 0000 2020 51",
            normalizer="custom/iban-v1",
            normalized=b"DE02120300000000202051",
        ),
    ]
    values = [
        ("text", "x"),
        ("bytes", "00ff"),
        ("i64", "-42"),
        ("i64", "0"),
        ("bool", "true"),
        ("uuid", "00000000-0000-4000-8000-000000000001"),
        ("json", '{"a":1}'),
        ("date", "2024-02-29"),
        ("time", "12:34:56.789000001"),
        ("timestamp", "1969-12-31T23:59:59.500000000"),
        ("timestamptz", "2024-02-29T12:34:56.000001000Z"),
        ("text_array", '["a","bc"]'),
    ]
    cases += [
        term(f"codec {codec}, value {value}", codec=codec, value=value, normalizer="none/1")
        for codec, value in values
    ]
    cases += [term(f"index-key version {version}", version=version) for version in (2, 127, 128, 2**32 - 1)]
    cases += [
        term("global scope: the platform's key, the platform in the info", scope="global"),
        term("global scope: the same term for another firm", scope="global", firm="int:7"),
        term("the platform firm's own index", firm="platform", key=PLATFORM_KEY),
        term("another firm, the same key bytes", firm="int:7"),
        term("another table", table="suppliers"),
        term("another index", index="login_bidx"),
        term("another index key", key=b"\x67" * 32),
        term("64 bits under another index id", bits=64, index="email_short"),
    ]
    return cases


def worked():
    full, short = term(""), term("", bits=20, version=300)
    names = (
        "index_key",
        "firm",
        "table",
        "index",
        "codec",
        "normalizer",
        "bits",
        "version",
        "value",
        "input",
        "normalized",
        "info",
        "subkey",
        "full",
        "cut",
        "term",
    )
    shared = ("bits", "version", "info", "subkey", "full", "cut", "term")
    wide = term("", scope="global")
    return {
        "term": [(k, full[k]) for k in names],
        "short": [(k, short[k]) for k in shared],
        "global": [(k, wide[k]) for k in ("index_key", "info_firm", "info", "subkey", "full", "term")],
    }
