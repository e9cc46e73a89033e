"""Stored forms in encodings.json, and the table of worked examples in envelope.md."""

import stored as c

VALUES = [
    ("date", "1970-01-01", "the first day"),
    ("date", "1969-12-31", "the day before"),
    ("date", "2024-02-29", "a leap day"),
    ("date", "2000-02-29", "a leap day of a year that 400 divides"),
    ("date", "1900-03-01", "the day after February of a year that is no leap year"),
    ("date", "0000-03-01", "the year 0"),
    ("date", "-000044-03-15", "a year before"),
    ("date", "0001-01-01", "the first day of chronicles"),
    ("date", "9999-12-31", "the last day of four digits"),
    ("date", "+010000-01-01", "the day after it: not every type holds it"),
    ("date", "+262142-12-31", "chrono's last day"),
    ("time", "00:00:00.000000000", "midnight"),
    ("time", "12:34:56.789000001", "nanoseconds"),
    ("time", "23:59:59.999999999", "the last nanosecond"),
    ("timestamp", "1970-01-01T00:00:00.000000000", "the first moment"),
    ("timestamp", "1969-12-31T23:59:59.500000000", "half a second before: seconds are rounded down"),
    ("timestamp", "2024-02-29T12:34:56.000001000", "a microsecond, as PostgreSQL has it"),
    ("timestamp", "0001-01-01T00:00:00.000000001", "far from 1970"),
    ("timestamp", "9999-12-31T23:59:59.999999999", "the last nanosecond of four digits"),
    ("timestamptz", "2024-02-29T12:34:56.000001000Z", "the same bytes as without a zone, under another codec id"),
    ("timestamptz", "1969-12-31T23:59:59.999999999Z", "a nanosecond before 1970"),
    ("timestamptz", "-009999-06-01T00:00:00.000000000Z", "a year before 0"),
    ("timestamptz", "+010000-01-01T00:00:00.000000000Z", "beyond four digits: not every type holds it"),
    ("decimal", "0e0", "zero"),
    ("decimal", "0e-2", "zero of two places: 0.00"),
    ("decimal", "10e-1", "1.0"),
    ("decimal", "100e-2", "1.00: equal, and another form"),
    ("decimal", "-12340e-3", "-12.340"),
    ("decimal", "127e0", "the greatest of one byte"),
    ("decimal", "128e0", "two bytes, for the sign"),
    ("decimal", "-128e0", "the least of one byte"),
    ("decimal", "-129e0", "two bytes"),
    ("decimal", "5e3", "a negative scale: 5000 to the thousand"),
    ("decimal", "79228162514264337593543950335e-28", "the greatest integer and scale of rust_decimal"),
    ("decimal", "79228162514264337593543950336e-28", "one more: not every type holds it"),
    ("decimal", "1e-29", "a scale of 29: not every type holds it"),
    ("decimal", "-123456789012345678901234567890123456789012345678901234567890e-40", "60 digits"),
    ("f64", "0.0", "zero"),
    ("f64", "-0.0", "negative zero: equal, and another form"),
    ("f64", "1.5", "exact in binary32 too"),
    ("f64", "0.1", "in binary32 another number"),
    ("f64", "1e300", "beyond binary32"),
    ("f64", "5e-324", "the least positive one"),
    ("f64", "inf", "infinity"),
    ("f64", "-inf", "negative infinity"),
    ("f64", "NaN", "every NaN"),
    ("text_array", "[]", "empty"),
    ("text_array", '[""]', "an empty element"),
    ("text_array", "[null]", "a NULL element"),
    ("text_array", '["a","bc"]', "two elements"),
    ("text_array", '["ab","c"]', "two others that concatenate alike"),
    ("text_array", '["\u00e9",null,""]', "beyond ASCII, NULL, empty"),
]

INVALID = [
    ("date", "000000", "three bytes"),
    ("date", "0000000000", "five bytes"),
    ("time", "00000000", "four bytes"),
    ("time", "00004e94914f0000", "24:00"),
    ("time", "ffffffffffffffff", "negative"),
    ("timestamp", "0000000000000000", "eight bytes"),
    ("timestamp", "00000000000000003b9aca00", "a whole second of nanoseconds"),
    ("timestamptz", "0000000000000000ffffffff", "negative nanoseconds"),
    ("timestamptz", "00000000000000000000000000", "a byte behind the form"),
    ("decimal", "00000000", "no integer"),
    ("decimal", "0000", "no scale"),
    ("decimal", "000000000001", "1 in two bytes"),
    ("decimal", "00000000ffff", "-1 in two bytes"),
    ("decimal", "000000000000", "0 in two bytes"),
    ("f64", "3f800000", "binary32"),
    ("f64", "7ff8000000000001", "another NaN"),
    ("f64", "fff8000000000000", "a NaN with a sign"),
    ("f64", "7ff0000000000001", "a signalling NaN"),
    ("text_array", "", "nothing"),
    ("text_array", "00000001", "a count without its element"),
    ("text_array", "0000000000", "a byte behind the last element"),
    ("text_array", "0000000102", "an element that is neither NULL nor text"),
    ("text_array", "000000010100000002" + "61", "an element that ends early"),
    ("text_array", "0000000101000000", "a length that ends early"),
    ("text_array", "000000010100000001ff", "an element that is no UTF-8"),
    ("text_array", "ffffffff00", "a count far past the end"),
]


def stored():
    """Every value's form, which must read back as the value."""
    cases = []
    for codec, value, why in VALUES:
        form = c.WRITE[codec](value)
        read = c.READ[codec](form)
        same = form == c.f64(str(read)) if codec == "f64" else read == value
        assert same, (codec, value, read)
        cases.append(
            {"what": "stored", "comment": f"{codec}: {why}", "codec": codec, "value": value, "stored": form}
        )
    for codec, form, why in INVALID:
        assert refused(codec, bytes.fromhex(form)), (codec, why)
        cases.append(
            {
                "what": "stored-invalid",
                "comment": f"{codec}: {why}",
                "codec": codec,
                "stored": bytes.fromhex(form),
            }
        )
    return cases


def refused(codec, form):
    try:
        c.READ[codec](form)
    except c.NotOfForm:
        return True
    return False


SHOWN = {
    "2024-02-29",
    "1969-12-31",
    "12:34:56.789000001",
    "1969-12-31T23:59:59.500000000",
    "2024-02-29T12:34:56.000001000Z",
    "10e-1",
    "100e-2",
    "-12340e-3",
    "5e3",
    "-0.0",
    "0.1",
    '["a","bc"]',
    '["\u00e9",null,""]',
}


def table():
    """The worked examples as a table."""
    lines = ["| codec | value | stored form | |", "| --- | --- | --- | --- |"]
    for codec, value, why in VALUES:
        if value in SHOWN:
            text = value.encode("unicode_escape").decode()
            lines.append(f"| `{codec}` | `{text}` | `{c.WRITE[codec](value).hex()}` | {why} |")
    return "\n".join(lines) + "\n"
