"""Cases of keys.json, and the worked example of keys.md."""

import formats as f
from primitives import hmac, lp, u32be

KEK = bytes(range(0x80, 0xA0))
PLATFORM_KEK = b"\x88" * 32
NONCE = bytes(range(0x40, 0x58))
FIRM = "uuid:00112233-4455-6677-8899-aabbccddeeff"
FMK = bytes(range(0x20, 0x40))
FMK_2 = b"\x22" * 32
PLATFORM_FMK = b"\x99" * 32
CREATED = 1_800_000_000
KEYS = {
    ("data", 1): bytes(range(32)),
    ("data", 2): b"\x12" * 32,
    ("data", 3): b"\x13" * 32,
    ("data", 4): b"\x14" * 32,
    ("data", 5): b"\x15" * 32,
    ("index", 1): bytes(range(0x60, 0x80)),
    ("index", 2): b"\x62" * 32,
}
SMALL = [("data", 1, "active"), ("index", 1, "active")]
ROTATED = [
    ("data", 1, "destroyed"),
    ("data", 2, "retired"),
    ("data", 3, "superseded"),
    ("data", 4, "active"),
    ("data", 5, "pending"),
    ("index", 1, "superseded"),
    ("index", 2, "active"),
]


def key_file_text(kek):
    return f"fieldseal-local-key-v1 {kek.hex()}\n"


def key_file(comment, kek):
    return {
        "what": "key-file",
        "comment": comment,
        "text": key_file_text(kek),
        "kek": kek,
        "kek_id": f.local_kek_id(kek),
    }


def local_wrap(comment, kek=KEK, firm=FIRM, version=1, fmk=FMK, nonce=NONCE):
    context = f.kms_context(firm, version)
    return {
        "what": "local-wrap",
        "comment": comment,
        "kek": kek,
        "kek_id": f.local_kek_id(kek),
        "firm": firm,
        "fmk_version": version,
        "context": [{"key": k, "value": context[k]} for k in sorted(context)],
        "aad": f.local_wrap_aad(f.local_kek_id(kek), context),
        "nonce": nonce,
        "fmk": fmk,
        "wrapped": f.local_wrap(kek, nonce, context, fmk),
    }


def vault_aad(comment, firm=FIRM, version=1):
    context = f.kms_context(firm, version)
    aad = f.associated("vault", context)
    return {"what": "vault-aad", "comment": comment, "firm": firm, "fmk_version": version, "aad": aad}


def pkcs11_wrap(comment, kek=KEK, firm=FIRM, version=1, fmk=FMK, iv=NONCE[:12]):
    context = f.kms_context(firm, version)
    return {
        "what": "pkcs11-wrap",
        "comment": comment,
        "kek": kek,
        "firm": firm,
        "fmk_version": version,
        "aad": f.associated("pkcs11", context),
        "iv": iv,
        "fmk": fmk,
        "wrapped": f.pkcs11_wrap(kek, iv, context, fmk),
    }


def fmk_derivation(comment, use, firm=FIRM, version=1, fmk=FMK):
    return {
        "what": "fmk-derive",
        "comment": comment,
        "use": use,
        "label": "fieldseal/v1/fmk/" + use,
        "firm": firm,
        "fmk_version": version,
        "fmk": fmk,
        "info": f.fmk_info(use, firm, version),
        "derived": f.fmk_derive(fmk, use, firm, version),
    }


def key_wrap(comment, purpose, version, firm=FIRM, fmk=FMK, key=None):
    key = key or KEYS[purpose, version]
    wrapping = f.fmk_derive(fmk, "wrap", firm, 1)
    return {
        "what": "key-wrap",
        "comment": comment,
        "firm": firm,
        "purpose": purpose,
        "version": version,
        "wrapping_key": wrapping,
        "ad": f.key_wrap_ad(firm, purpose, version),
        "key": key,
        "wrapped": f.key_wrap(wrapping, firm, purpose, version, key),
        "commitment_info": f.key_commit_info(firm, purpose, version),
        "commitment": f.key_commit(key, firm, purpose, version),
    }


