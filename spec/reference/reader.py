"""The reading side: opens what formats.py makes and names the fault of what it must refuse.

vectors.py runs every case through these functions, so that no file claims a fault that is not there.
"""

import re

from cryptography.exceptions import InvalidTag

import formats as f
from primitives import gcm_open, hmac, siv_open, u32be, xaes_open


class Refused(Exception):
    """`args[0]` is the error class that the vector files name."""


def require(condition, error):
    if not condition:
        raise Refused(error)


# --- envelope.md ---


def split_version(data):
    """Version and its length in bytes."""
    value = 0
    for at in range(5):
        require(at < len(data), "version-truncated")
        byte = data[at]
        require(at < 4 or byte <= 0x0F, "version-too-large")
        value |= (byte & 0x7F) << 7 * at
        if byte < 0x80:
            require(at == 0 or byte != 0, "version-not-shortest")
            require(value != 0, "version-zero")
            return value, at + 1
    raise AssertionError("the fifth byte ends the loop")


def open_cell(case):
    data = case["cell"]
    require(data, "empty")
    kind = data[0]
    require(kind in f.SUITES, "unknown-kind")
    _, length = split_version(data[1:])
    head, body = data[: 1 + length], data[1 + length :]
    require(len(body) >= (16 if kind == 0xF7 else 40), "too-short")
    require(f"{kind:02x}" in case["accepts"], "wrong-kind")
    key = f.column_key(case["data_key"], kind, *(case[k] for k in ("firm", "table", "column", "codec")))
    row = f.row_bytes(case["row"]) if kind == 0xF5 else b""
    try:
        return (
            siv_open(key, [head], body) if kind == 0xF7 else xaes_open(key, body[:24], body[24:], head + row)
        )
    except (InvalidTag, ValueError):
        raise Refused("unauthentic") from None


def open_padded(case):
    """The stored form within a cell of a padded column."""
    value, mark, zeros = open_cell(case).rpartition(b"\x80")
    require(mark and not zeros.strip(b"\0"), "bad-plaintext")
    return value


# --- keys.md ---


def read_key_file(text):
    match = re.fullmatch(r"fieldseal-local-key-v1 ([0-9a-f]{64})\n", text)
    require(match, "key-file")
    return bytes.fromhex(match[1])


def local_unwrap(kek, context, wrapped):
    require(len(wrapped) == 73, "wrap-length")
    require(wrapped[0] == 0x01, "wrap-format")
    aad = f.local_wrap_aad(f.local_kek_id(kek), context)
    try:
        return xaes_open(kek, wrapped[1:25], wrapped[25:], aad)
    except InvalidTag:
        raise Refused("unauthentic") from None


def pkcs11_unwrap(kek, context, wrapped):
    require(len(wrapped) == 61, "wrap-length")
    require(wrapped[0] == 0x01, "wrap-format")
    try:
        return gcm_open(kek, wrapped[1:13], wrapped[13:], f.associated("pkcs11", context))
    except InvalidTag:
        raise Refused("unauthentic") from None


def key_unwrap(wrapping_key, firm, purpose, version, wrapped):
    require(len(wrapped) == 48, "wrap-length")
    try:
        return siv_open(wrapping_key, [f.key_wrap_ad(firm, purpose, version)], wrapped)
    except ValueError:
        raise Refused("unauthentic") from None


def split_lp(data, count):
    """Exactly `count` fields and nothing after them."""
    require(data[:4] == u32be(count), "malformed")
    fields, at = [], 4
    for _ in range(count):
        end = at + 4 + int.from_bytes(data[at : at + 4], "big")
        require(at + 4 <= len(data) and end <= len(data), "malformed")
        fields.append(data[at + 4 : end])
        at = end
    require(at == len(data), "malformed")
    return fields


def split_mac(data):
    require(len(data) >= 1 + 4 + 32, "too-short")
    require(data[0] == 0x01, "unknown-format")
    return data[:-32], data[-32:]


def number(data):
    return int.from_bytes(data, "big")


def parse_manifest(data):
    body, mac = split_mac(data)
    names = (
        "firm",
        "generation",
        "fmk_version",
        "commitment",
        "provider_id",
        "kek_id",
        "predecessor_mac",
        "minimum",
        "entries",
    )
    fields = dict(zip(names, split_lp(body[1:], 9)))
    sizes = {"generation": 8, "fmk_version": 4, "commitment": 32, "minimum": 4}
    require(all(len(fields[k]) == n for k, n in sizes.items()), "malformed")
    require(len(fields["predecessor_mac"]) in (0, 32) and len(fields["entries"]) % 46 == 0, "malformed")
    fields["entries"] = [fields["entries"][i : i + 46] for i in range(0, len(fields["entries"]), 46)]
    check_content(fields)
    return fields, body, mac


