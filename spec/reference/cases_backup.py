"""Cases of backup.json, and the worked example of recovery.md."""

from cases_keys import CREATED, PLATFORM_FMK, PLATFORM_KEK, ROTATED, SMALL, load, tombstone
from primitives import hkdf, hmac, lp, sha256, u32be, u64be

MAGIC = b"fieldseal-backup\x01"
HEADER, KEYS, TOMBSTONE, END = b"\x01", b"\x02", b"\x03", b"\x04"
PURPOSES = {"data": b"\x01", "index": b"\x02"}


def keys_content(record, generation):
    rows = [PURPOSES[key["purpose"]] + u32be(key["version"]) + key["wrapped"] for key in record["keys"]]
    return lp(
        record["firm"],
        u64be(generation),
        u32be(record["fmk_version"]),
        record["provider_id"],
        record["kek_id"],
        record["wrapped_fmk"],
        record["endorsement"],
        record["manifest"],
        lp(*rows),
        b"",
    )


def backup_key_info():
    return lp("fieldseal/v1/fmk/backup", "platform", u32be(1))


def backup_key():
    return hkdf(PLATFORM_FMK, backup_key_info(), 32)


def frames(contents):
    """Each with its tag, which goes with the one before."""
    made, last = [], b""
    for kind, content in contents:
        last = hmac(backup_key(), lp("fieldseal/v1/backup", last, kind, content))
        made.append(kind + u32be(len(content)) + content + last)
    return made


def contents(firms):
    platform = load("", firm="platform", fmk=PLATFORM_FMK, kek=PLATFORM_KEK)
    return [(HEADER, lp(u64be(CREATED), keys_content(platform, 1))), *firms, (END, lp(u64be(len(firms))))]


def live(plan, generation, firm):
    return (KEYS, keys_content(load("", plan, firm=firm, generation=generation), generation))


def buried(firm):
    stone = tombstone("", firm=firm)
    return (TOMBSTONE, lp(firm, u64be(stone["generation"]), stone["tombstone"], b""))


def backup(comment, firms, names):
    return {
        "comment": comment,
        "created": CREATED,
        "platform_fmk": PLATFORM_FMK,
        "platform_fmk_version": 1,
        "backup_key": backup_key(),
        "firms": names,
        "backup": MAGIC + b"".join(frames(contents(firms))),
    }


def valid():
    return [
        backup("the platform alone: the worked example", [], []),
        backup(
            "a firm just created, one with keys in every state, one that was shredded",
            [live(SMALL, 1, "int:7"), live(ROTATED, 9, "text:a"), buried("text:b")],
            ["int:7", "text:a", "text:b"],
        ),
    ]


def worked():
    """name -> value pairs for the page."""
    (_, header), (_, end) = contents([])
    first, last = frames(contents([]))
    return {
        "backup": [
            ("platform_fmk", PLATFORM_FMK),
            ("backup_key info", backup_key_info()),
            ("backup_key", backup_key()),
            ("header content", header),
            ("header tag", first[-32:]),
            ("end content", end),
            ("end tag", last[-32:]),
            ("SHA-256 of the backup", sha256(MAGIC + first + last)),
        ]
    }