def endorsement(comment, firm=FIRM, version=1, fmk=FMK, kek=KEK, predecessor=None, platform=PLATFORM_FMK):
    """`predecessor` is the FMK of version - 1."""
    commitment = f.fmk_derive(fmk, "commit", firm, version)
    predecessor_mac = b""
    if predecessor:
        predecessor_mac = f.succession_mac(
            f.fmk_derive(predecessor, "endorse", firm, version - 1), firm, version, commitment
        )
    kek_id = f.local_kek_id(kek)
    statement = f.endorsement_statement(firm, version, "local", kek_id, commitment, predecessor_mac)
    endorse_key = f.fmk_derive(platform, "endorse", "platform", 1)
    return {
        "what": "endorsement",
        "comment": comment,
        "firm": firm,
        "fmk_version": version,
        "fmk": fmk,
        "commitment": commitment,
        "provider_id": "local",
        "kek_id": kek_id,
        "predecessor_fmk": predecessor or b"",
        "predecessor_mac": predecessor_mac,
        "platform_fmk": platform,
        "platform_fmk_version": 1,
        "platform_endorse_key": endorse_key,
        "statement": statement,
        "endorsement": hmac(endorse_key, statement),
    }


def entries(plan, firm):
    return [
        f.entry(
            purpose,
            version,
            state,
            CREATED + version,
            f.key_commit(KEYS[purpose, version], firm, purpose, version),
        )
        for purpose, version, state in plan
    ]


def manifest_bytes(fmk, body, firm=FIRM, version=1):
    return body + f.manifest_mac(f.fmk_derive(fmk, "manifest", firm, version), body)


def manifest(
    comment, plan=SMALL, firm=FIRM, generation=1, version=1, fmk=FMK, predecessor=None, minimum=1, kek=KEK
):
    endorsed = endorsement("", firm, version, fmk, kek, predecessor)
    body = f.manifest_body(
        firm,
        generation,
        version,
        endorsed["commitment"],
        "local",
        endorsed["kek_id"],
        endorsed["predecessor_mac"],
        minimum,
        entries(plan, firm),
    )
    return {
        "what": "manifest",
        "comment": comment,
        "firm": firm,
        "generation": generation,
        "fmk_version": version,
        "fmk": fmk,
        "commitment": endorsed["commitment"],
        "provider_id": "local",
        "kek_id": endorsed["kek_id"],
        "predecessor_mac": endorsed["predecessor_mac"],
        "min_open_version": minimum,
        "entries": [
            {
                "purpose": p,
                "version": v,
                "state": s,
                "created": CREATED + v,
                "commitment": f.key_commit(KEYS[p, v], firm, p, v),
            }
            for p, v, s in plan
        ],
        "body": body,
        "manifest_key": f.fmk_derive(fmk, "manifest", firm, version),
        "manifest": manifest_bytes(fmk, body, firm, version),
    }


def load(comment, plan=SMALL, highest=0, **options):
    """Everything that the store holds for a firm, and what the process knows besides."""
    listed = manifest("", plan, **options)
    firm, version, fmk, kek = listed["firm"], listed["fmk_version"], listed["fmk"], options.get("kek", KEK)
    wrapping = f.fmk_derive(fmk, "wrap", firm, version)
    endorsed = endorsement("", firm, version, fmk, kek, options.get("predecessor"))
    return {
        "what": "load",
        "comment": comment,
        "firm": firm,
        "fmk_version": version,
        "provider_id": "local",
        "kek_id": listed["kek_id"],
        "predecessor_mac": listed["predecessor_mac"],
        "wrapped_fmk": f.local_wrap(kek, NONCE, f.kms_context(firm, version), fmk),
        "endorsement": endorsed["endorsement"],
        "manifest": listed["manifest"],
        "keys": [
            {
                "purpose": p,
                "version": v,
                "wrapped": f.key_wrap(wrapping, firm, p, v, KEYS[p, v]),
                "key": KEYS[p, v],
            }
            for p, v, s in plan
            if s != "destroyed"
        ],
        "kek": kek,
        "configured_provider_id": "local",
        "configured_kek_id": listed["kek_id"],
        "platform_fmk": PLATFORM_FMK,
        "platform_fmk_version": 1,
        "highest_generation": highest,
    }


def tombstone(comment, firm=FIRM, generation=4, when=CREATED + 86_400, highest=3):
    body = f.tombstone_body(firm, generation, when)
    endorse_key = f.fmk_derive(PLATFORM_FMK, "endorse", "platform", 1)
    return {
        "what": "tombstone",
        "comment": comment,
        "firm": firm,
        "generation": generation,
        "when": when,
        "platform_fmk": PLATFORM_FMK,
        "platform_fmk_version": 1,
        "platform_endorse_key": endorse_key,
        "highest_generation": highest,
        "body": body,
        "tombstone": body + f.tombstone_mac(endorse_key, body),
    }


