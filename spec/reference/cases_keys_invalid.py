"""Cases of keys_invalid.json: one fault each. Authentic where the fault is not one of authentication."""

import cases_keys as k
import formats as f
from cases_envelope import flip
from primitives import lp, siv_seal, u32be, u64be


def refused(case, comment, error, **changed):
    return {**case, "comment": comment, "error": error, **changed}


def key_files():
    line = k.key_file_text(k.KEK)
    rows = [
        ("no newline at the end", line[:-1]),
        ("CR LF at the end", line[:-1] + "\r\n"),
        ("a second line", line + "\n"),
        ("uppercase digits", "fieldseal-local-key-v1 " + k.KEK.hex().upper() + "\n"),
        ("63 digits", line[:-2] + "\n"),
        ("65 digits", line[:-1] + "0\n"),
        ("another header", line.replace("v1", "v2")),
        ("a space in front", " " + line),
        ("two spaces", line.replace(" ", "  ")),
        ("the digits alone", line.split(" ")[1]),
        ("nothing", ""),
    ]
    return [
        {"what": "key-file", "comment": "key file: " + c, "error": "key-file", "text": t} for c, t in rows
    ]


def local_wraps():
    good = k.local_wrap("")
    wrapped = good["wrapped"]
    context = f.kms_context(k.FIRM, 1)
    gone = f.local_wrap(k.KEK, k.NONCE, {key: context[key] for key in list(context)[:2]}, k.FMK)
    rows = [
        ("nothing", "wrap-length", {"wrapped": b""}),
        ("one byte short", "wrap-length", {"wrapped": wrapped[:-1]}),
        ("one byte long", "wrap-length", {"wrapped": wrapped + b"\x00"}),
        ("format 2", "wrap-format", {"wrapped": b"\x02" + wrapped[1:]}),
        ("format 0", "wrap-format", {"wrapped": b"\x00" + wrapped[1:]}),
        ("a bit of the nonce", "unauthentic", {"wrapped": flip(wrapped, 1)}),
        ("a bit of the ciphertext", "unauthentic", {"wrapped": flip(wrapped, 25)}),
        ("a bit of the tag", "unauthentic", {"wrapped": flip(wrapped, -1)}),
        ("another firm", "unauthentic", {"firm": "uuid:00112233-4455-6677-8899-aabbccddeefe"}),
        ("another FMK version", "unauthentic", {"fmk_version": 2}),
        ("another KEK", "unauthentic", {"kek": k.PLATFORM_KEK, "kek_id": f.local_kek_id(k.PLATFORM_KEK)}),
        ("wrapped without the version in its context", "unauthentic", {"wrapped": gone}),
    ]
    base = {name: good[name] for name in ("what", "kek", "kek_id", "firm", "fmk_version", "wrapped")}
    return [refused(base, "local wrap: " + c, e, **x) for c, e, x in rows]


def key_wraps():
    good = k.key_wrap("", "data", 1)
    wrapping, wrapped = good["wrapping_key"], good["wrapped"]
    rows = [
        ("one byte short", "wrap-length", {"wrapped": wrapped[:-1]}),
        ("one byte long", "wrap-length", {"wrapped": wrapped + b"\x00"}),
        ("a bit of V", "unauthentic", {"wrapped": flip(wrapped, 0)}),
        ("a bit of C", "unauthentic", {"wrapped": flip(wrapped, -1)}),
        ("another firm", "unauthentic", {"firm": "platform"}),
        ("another purpose", "unauthentic", {"purpose": "index"}),
        ("another version", "unauthentic", {"version": 2}),
        (
            "a wrapping key of another FMK version",
            "unauthentic",
            {"wrapping_key": f.fmk_derive(k.FMK, "wrap", k.FIRM, 2)},
        ),
        ("wrapped with no S2V component", "unauthentic", {"wrapped": siv_seal(wrapping, [], good["key"])}),
    ]
    base = {name: good[name] for name in ("what", "firm", "purpose", "version", "wrapping_key", "wrapped")}
    return [refused(base, "key wrap: " + c, e, **x) for c, e, x in rows]


