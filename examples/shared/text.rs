//! How wide text is on a terminal: scripts differ.

/// `text` on one line, cut to `room` columns.
pub fn fit(text: &str, room: usize) -> String {
    let line = one_line(text);
    if width(&line) <= room {
        return line;
    }
    let mut cut = String::new();
    for c in line.chars() {
        if width(&cut) + char_width(c) + 1 > room {
            break;
        }
        cut.push(c);
    }
    cut + "…"
}

/// `text` and spaces, to `room` columns.
pub fn pad(text: &str, room: usize) -> String {
    // After right-to-left text, a terminal would set the following hex digits right to left too.
    let mark = if text.chars().any(is_right_to_left) { "\u{200E}" } else { "" };
    format!("{text}{mark}{}", " ".repeat(room.saturating_sub(width(text))))
}

/// `text` in lines of at most `room` columns, broken at single spaces.
pub fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_inclusive(' ') {
        let line = lines.last_mut().expect("there is a first line");
        if !line.is_empty() && width(line) + width(word.trim_end()) > room {
            lines.push(word.to_owned());
        } else {
            line.push_str(word);
        }
    }
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

fn one_line(text: &str) -> String {
    text.replace("\r\n", "⏎").chars().map(|c| if c == '\n' { '⏎' } else { c }).map(visible).collect()
}

fn visible(c: char) -> char {
    if c.is_control() { '·' } else { c }
}

/// Columns that a terminal takes for `text`. Near enough for a demonstration: emoji sequences count their parts.
pub fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

fn char_width(c: char) -> usize {
    match u32::from(c) {
        // Combining accents and vowel points, joiners and marks, variation selectors.
        0x0300..=0x036F | 0x0591..=0x05BD | 0x064B..=0x065F | 0x200B..=0x200F | 0xFE00..=0xFE0F => 0,
        // East Asian wide and full-width, emoji.
        0x1100..=0x115F | 0x2E80..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFE30..=0xFE4F | 0xFF01..=0xFF60 => 2,
        0x1F1E6..=0x1F64F | 0x1F680..=0x1FAFF | 0x20000..=0x3FFFD => 2,
        _ => 1,
    }
}

fn is_right_to_left(c: char) -> bool {
    matches!(u32::from(c), 0x0590..=0x08FF | 0xFB1D..=0xFDFF | 0xFE70..=0xFEFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_counted_by_script() {
        for (text, columns) in [("abc", 3), ("e\u{301}", 1), ("架空", 4), ("سرّ", 2), ("ｱ", 1)] {
            assert_eq!(width(text), columns, "{text}");
            assert_eq!(width(&pad(text, 8)), 8, "{text}");
        }
    }

    #[test]
    fn text_is_cut_and_wrapped_to_its_room() {
        assert_eq!(fit("架空の人", 5), "架空…");
        assert_eq!(fit("a\r\nb\nc\t", 9), "a⏎b⏎c·");
        assert_eq!(wrap("aa bb cc dd", 5), ["aa bb", "cc dd"]);
        assert_eq!(wrap("longerthanroom x", 5), ["longerthanroom", "x"]);
    }
}
