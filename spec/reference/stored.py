"""The stored forms of envelope.md "Codecs", written and read. Values are texts, as in the vector files.

Nothing of Python's datetime or decimal is used: the forms hold years and scales that those can't.
"""

import json
import re
import struct

from primitives import i64be, u32be, u64be

DAY = 86_400
SECOND = 10**9


class NotOfForm(Exception):
    """The bytes are no stored form of the codec."""


def require(condition):
    if not condition:
        raise NotOfForm


def i32be(value):
    return value.to_bytes(4, "big", signed=True)


def signed(data):
    return int.from_bytes(data, "big", signed=True)


# --- dates and times ---


def leap(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def month_lengths(year):
    return [31, 29 if leap(year) else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]


def days_before(year):
    """Days from 0001-01-01 to the first of January of `year`, by counting leap years."""
    past = year - 1
    return past * 365 + past // 4 - past // 100 + past // 400


EPOCH = days_before(1970)


def days(text):
    match = re.fullmatch(r"([+-]\d{6}|\d{4})-(\d\d)-(\d\d)", text)
    year, month, day = (int(part) for part in match.groups())
    assert 1 <= day <= month_lengths(year)[month - 1]
    return days_before(year) - EPOCH + sum(month_lengths(year)[: month - 1]) + day - 1


def date_text(count):
    year = 1970 + count // 366
    while days_before(year + 1) - EPOCH <= count:
        year += 1
    while days_before(year) - EPOCH > count:
        year -= 1
    day, month = count - (days_before(year) - EPOCH), 0
    while day >= month_lengths(year)[month]:
        day -= month_lengths(year)[month]
        month += 1
    shown = f"{year:04}" if 0 <= year <= 9999 else f"{year:+07}"
    return f"{shown}-{month + 1:02}-{day + 1:02}"


def nanos(text):
    match = re.fullmatch(r"(\d\d):(\d\d):(\d\d)\.(\d{9})", text)
    hours, minutes, seconds, fraction = (int(part) for part in match.groups())
    assert hours < 24 and minutes < 60 and seconds < 60
    return (hours * 3600 + minutes * 60 + seconds) * SECOND + fraction


def time_text(count):
    seconds, fraction = divmod(count, SECOND)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{fraction:09}"


def timestamp(text):
    date, time = text.split("T")
    seconds, fraction = divmod(nanos(time), SECOND)
    return i64be(days(date) * DAY + seconds) + u32be(fraction)


def read_timestamp(data):
    require(len(data) == 12)
    seconds, fraction = signed(data[:8]), int.from_bytes(data[8:], "big")
    require(fraction < SECOND)
    date, second = divmod(seconds, DAY)
    return f"{date_text(date)}T{time_text(second * SECOND + fraction)}"


def read_time(data):
    require(len(data) == 8)
    count = int.from_bytes(data, "big")
    require(count < DAY * SECOND)
    return time_text(count)


def read_date(data):
    require(len(data) == 4)
    return date_text(signed(data))


# --- numbers ---


def decimal(text):
    """Of `<integer>e<exponent>`: the exponent is the scale's negative."""
    unscaled, exponent = (int(part) for part in text.split("e"))
    length = 1
    while not -(1 << 8 * length - 1) <= unscaled < 1 << 8 * length - 1:
        length += 1
    return i32be(-exponent) + unscaled.to_bytes(length, "big", signed=True)


def read_decimal(data):
    require(len(data) >= 5)
    text = f"{signed(data[4:])}e{-signed(data[:4])}"
    require(decimal(text) == data)
    return text


def read_f64(data):
    require(len(data) == 8)
    value = struct.unpack(">d", data)[0]
    require(value == value or data.hex() == "7ff8000000000000")
    return value


def f64(text):
    value = float(text)
    return bytes.fromhex("7ff8000000000000") if value != value else struct.pack(">d", value)


# --- arrays ---


def text_array(text):
    elements = json.loads(text)
    encoded = [b"\x00" if e is None else b"\x01" + u32be(len(e.encode())) + e.encode() for e in elements]
    return u32be(len(elements)) + b"".join(encoded)


def read_text_array(data):
    require(len(data) >= 4)
    elements, at = [], 4
    for _ in range(int.from_bytes(data[:4], "big")):
        require(at < len(data) and data[at] in (0, 1))
        if data[at] == 0:
            elements.append(None)
            at += 1
            continue
        end = at + 5 + int.from_bytes(data[at + 1 : at + 5], "big")
        require(at + 5 <= len(data) and end <= len(data))
        try:
            elements.append(data[at + 5 : end].decode())
        except UnicodeDecodeError:
            raise NotOfForm from None
        at = end
    require(at == len(data))
    return json.dumps(elements, ensure_ascii=False, separators=(",", ":"))


WRITE = {
    "date": lambda text: i32be(days(text)),
    "time": lambda text: u64be(nanos(text)),
    "timestamp": timestamp,
    "timestamptz": lambda text: timestamp(text.removesuffix("Z")),
    "decimal": decimal,
    "f64": f64,
    "text_array": text_array,
}
READ = {
    "date": read_date,
    "time": read_time,
    "timestamp": read_timestamp,
    "timestamptz": lambda data: read_timestamp(data) + "Z",
    "decimal": read_decimal,
    "f64": read_f64,
    "text_array": read_text_array,
}