def body_of(**changed):
    """A manifest body with some fields replaced, every field free."""
    fields = {
        "firm": k.FIRM,
        "generation": u64be(1),
        "fmk_version": u32be(1),
        "commitment": f.fmk_derive(k.FMK, "commit", k.FIRM, 1),
        "provider": "local",
        "kek_id": f.local_kek_id(k.KEK),
        "predecessor": b"",
        "minimum": u32be(1),
        "entries": b"".join(k.entries(k.SMALL, k.FIRM)),
    }
    return b"\x01" + lp(*(fields | changed).values())


def manifests():
    good = k.manifest("")
    data, body = good["manifest"], good["body"]
    first, second = k.entries(k.SMALL, k.FIRM)
    other = k.entries([("data", 2, "superseded")], k.FIRM)[0]
    malformed = [
        ("eight fields", b"\x01" + lp(*[b""] * 8)),
        ("the count says ten", b"\x01" + u32be(10) + body[5:]),
        ("a byte after the last field", body + b"\x00"),
        ("the first length runs past the end", body[:5] + b"\xff" * 4 + body[9:]),
        ("generation of seven bytes", body_of(generation=bytes(6) + b"\x01")),
        ("FMK version of eight bytes", body_of(fmk_version=u64be(1))),
        ("commitment of 31 bytes", body_of(commitment=bytes(31))),
        ("predecessor MAC of 31 bytes", body_of(predecessor=bytes(31))),
        ("min_open_version of one byte", body_of(minimum=b"\x01")),
        ("entries of 91 bytes", body_of(entries=(first + second)[:-1])),
    ]
    content = [
        ("generation 0", {"generation": u64be(0)}),
        ("FMK version 0", {"fmk_version": u32be(0), "predecessor": bytes(32)}),
        ("min_open_version 0", {"minimum": u32be(0)}),
        ("version 1 with a predecessor MAC", {"predecessor": bytes(32)}),
        ("no entries", {"entries": b""}),
        ("no active index key", {"entries": first}),
        ("two active data keys", {"entries": first + k.entries([("data", 2, "active")], k.FIRM)[0] + second}),
        ("index before data", {"entries": second + first}),
        ("a version twice", {"entries": first + first[:5] + other[5:] + second}),
        ("versions descending", {"entries": other + first + second}),
        ("entry of version 0", {"entries": first[:1] + u32be(0) + first[5:] + second}),
        ("purpose 0", {"entries": b"\x00" + other[1:] + first + second}),
        ("purpose 3", {"entries": first + second + b"\x03" + other[1:]}),
        ("state 0", {"entries": first + other[:5] + b"\x00" + other[6:] + second}),
        ("state 6", {"entries": first + other[:5] + b"\x06" + other[6:] + second}),
    ]
    rows = [("nothing", "too-short", b""), ("36 bytes", "too-short", data[:36])]
    rows += [("format 2", "unknown-format", k.manifest_bytes(k.FMK, b"\x02" + body[1:]))]
    rows += [(c, "malformed", k.manifest_bytes(k.FMK, b)) for c, b in malformed]
    rows += [(c, "inconsistent", k.manifest_bytes(k.FMK, body_of(**x))) for c, x in content]
    return [{"what": "manifest", "comment": "manifest: " + c, "error": e, "manifest": m} for c, e, m in rows]


