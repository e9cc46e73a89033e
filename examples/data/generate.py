#!/usr/bin/env python3
"""Makes clients.csv beside this script: 1,000 made-up clients of 3 firms. The same bytes at every run.

Nobody in it is real: names are invented, e-mail domains are reserved for examples (RFC 2606), phone numbers are 555
numbers. The tests rely on this: e-mails are unique within a firm, case and spelling forms apart, and some are shared
between firms.
"""

import csv
import json
import random
import sys
import unicodedata
from datetime import date, timedelta
from pathlib import Path

sys.dont_write_bytecode = True
from words import AWKWARD_NOTES, LANGUAGES  # noqa: E402

CLIENTS = 1000
FIRMS = ["kanzlei-nordlicht", "clinica-aurora", "tsubame-crm"]
DOMAINS = ["example.org", "example.com", "example.net", "mail.example.org", "post.example.com"]
COLUMNS = ["id", "firm", "language", "name", "email", "phone", "notes", "intake"]


def main():
    random_source = random.Random("fieldseal")
    clients = Clients(random_source)
    target = Path(__file__).with_name("clients.csv")
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for number in range(1, CLIENTS + 1):
            writer.writerow(clients.client(number))


class Clients:
    def __init__(self, source):
        self.source = source
        self.taken = {firm: set() for firm in FIRMS}
        self.emails = []

    def client(self, number):
        firm = FIRMS[number % len(FIRMS)]
        language = list(LANGUAGES)[number // len(FIRMS) % len(LANGUAGES)]
        given, family = (self.pick(LANGUAGES[language][part]) for part in (0, 1))
        name = spell(language, given, family, number)
        intake = json.dumps(self.intake(firm, language), ensure_ascii=False, separators=(",", ":"))
        email = self.email(firm, language, number)
        return [number, firm, language, name, email, self.phone(language, number), self.notes(language, number), intake]

    def email(self, firm, language, number):
        """Every twelfth is another firm's, if this firm does not have it."""
        foreign = [email for email in self.emails[-40:] if normal(email) not in self.taken[firm]]
        if number % 12 == 0 and foreign:
            email = self.pick(foreign)
        else:
            email = self.new_email(firm, language)
        self.taken[firm].add(normal(email))
        self.emails.append(email)
        return case(email, number)

    def new_email(self, firm, language):
        mailbox = self.pick(LANGUAGES[language][2])
        if self.source.randrange(9) == 0:
            mailbox = "".join(c for c in self.pick(LANGUAGES[language][0]) if c.isalpha())
        while True:
            tag = self.pick(["", ".office", "+private", "_home", "-2"]) + str(self.source.randrange(10, 1000))
            email = f"{mailbox}{tag}@{self.pick(DOMAINS)}"
            if normal(email) not in self.taken[firm]:
                return email

    def phone(self, language, number):
        if number % 11 == 0:
            return ""
        code, digits = LANGUAGES[language][3], f"{self.source.randrange(10000):04}"
        area = f"{self.source.randrange(200, 999)}"
        return self.pick([f"+{code} ({area}) 555-{digits}", f"+{code} {area} 555 {digits}", f"+{code}-{area}-555-{digits}"])

    def notes(self, language, number):
        if number % 13 == 0:
            return AWKWARD_NOTES[number // 13 % len(AWKWARD_NOTES)]
        if number % 7 == 0:
            return ""
        count = 1 + self.source.randrange(2)
        return " ".join(self.source.sample(LANGUAGES[language][4], count))

    def intake(self, firm, language):
        opened = date(2024, 1, 1) + timedelta(days=self.source.randrange(600))
        matter = {
            "kanzlei-nordlicht": self.case_file,
            "clinica-aurora": self.visit,
            "tsubame-crm": self.deal,
        }[firm](language)
        return {
            "matter": matter,
            "opened": opened.isoformat(),
            "urgent": self.source.randrange(5) == 0,
            "parties": [self.party(firm, language) for _ in range(self.source.randrange(4))],
        }

    def party(self, firm, language):
        roles = {
            "kanzlei-nordlicht": ["opponent", "witness", "heir", "guarantor"],
            "clinica-aurora": ["referring doctor", "next of kin", "interpreter"],
            "tsubame-crm": ["decision maker", "champion", "procurement"],
        }[firm]
        given, family = (self.pick(LANGUAGES[language][part]) for part in (0, 1))
        return {"name": spell(language, given, family, 0), "role": self.pick(roles)}

    def case_file(self, language):
        kind = self.pick(["divorce", "will", "tenancy", "dismissal", "custody"])
        return {"kind": kind, "file": f"{self.source.randrange(1, 999)}/{self.pick('24 25'.split())}",
                "statement": self.pick(LANGUAGES[language][4])}

    def visit(self, language):
        kind = self.pick(["cardiology", "dermatology", "psychotherapy", "fertility"])
        allergies = self.source.sample(["penicillin", "latex", "nuts", "ἀσπιρίνη", "花粉"], self.source.randrange(3))
        return {"kind": kind, "allergies": allergies, "blood_pressure": [self.source.randrange(95, 170), 80]}

    def deal(self, language):
        currency = self.pick(["EUR", "USD", "JPY", "PLN", "TRY"])
        return {"kind": self.pick(["renewal", "pilot", "upsell"]),
                "budget": {"amount": self.source.randrange(5, 400) * 250, "currency": currency}}

    def pick(self, among):
        return among[self.source.randrange(len(among))]


def spell(language, given, family, number):
    """Family name first where that is the custom; every ninth decomposed (NFD), as macOS would type it."""
    name = f"{family} {given}" if language in ("ja", "zh") else f"{given} {family}"
    return unicodedata.normalize("NFD" if number % 9 == 4 else "NFC", name)


def case(email, number):
    """The same mailbox as people type it."""
    return {3: email.upper(), 5: email.title(), 8: email.capitalize()}.get(number % 10, email)


def normal(email):
    folded = unicodedata.normalize("NFKC", email).casefold()
    return unicodedata.normalize("NFKC", folded)


if __name__ == "__main__":
    main()