SUSPENSION = {"when": CREATED + 10, "reason": "an incident"}
PENDING = {"requested": CREATED + 20, "due": CREATED + 20 + 604_800, "suspends": 1, "by": "dpo", "reason": "erasure"}
HOLD = {"id": "case 7", "reason": "a suit", "by": "counsel", "when": CREATED + 30}


def standing(comment, serial=3, suspension=None, pending=None, holds=(), firm=FIRM):
    body = f.standing_body(firm, serial, suspension, pending, holds)
    endorse_key = f.fmk_derive(PLATFORM_FMK, "endorse", "platform", 1)
    return {
        "what": "standing",
        "comment": comment,
        "firm": firm,
        "serial": serial,
        "suspension": suspension,
        "pending": pending,
        "holds": list(holds),
        "platform_fmk": PLATFORM_FMK,
        "platform_fmk_version": 1,
        "body": body,
        "standing": body + f.standing_mac(endorse_key, body),
    }


ROLLBACK = {"from": "cut-over", "to": "fenced", "by": "ops", "reason": "errors", "when": CREATED + 40}
REOPENED = dict(ROLLBACK, to="cut-over") | {"from": None}
JOB = {"job": "seal", "table": "clients", "columns": ["email", "notes"], "phase": "fenced", "rollbacks": [ROLLBACK]}


def phases(comment, serial=6, jobs=(JOB,)):
    body = f.phases_body(serial, jobs)
    endorse_key = f.fmk_derive(PLATFORM_FMK, "endorse", "platform", 1)
    return {
        "what": "phases",
        "comment": comment,
        "serial": serial,
        "jobs": list(jobs),
        "platform_fmk": PLATFORM_FMK,
        "platform_fmk_version": 1,
        "body": body,
        "phases": body + f.phases_mac(endorse_key, body),
    }


def valid():
    second = {"version": 2, "fmk": FMK_2, "predecessor": FMK}
    cases = [
        key_file("key file and the id of its KEK: the worked example", KEK),
        key_file("another key file", PLATFORM_KEK),
        local_wrap("local provider, version 1: the worked example"),
        local_wrap("another version of the FMK", version=12, fmk=FMK_2),
        local_wrap(
            "the platform firm", kek=PLATFORM_KEK, firm="platform", fmk=PLATFORM_FMK, nonce=b"\x77" * 24
        ),
        local_wrap("a firm named by text", firm="text:N\u00fcrnberg"),
        vault_aad("vault: the worked example"),
        vault_aad("vault: a firm named by text, another version", firm="text:N\u00fcrnberg", version=12),
        pkcs11_wrap("pkcs11: the worked example"),
        pkcs11_wrap("pkcs11: a firm named by text, another version", firm="text:N\u00fcrnberg", version=12),
    ]
    cases += [fmk_derivation(f"{use}: {size} bytes", use) for use, size in f.FMK_LENGTHS.items()]
    cases += [fmk_derivation(f"{use} of another version", use, version=2) for use in f.FMK_LENGTHS]
    cases += [
        fmk_derivation(f"{use} of the platform", use, firm="platform", fmk=PLATFORM_FMK)
        for use in f.FMK_LENGTHS
    ]
    cases += [
        key_wrap("data key, version 1: the worked example", "data", 1),
        key_wrap("data key, version 2", "data", 2),
        key_wrap("index key, version 1", "index", 1),
        key_wrap(
            "the same bytes as an index key: another wrapping and commitment", "index", 1, key=KEYS["data", 1]
        ),
        key_wrap("the greatest version", "data", 2**32 - 1, key=b"\x1f" * 32),
        key_wrap("a firm named by an integer", "data", 1, firm="int:-7"),
        endorsement("first FMK of a firm: the worked example"),
        endorsement("second FMK, named by its predecessor", version=2, fmk=FMK_2, predecessor=FMK),
        endorsement("the same FMK under another KEK: a new endorsement", kek=b"\x8b" * 32),
        endorsement("the platform endorses itself", firm="platform", fmk=PLATFORM_FMK, kek=PLATFORM_KEK),
        manifest("a firm just created: the worked example"),
        manifest("every state, a raised min_open_version", ROTATED, generation=9, minimum=2),
        manifest("after a rotation of the FMK", ROTATED, generation=10, **second),
        manifest("the platform", firm="platform", fmk=PLATFORM_FMK, kek=PLATFORM_KEK),
        load("a firm just created, never seen before"),
        load("the generation last seen", ROTATED, generation=9, highest=9),
        load("a later generation, after a rotation of the FMK", ROTATED, generation=10, highest=9, **second),
        load("the platform", firm="platform", fmk=PLATFORM_FMK, kek=PLATFORM_KEK),
        tombstone("a shredded firm: the worked example"),
        tombstone("the tombstone was seen before", highest=4),
        standing("suspended, to be shredded, held: the worked example", 3, SUSPENSION, PENDING, [HOLD]),
        standing("nothing is decided any more", 4),
        standing("two holds, of another firm", 1, holds=[HOLD, dict(HOLD, id="case 8")], firm="int:-7"),
        standing("to be shredded, and working until then", 2, pending=dict(PENDING, suspends=0)),
        phases("a job that went back: the worked example"),
        phases("the last job has ended", 7, []),
        phases("every phase", 9, [dict(JOB, job=p, columns=[p], phase=p, rollbacks=[]) for p in f.PHASES]),
        phases("decrypted back after contract", 12, [dict(JOB, phase="cut-over", rollbacks=[REOPENED])]),
    ]
    return cases


