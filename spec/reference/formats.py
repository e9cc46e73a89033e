"""The formats of spec/envelope.md, spec/keys.md and spec/blind-index.md, in the words of those pages."""

import unicodedata
import uuid

import stored
from primitives import (
    gcm_seal,
    hkdf,
    hmac,
    i64be,
    leb128,
    lp,
    sha256,
    siv_seal,
    u32be,
    u64be,
    xaes_seal,
)

KINDS = {"row": 0xF5, "column": 0xF6, "deterministic": 0xF7}
SUITES = {0xF5: ("XAES-256-GCM", 32), 0xF6: ("XAES-256-GCM", 32), 0xF7: ("AES-256-SIV", 64)}
PURPOSES = {"data": 0x01, "index": 0x02}
STATES = {"pending": 1, "active": 2, "superseded": 3, "retired": 4, "destroyed": 5}
# The Unicode property White_Space. str.isspace is another set (it has U+001C..U+001F too).
WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"


# --- envelope.md ---


def row_part(part):
    """One key part: tag, length, bytes."""
    kind, value = part["type"], part["value"]
    tag, encoded = {
        "uuid": lambda: (b"\x01", uuid.UUID(value).bytes),
        "int": lambda: (b"\x02", i64be(int(value))),
        "text": lambda: (b"\x03", value.encode()),
    }[kind]()
    return tag + u32be(len(encoded)) + encoded


def row_bytes(parts):
    return u32be(len(parts)) + b"".join(row_part(p) for p in parts)


def column_info(kind, firm, table, column, codec):
    return lp("fieldseal/v1/column", SUITES[kind][0], firm, table, column, codec)


def column_key(data_key, kind, firm, table, column, codec):
    return hkdf(data_key, column_info(kind, firm, table, column, codec), SUITES[kind][1])


def head(kind, version):
    return bytes([kind]) + leb128(version)


def seal(key, kind, version, row, nonce, plaintext):
    """A whole cell. `row` is the encoded ROW, empty for column-bound kinds."""
    start = head(kind, version)
    if kind == 0xF7:
        return start + siv_seal(key, [start], plaintext)
    return start + nonce + xaes_seal(key, nonce, plaintext, start + row)


def encode_value(codec, value):
    """The stored form of a value given as text (bytes: as hex)."""
    return {
        "text": lambda: value.encode(),
        "bytes": lambda: bytes.fromhex(value),
        "i64": lambda: i64be(int(value)),
        "bool": lambda: {"false": b"\x00", "true": b"\x01"}[value],
        "uuid": lambda: uuid.UUID(value).bytes,
        "json": lambda: value.encode(),
        **{name: lambda: stored.WRITE[codec](value) for name in stored.WRITE},
    }[codec]()