def loads():
    good = k.load("", k.ROTATED, generation=9, highest=9)
    data = good["manifest"]
    body = data[:-32]
    rows = good["keys"]
    swapped = [{**rows[0], "wrapped": rows[1]["wrapped"]}] + rows[1:]
    other = f.key_wrap(f.fmk_derive(k.FMK, "wrap", k.FIRM, 1), k.FIRM, "data", 2, b"\x1e" * 32)
    foreign = k.load("", k.ROTATED, generation=9, fmk=k.FMK_2)
    named = k.load("", k.ROTATED, generation=9, kek=k.PLATFORM_KEK)
    old_fmk = k.manifest("", k.ROTATED, generation=9, version=2, fmk=k.FMK_2, predecessor=k.FMK)["manifest"]
    kin = k.load("", k.ROTATED, generation=9, firm="int:42")
    own = k.endorsement("", platform=k.FMK_2)
    lower = k.load("", k.ROTATED, generation=8)
    destroyed = {
        "purpose": "data",
        "version": 1,
        "key": k.KEYS["data", 1],
        "wrapped": f.key_wrap(f.fmk_derive(k.FMK, "wrap", k.FIRM, 1), k.FIRM, "data", 1, k.KEYS["data", 1]),
    }
    cases = [
        (
            "the store names another KEK than the configuration",
            "kek-not-configured",
            {"configured_kek_id": "local:0000000000000000"},
        ),
        (
            "the store names another provider than the configuration",
            "kek-not-configured",
            {"configured_provider_id": "aws-kms"},
        ),
        ("a bit of the endorsement", "endorsement", {"endorsement": flip(good["endorsement"], 0)}),
        ("endorsed under another platform FMK", "endorsement", {"endorsement": own["endorsement"]}),
        (
            "the endorsement of another FMK of the firm",
            "endorsement",
            {"endorsement": foreign["endorsement"]},
        ),
        (
            "the FMK replaced by one wrapped under the same KEK, its endorsement left",
            "endorsement",
            {"wrapped_fmk": foreign["wrapped_fmk"]},
        ),
        ("a predecessor MAC added to the record", "endorsement", {"predecessor_mac": bytes(32)}),
        ("the manifest of another firm", "record-mismatch", {"manifest": kin["manifest"]}),
        ("a manifest that names another KEK", "record-mismatch", {"manifest": named["manifest"]}),
        ("a manifest under another FMK version", "record-mismatch", {"manifest": old_fmk}),
        ("a manifest that commits to another FMK", "record-mismatch", {"manifest": foreign["manifest"]}),
        ("a bit of the manifest's MAC", "unauthentic", {"manifest": flip(data, -1)}),
        (
            "generation raised without the key",
            "unauthentic",
            {"manifest": data.replace(u32be(8) + u64be(9), u32be(8) + u64be(10), 1)},
        ),
        (
            "a pending key made superseded without the key",
            "unauthentic",
            {"manifest": data.replace(u32be(5) + b"\x01", u32be(5) + b"\x03", 1)},
        ),
        (
            "MAC over the body alone, without the label",
            "unauthentic",
            {"manifest": body + f.hmac(f.fmk_derive(k.FMK, "manifest", k.FIRM, 1), body)},
        ),
        (
            "MAC under the endorse key",
            "unauthentic",
            {"manifest": body + f.manifest_mac(f.fmk_derive(k.FMK, "endorse", k.FIRM, 1), body)},
        ),
        ("a listed key has no row", "entry-set", {"keys": rows[1:]}),
        (
            "a row that the manifest does not list",
            "entry-set",
            {"keys": rows + [{**rows[0], "purpose": "index", "version": 3}]},
        ),
        ("a destroyed key still has its row", "entry-set", {"keys": [destroyed] + rows}),
        ("a row twice", "entry-set", {"keys": rows + rows[:1]}),
        ("wrapped keys of two versions swapped", "unauthentic", {"keys": swapped}),
        (
            "a wrapped key that the manifest does not commit to",
            "commitment",
            {"keys": [{**rows[0], "wrapped": other}] + rows[1:]},
        ),
        (
            "a whole older state: generation 8 after 9 was seen",
            "rollback",
            {name: lower[name] for name in ("manifest", "endorsement", "keys")},
        ),
    ]
    return [refused(good, "load: " + c, e, **x) for c, e, x in cases]


def tombstones():
    good = k.tombstone("")
    data, key = good["tombstone"], good["platform_endorse_key"]
    sealed = lambda body: body + f.tombstone_mac(key, body)
    rows = [
        ("nothing", "too-short", {"tombstone": b""}),
        ("format 2", "unknown-format", {"tombstone": sealed(b"\x02" + data[1:-32])}),
        ("four fields", "malformed", {"tombstone": sealed(b"\x01" + lp(k.FIRM, u64be(4), u64be(5), b""))}),
        (
            "a time of four bytes",
            "malformed",
            {"tombstone": sealed(b"\x01" + lp(k.FIRM, u64be(4), u32be(5)))},
        ),
        ("a byte after the last field", "malformed", {"tombstone": sealed(data[:-32] + b"\x00")}),
        ("of another firm", "wrong-firm", {"firm": "int:42"}),
        ("a bit of its MAC", "unauthentic", {"tombstone": flip(data, -1)}),
        (
            "MAC under the firm's own endorse key",
            "unauthentic",
            {
                "tombstone": data[:-32]
                + f.tombstone_mac(f.fmk_derive(k.FMK, "endorse", k.FIRM, 1), data[:-32])
            },
        ),
        (
            "generation 0",
            "inconsistent",
            {"tombstone": sealed(f.tombstone_body(k.FIRM, 0, k.CREATED)), "highest_generation": 0},
        ),
        ("below the highest generation seen", "rollback", {"highest_generation": 5}),
    ]
    names = ("what", "firm", "platform_fmk", "platform_fmk_version", "highest_generation", "tombstone")
    base = {name: good[name] for name in names}
    return [refused(base, "tombstone: " + c, e, **x) for c, e, x in rows]