def check_content(fields):
    for name in ("generation", "fmk_version", "minimum"):
        require(number(fields[name]) >= 1, "inconsistent")
    require((number(fields["fmk_version"]) == 1) == (fields["predecessor_mac"] == b""), "inconsistent")
    entries = fields["entries"]
    places = [(e[0], number(e[1:5])) for e in entries]
    require(all(p in (1, 2) and v >= 1 for p, v in places), "inconsistent")
    require(all(a < b for a, b in zip(places, places[1:])), "inconsistent")
    require(all(1 <= e[5] <= 5 for e in entries), "inconsistent")
    for purpose in (1, 2):
        require(sum(e[0] == purpose and e[5] == 2 for e in entries) == 1, "inconsistent")


def platform_endorse_key(case):
    return f.fmk_derive(case["platform_fmk"], "endorse", "platform", case["platform_fmk_version"])


def load(case):
    """The clauses of keys.md "Loading", in their order."""
    firm, version = case["firm"], case["fmk_version"]
    configured = (case["configured_provider_id"], case["configured_kek_id"])
    require((case["provider_id"], case["kek_id"]) == configured, "kek-not-configured")
    fmk = local_unwrap(case["kek"], f.kms_context(firm, version), case["wrapped_fmk"])
    commitment = f.fmk_derive(fmk, "commit", firm, version)
    statement = f.endorsement_statement(
        firm, version, case["provider_id"], case["kek_id"], commitment, case["predecessor_mac"]
    )
    require(hmac(platform_endorse_key(case), statement) == case["endorsement"], "endorsement")
    fields, body, mac = parse_manifest(case["manifest"])
    record = {
        "firm": firm.encode(),
        "fmk_version": u32be(version),
        "commitment": commitment,
        "provider_id": case["provider_id"].encode(),
        "kek_id": case["kek_id"].encode(),
        "predecessor_mac": case["predecessor_mac"],
    }
    require(all(fields[k] == v for k, v in record.items()), "record-mismatch")
    require(f.manifest_mac(f.fmk_derive(fmk, "manifest", firm, version), body) == mac, "unauthentic")
    keys = unwrap_listed(case, f.fmk_derive(fmk, "wrap", firm, version), fields["entries"])
    require(number(fields["generation"]) >= case["highest_generation"], "rollback")
    return keys


def unwrap_listed(case, wrapping_key, entries):
    names = {code: name for name, code in f.PURPOSES.items()}
    listed = {(names[e[0]], number(e[1:5])): e[14:] for e in entries if e[5] != f.STATES["destroyed"]}
    rows = [(row["purpose"], row["version"]) for row in case["keys"]]
    require(sorted(rows) == sorted(listed), "entry-set")
    keys = {}
    for row in case["keys"]:
        place = (row["purpose"], row["version"])
        key = key_unwrap(wrapping_key, case["firm"], *place, row["wrapped"])
        require(f.key_commit(key, case["firm"], *place) == listed[place], "commitment")
        keys[place] = key
    return keys


def read_standing(case):
    body, mac = split_mac(case["standing"])
    firm, serial, suspension, pending, holds = split_lp(body[1:], 5)
    require(len(serial) == 8, "malformed")
    require(firm == case["firm"].encode(), "wrong-firm")
    require(f.standing_mac(platform_endorse_key(case), body) == mac, "unauthentic")
    require(number(serial) >= 1, "inconsistent")
    if suspension:
        split_lp(suspension, 2)
    if pending:
        require(split_lp(pending, 5)[2] in (b"\x00", b"\x01"), "malformed")
    ids = [split_lp(hold, 4)[0] for hold in split_lp(holds, number(holds[:4]))]
    require(ids == sorted(set(ids)), "inconsistent")
    return number(serial)


def read_phases(case):
    body, mac = split_mac(case["phases"])
    firm, serial, jobs = split_lp(body[1:], 3)
    require(len(serial) == 8, "malformed")
    require(firm == b"platform", "wrong-firm")
    require(f.phases_mac(platform_endorse_key(case), body) == mac, "unauthentic")
    require(number(serial) >= 1, "inconsistent")
    for job in split_lp(jobs, number(jobs[:4])):
        _, _, columns, phase, rollbacks = split_lp(job, 5)
        split_lp(columns, number(columns[:4]))
        require(phase in PHASE_NUMBERS, "malformed")
        for rollback in split_lp(rollbacks, number(rollbacks[:4])):
            before, after, _, _, when = split_lp(rollback, 5)
            require(before in (b"\x00", *PHASE_NUMBERS) and after in PHASE_NUMBERS and len(when) == 8, "malformed")
    return number(serial)


PHASE_NUMBERS = (b"\x01", b"\x02", b"\x03", b"\x04")


def read_tombstone(case):
    body, mac = split_mac(case["tombstone"])
    firm, generation, when = split_lp(body[1:], 3)
    require(len(generation) == len(when) == 8, "malformed")
    require(firm == case["firm"].encode(), "wrong-firm")
    require(f.tombstone_mac(platform_endorse_key(case), body) == mac, "unauthentic")
    require(number(generation) >= 1, "inconsistent")
    require(number(generation) >= case["highest_generation"], "rollback")
    return number(generation), number(when)