def padded_length(pad, length):
    """Length of a padded plaintext; `pad` is "padme" or the number whose multiple it is."""
    length += 1
    if pad != "padme":
        return -(-length // int(pad)) * int(pad)
    if length < 2:
        return length
    exponent = length.bit_length() - 1
    unit = 1 << (exponent - exponent.bit_length())
    return -(-length // unit) * unit


def padded(pad, stored):
    return (stored + b"\x80").ljust(padded_length(pad, len(stored)), b"\0")


# --- keys.md ---


def kms_context(firm, version):
    return {
        "fieldseal:firm": firm,
        "fieldseal:purpose": "firm-master-key",
        "fieldseal:version": str(version),
    }


def local_kek_id(kek):
    return "local:" + sha256(b"fieldseal/v1/local-kek-id" + kek).hex()[:16]


def local_wrap_aad(kek_id, context):
    pairs = [text for key in sorted(context) for text in (key, context[key])]
    return lp("fieldseal/v1/local-wrap", kek_id, *pairs)


def local_wrap(kek, nonce, context, fmk):
    aad = local_wrap_aad(local_kek_id(kek), context)
    return b"\x01" + nonce + xaes_seal(kek, nonce, fmk, aad)


def associated(provider, context):
    pairs = [text for key in sorted(context) for text in (key, context[key])]
    return lp(f"fieldseal/v1/{provider}-wrap", *pairs)


def pkcs11_wrap(kek, iv, context, fmk):
    return b"\x01" + iv + gcm_seal(kek, iv, fmk, associated("pkcs11", context))


FMK_LENGTHS = {"wrap": 64, "manifest": 32, "endorse": 32, "audit": 32, "commit": 32}


def fmk_info(use, firm, version):
    return lp("fieldseal/v1/fmk/" + use, firm, u32be(version))


def fmk_derive(fmk, use, firm, version):
    return hkdf(fmk, fmk_info(use, firm, version), FMK_LENGTHS[use])


def key_wrap_ad(firm, purpose, version):
    return lp("fieldseal/v1/key", firm, purpose, u32be(version))


def key_wrap(wrapping_key, firm, purpose, version, key):
    return siv_seal(wrapping_key, [key_wrap_ad(firm, purpose, version)], key)


def key_commit_info(firm, purpose, version):
    return lp("fieldseal/v1/key/commit", firm, purpose, u32be(version))


def key_commit(key, firm, purpose, version):
    return hkdf(key, key_commit_info(firm, purpose, version), 32)


def succession_mac(predecessor_endorse_key, firm, version, commitment):
    statement = lp("fieldseal/v1/succession", firm, u32be(version), commitment)
    return hmac(predecessor_endorse_key, statement)


def endorsement_statement(firm, version, provider, kek_id, commitment, predecessor):
    return lp("fieldseal/v1/endorsement", firm, u32be(version), provider, kek_id, commitment, predecessor)


def entry(purpose, version, state, created, commitment):
    """One 46-byte record of a manifest."""
    return bytes([PURPOSES[purpose]]) + u32be(version) + bytes([STATES[state]]) + u64be(created) + commitment


def manifest_body(firm, generation, fmk_version, commitment, provider, kek_id, predecessor, minimum, entries):
    return b"\x01" + lp(
        firm,
        u64be(generation),
        u32be(fmk_version),
        commitment,
        provider,
        kek_id,
        predecessor,
        u32be(minimum),
        b"".join(entries),
    )


def manifest_mac(manifest_key, body):
    return hmac(manifest_key, lp("fieldseal/v1/manifest", body))


def tombstone_body(firm, generation, when):
    return b"\x01" + lp(firm, u64be(generation), u64be(when))


def tombstone_mac(platform_endorse_key, body):
    return hmac(platform_endorse_key, lp("fieldseal/v1/tombstone", body))


def standing_body(firm, serial, suspension, pending, holds):
    """Each of `suspension`, `pending` and the `holds` as fields, or None."""
    suspension = lp(u64be(suspension["when"]), suspension["reason"]) if suspension else b""
    if pending:
        times = u64be(pending["requested"]), u64be(pending["due"])
        pending = lp(*times, bytes([pending["suspends"]]), pending["by"], pending["reason"])
    encoded = [lp(h["id"], h["reason"], h["by"], u64be(h["when"])) for h in holds]
    return b"\x01" + lp(firm, u64be(serial), suspension, pending or b"", lp(*encoded))


def standing_mac(platform_endorse_key, body):
    return hmac(platform_endorse_key, lp("fieldseal/v1/standing", body))


# --- migration.md ---

PHASES = ["expanded", "dual-write", "fenced", "cut-over"]


def phase_number(phase):
    return bytes([PHASES.index(phase) + 1 if phase else 0])


def phases_rollback(rollback):
    path = phase_number(rollback["from"]), phase_number(rollback["to"])
    return lp(*path, rollback["by"], rollback["reason"], u64be(rollback["when"]))


def phases_job(job):
    rollbacks = [phases_rollback(rollback) for rollback in job["rollbacks"]]
    return lp(job["job"], job["table"], lp(*job["columns"]), phase_number(job["phase"]), lp(*rollbacks))


def phases_body(serial, jobs):
    return b"\x01" + lp("platform", u64be(serial), lp(*map(phases_job, jobs)))


def phases_mac(platform_endorse_key, body):
    return hmac(platform_endorse_key, lp("fieldseal/v1/phases", body))


# --- blind-index.md ---


def trim(text):
    return text.strip(WHITE_SPACE)


def nfkc(text):
    return unicodedata.normalize("NFKC", text)


def casefold(text):
    return nfkc(nfkc(trim(text)).casefold())


NORMALIZERS = {
    "none/1": lambda text: text,
    "trim/1": trim,
    "lowercase/1": lambda text: trim(text).lower(),
    "casefold/1": casefold,
    "digits/1": lambda text: "".join(c for c in nfkc(text) if c in "0123456789"),
    "email/1": lambda text: "".join(c for c in casefold(text) if c not in WHITE_SPACE),
}


def index_info(firm, table, index, codec, normalizer, bits):
    return lp("fieldseal/v1/index", firm, table, index, codec, normalizer, u32be(bits))


def cut(full, bits):
    """The first `bits` bits, the unused low bits of the last byte zero."""
    out = bytearray(full[: (bits + 7) // 8])
    out[-1] &= 0xFF << (-bits % 8) & 0xFF
    return bytes(out)


def term(subkey, version, bits, normalized):
    return leb128(version) + cut(hmac(subkey, normalized), bits)