def standings():
    good = k.standing("", 3, k.SUSPENSION, k.PENDING, [k.HOLD])
    data = good["standing"]
    key = f.fmk_derive(k.PLATFORM_FMK, "endorse", "platform", 1)
    sealed = lambda body: body + f.standing_mac(key, body)
    later, earlier = dict(k.HOLD, id="case 8"), k.HOLD
    held = lambda holds: {"standing": sealed(f.standing_body(k.FIRM, 3, None, None, holds))}
    rows = [
        ("nothing", "too-short", {"standing": b""}),
        ("format 2", "unknown-format", {"standing": sealed(b"\x02" + data[1:-32])}),
        ("four fields", "malformed", {"standing": sealed(b"\x01" + lp(k.FIRM, u64be(3), b"", b""))}),
        ("a byte after the last field", "malformed", {"standing": sealed(data[:-32] + b"\x00")}),
        (
            "a shredding that suspends by 02",
            "malformed",
            {"standing": sealed(f.standing_body(k.FIRM, 3, None, dict(k.PENDING, suspends=2), []))},
        ),
        ("of another firm", "wrong-firm", {"firm": "int:42"}),
        ("a bit of its MAC", "unauthentic", {"standing": flip(data, -1)}),
        ("a tombstone's MAC", "unauthentic", {"standing": data[:-32] + f.tombstone_mac(key, data[:-32])}),
        ("serial 0", "inconsistent", {"standing": sealed(f.standing_body(k.FIRM, 0, None, None, []))}),
        ("holds in another order", "inconsistent", held([later, earlier])),
        ("one hold twice", "inconsistent", held([earlier, earlier])),
    ]
    names = ("what", "firm", "platform_fmk", "platform_fmk_version", "standing")
    base = {name: good[name] for name in names}
    return [refused(base, "standing: " + c, e, **x) for c, e, x in rows]


def phases():
    good = k.phases("")
    data = good["phases"]
    key = f.fmk_derive(k.PLATFORM_FMK, "endorse", "platform", 1)
    sealed = lambda body: body + f.phases_mac(key, body)
    written = lambda jobs: {"phases": sealed(b"\x01" + lp("platform", u64be(6), lp(*jobs)))}
    job = lambda phase, rollbacks=b"\x00" * 4: lp("seal", "clients", lp("email"), phase, rollbacks)
    rollback = lambda before, after: lp(lp(before, after, "ops", "errors", u64be(k.CREATED)))
    rows = [
        ("nothing", "too-short", {"phases": b""}),
        ("format 2", "unknown-format", {"phases": sealed(b"\x02" + data[1:-32])}),
        ("two fields", "malformed", {"phases": sealed(b"\x01" + lp("platform", u64be(6)))}),
        ("a byte after the last field", "malformed", {"phases": sealed(data[:-32] + b"\x00")}),
        ("phase 0", "malformed", written([job(b"\x00")])),
        ("phase 5", "malformed", written([job(b"\x05")])),
        ("a rollback from phase 5", "malformed", written([job(b"\x01", rollback(b"\x05", b"\x01"))])),
        ("a rollback to no phase", "malformed", written([job(b"\x01", rollback(b"\x02", b"\x00"))])),
        ("of a firm", "wrong-firm", {"phases": sealed(b"\x01" + lp(k.FIRM, u64be(6), lp()))}),
        ("a bit of its MAC", "unauthentic", {"phases": flip(data, -1)}),
        ("a standing's MAC", "unauthentic", {"phases": data[:-32] + f.standing_mac(key, data[:-32])}),
        ("serial 0", "inconsistent", {"phases": sealed(f.phases_body(0, []))}),
    ]
    base = {name: good[name] for name in ("what", "platform_fmk", "platform_fmk_version", "phases")}
    return [refused(base, "phases: " + c, e, **x) for c, e, x in rows]


def invalid():
    return key_files() + local_wraps() + key_wraps() + manifests() + loads() + tombstones() + standings() + phases()
