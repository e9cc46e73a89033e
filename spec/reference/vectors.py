"""Makes tests/vectors/*.json and the worked examples in spec/*.md; with --check says what differs and changes nothing.

python spec/reference/vectors.py            write
python spec/reference/vectors.py --check    compare; exit status 1 on any difference
python spec/reference/vectors.py --slow     also run the published XAES test of a million iterations
"""

import json
import re
import sys
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESSIV

import cases_backup
import cases_codecs
import cases_envelope
import cases_index
import cases_keys
import cases_keys_invalid
import cases_padding
import cases_primitives
import formats
import primitives
import reader

ROOT = Path(__file__).resolve().parents[2]
WIDTH = 88

FILES = {
    "backup.json": ("spec/recovery.md", "Backups that are read, each whole", cases_backup.valid),
    "encodings.json": (
        "spec/envelope.md",
        "LP, LEB128, HKDF, firm ids and stored forms; by `what`",
        lambda: cases_primitives.encodings() + cases_codecs.stored(),
    ),
    "envelope.json": (
        "spec/envelope.md",
        "Cells that open, with every intermediate value",
        cases_envelope.valid,
    ),
    "envelope_invalid.json": (
        "spec/envelope.md",
        "Cells that must be refused: one fault each, `error` names its class",
        cases_envelope.invalid,
    ),
    "keys.json": (
        "spec/keys.md",
        "Wrapping, derivations, commitments, endorsements, manifests, loading, tombstones, standings and phases; by `what`",
        cases_keys.valid,
    ),
    "keys_invalid.json": (
        "spec/keys.md",
        "What a reader must refuse: one fault each, `error` names its class; by `what`",
        cases_keys_invalid.invalid,
    ),
    "blind_index.json": ("spec/blind-index.md", "Terms with every intermediate value", cases_index.terms),
    "normalizers.json": (
        "spec/blind-index.md",
        "Input and output of every built-in normalizer",
        cases_index.normalizer_cases,
    ),
    "padding.json": (
        "spec/envelope.md",
        "Padded lengths, cells of padded columns, and padding that must be refused; by `what`",
        cases_padding.padding,
    ),
    "xaes.json": (
        "https://c2sp.org/XAES-256-GCM",
        "Published examples of XAES-256-GCM; by `what`",
        cases_primitives.xaes,
    ),
    "aes_siv_rfc5297.json": (
        "RFC 5297",
        "AES-SIV. RFC 5297 A.1 and A.2 are AES-128; the rest is AES-256 as fieldseal uses it",
        cases_primitives.aes_siv,
    ),
}


def main(arguments):
    self_test("--slow" in arguments)
    outputs = {ROOT / "tests/vectors" / name: json_file(*parts) for name, parts in FILES.items()}
    outputs |= {
        ROOT / "spec" / page: filled(ROOT / "spec" / page, blocks) for page, blocks in pages().items()
    }
    stale = [path for path, text in outputs.items() if not path.exists() or path.read_text() != text]
    for path in stale:
        print(("differs: " if "--check" in arguments else "written: ") + str(path.relative_to(ROOT)))
        if "--check" not in arguments:
            path.write_text(outputs[path])
    return 1 if stale and "--check" in arguments else 0


def json_file(spec, comment, make):
    document = {"format": "fieldseal-vectors-v1", "spec": spec, "comment": comment, "cases": plain(make())}
    return json.dumps(document, indent=1) + "\n"