def worked():
    """name -> value pairs for the page."""
    wrap, key, end, man, dead = (
        c for c in (local_wrap(""), key_wrap("", "data", 1), endorsement(""), manifest(""), tombstone(""))
    )
    context = [(pair["key"], pair["value"]) for pair in wrap["context"]]
    local = [
        ("KEK", KEK),
        ("key file", key_file_text(KEK).strip()),
        ("kek_id", wrap["kek_id"]),
        ("FIRM", FIRM),
    ]
    local += context + [(k, wrap[k]) for k in ("aad", "nonce", "fmk", "wrapped")]
    hsm = pkcs11_wrap("")
    others = [("vault: aad", vault_aad("")["aad"]), ("pkcs11: KEK", KEK)]
    others += [(f"pkcs11: {k}", hsm[k]) for k in ("aad", "iv", "fmk", "wrapped")]
    derived = []
    for use in f.FMK_LENGTHS:
        derived += [
            (f"{use}: info", f.fmk_info(use, FIRM, 1)),
            (f"{use}: value", f.fmk_derive(FMK, use, FIRM, 1)),
        ]
    keys = [
        (k, key[k]) for k in ("purpose", "version", "key", "ad", "wrapped", "commitment_info", "commitment")
    ]
    index = key_wrap("", "index", 1)
    keys += [
        (k, index[k]) for k in ("purpose", "version", "key", "ad", "wrapped", "commitment_info", "commitment")
    ]
    names = (
        "platform_fmk",
        "platform_endorse_key",
        "provider_id",
        "kek_id",
        "commitment",
        "statement",
        "endorsement",
    )
    succession = endorsement("", version=2, fmk=FMK_2, predecessor=FMK)
    follow = [("fmk of version 2", FMK_2), ("commitment of version 2", succession["commitment"])]
    follow += [("endorse key of version 1", f.fmk_derive(FMK, "endorse", FIRM, 1))]
    follow += [
        ("succession message", lp("fieldseal/v1/succession", FIRM, u32be(2), succession["commitment"]))
    ]
    follow += [(k, succession[k]) for k in ("predecessor_mac", "statement", "endorsement")]
    listed = [(f"entry {i + 1}", e) for i, e in enumerate(entries(SMALL, FIRM))]
    listed += [("body", man["body"]), ("manifest_key", man["manifest_key"])]
    listed += [("MAC message", lp("fieldseal/v1/manifest", man["body"])), ("MAC", man["manifest"][-32:])]
    grave = [(k, dead[k]) for k in ("generation", "when", "body")]
    grave += [("MAC message", lp("fieldseal/v1/tombstone", dead["body"])), ("MAC", dead["tombstone"][-32:])]
    decided = standing("", 3, SUSPENSION, PENDING, [HOLD])
    note = [(k, decided[k]) for k in ("serial", "body")]
    note += [("MAC message", lp("fieldseal/v1/standing", decided["body"])), ("MAC", decided["standing"][-32:])]
    return {
        "local-wrap": local,
        "other-wraps": others,
        "fmk": derived,
        "keys": keys,
        "endorsement": [(k, end[k]) for k in names],
        "succession": follow,
        "manifest": listed,
        "tombstone": grave,
        "standing": note,
    }


def worked_phases():
    """name -> value pairs for migration.md."""
    case = phases("")
    rows = [("serial", case["serial"]), ("ROLLBACK", f.phases_rollback(ROLLBACK)), ("JOB", f.phases_job(JOB))]
    rows += [("body", case["body"]), ("MAC message", lp("fieldseal/v1/phases", case["body"]))]
    return {"phases": rows + [("MAC", case["phases"][-32:])]}