def plain(value):
    """Bytes become hex; the rest stays."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value


def pages():
    return {
        "envelope.md": {name: example(rows) for name, rows in (cases_envelope.worked() | cases_padding.worked()).items()}
        | {"codecs": cases_codecs.table()},
        "keys.md": {name: example(rows) for name, rows in cases_keys.worked().items()},
        "migration.md": {name: example(rows) for name, rows in cases_keys.worked_phases().items()},
        "recovery.md": {name: example(rows) for name, rows in cases_backup.worked().items()},
        "blind-index.md": {name: example(rows) for name, rows in cases_index.worked().items()}
        | {"normalizers": normalizer_table()},
    }


def filled(path, blocks):
    """The page with the text between its markers replaced."""
    text = path.read_text()
    for name, block in blocks.items():
        pattern = re.compile(rf"(<!-- vectors: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        assert len(pattern.findall(text)) == 1, f"{path.name} has no single block {name}"
        text = pattern.sub(lambda found: found[1] + block + found[2], text)
    return text


def example(rows):
    width = max(len(name) for name, _ in rows)
    lines = [line for name, value in rows for line in example_lines(name.ljust(width), value)]
    return "```text\n" + "\n".join(lines) + "\n```\n"


def example_lines(name, value):
    if not isinstance(value, bytes):
        return [f"{name} = {json.dumps(value, ensure_ascii=True)}"]
    digits = value.hex() or "(empty)"
    parts = [digits[i : i + WIDTH] for i in range(0, len(digits), WIDTH)]
    return [f"{name} = {parts[0]}"] + [" " * (len(name) + 3) + part for part in parts[1:]]


def normalizer_table():
    lines = ["| normalizer | input | result | why |", "| --- | --- | --- | --- |"]
    lines += [
        f"| `{case['normalizer']}` | `{visible(case['input_text'])}` | `{visible(case['normalized_text'])}` | {case['comment'].split(': ', 1)[1]} |"
        for case in cases_index.normalizer_cases()
    ]
    return "\n".join(lines) + "\n"


def visible(text):
    return '"' + "".join(c if " " <= c <= "~" else f"<{ord(c):04X}>" for c in text) + '"'


def self_test(slow):
    """Compares the primitives with published and foreign results, and every case with the reading side."""
    for iterations, expected in cases_primitives.ACCUMULATED.items():
        if iterations <= 10_000 or slow:
            assert primitives.xaes_accumulated(iterations) == expected
    for case in cases_primitives.aes_siv():
        foreign = AESSIV(case["key"]).encrypt(case["plaintext"], case["components"])
        assert foreign == case["output"], case["comment"]
    for case in cases_envelope.valid():
        assert reader.open_cell(case | {"accepts": [case["kind"]]}) == case["plaintext"], case["comment"]
    for case in cases_keys.valid():
        READ.get(case["what"], lambda _: None)(case)
    for case in cases_envelope.invalid():
        assert refusal(reader.open_cell, case) == case["error"], case["comment"]
    for case in cases_padding.cells():
        assert reader.open_padded(case | {"accepts": [case["kind"]]}) == case["stored"], case["comment"]
    for case in cases_padding.faults():
        assert refusal(reader.open_padded, case | {"accepts": [case["kind"]]}) == case["error"], case["comment"]
    for case in cases_keys_invalid.invalid():
        assert refusal(READ[case["what"]], case) == case["error"], case["comment"]


def refusal(read, case):
    try:
        read(case)
    except reader.Refused as error:
        return error.args[0]
    return None


READ = {
    "key-file": lambda c: reader.read_key_file(c["text"]),
    "local-wrap": lambda c: reader.local_unwrap(
        c["kek"], formats.kms_context(c["firm"], c["fmk_version"]), c["wrapped"]
    ),
    "pkcs11-wrap": lambda c: reader.pkcs11_unwrap(
        c["kek"], formats.kms_context(c["firm"], c["fmk_version"]), c["wrapped"]
    ),
    "key-wrap": lambda c: reader.key_unwrap(
        c["wrapping_key"], c["firm"], c["purpose"], c["version"], c["wrapped"]
    ),
    "manifest": lambda c: reader.parse_manifest(c["manifest"]),
    "load": reader.load,
    "phases": reader.read_phases,
    "standing": reader.read_standing,
    "tombstone": reader.read_tombstone,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
