//! One self-contained page: no script, nothing from elsewhere, light and dark, narrow and printed.

use std::fmt::Write;

use super::{ColumnView, MigrationView, Overview};
use crate::cli::keys::time;
use crate::keys::Phase;

/// The page.
pub(super) fn of(overview: &Overview) -> String {
    let mut page = format!("{HEAD}<p class=\"taken\">{}</p>\n", time(overview.taken));
    page += &tiles(overview);
    if !overview.migrations.is_empty() {
        page += "<h2>Migrations</h2>\n";
        page.extend(overview.migrations.iter().map(migration));
    }
    if !overview.columns.is_empty() {
        page += &columns(&overview.columns);
    }
    page + "</main></body></html>\n"
}

fn tiles(overview: &Overview) -> String {
    let rows: u64 = overview.columns.iter().filter(|column| column.what == "cells").map(|column| column.rows).sum();
    let current: u64 =
        overview.columns.iter().filter(|column| column.what == "cells").map(|column| column.current).sum();
    let share = if rows == 0 { "–".to_owned() } else { format!("{} %", percent(current, rows)) };
    let tile = |value: String, label: &str| format!("<div class=\"tile\"><b>{value}</b><span>{label}</span></div>");
    let tiles = [
        tile(grouped(rows), "sealed cells"),
        tile(share, "under the active key"),
        tile(grouped(overview.firms), "firms with keys"),
        tile(grouped(overview.shredded), "firms shredded"),
        tile(overview.processes.to_string(), "processes hold keys"),
        tile(overview.behind.to_string(), "have changes to apply"),
    ];
    format!("<section class=\"tiles\">{}</section>\n", tiles.concat())
}

/// The phases as a row of steps, those reached filled.
fn migration(migration: &MigrationView) -> String {
    let reached = Phase::ALL.iter().position(|phase| phase.as_str() == migration.phase).unwrap_or(0);
    let step = |(i, phase): (usize, &Phase)| {
        let class = if i < reached {
            "past"
        } else if i == reached {
            "now"
        } else {
            "ahead"
        };
        format!("<li class=\"{class}\">{}</li>", phase.as_str())
    };
    let steps: String = Phase::ALL.iter().enumerate().map(step).collect();
    let back = match migration.rollbacks {
        0 => String::new(),
        n => format!("<p class=\"note\">rolled back {n} times</p>"),
    };
    format!(
        "<section class=\"job\"><h3>{}</h3><p class=\"note\">{}: {}</p><ol>{steps}</ol>{back}</section>\n",
        escaped(&migration.job),
        escaped(&migration.table),
        escaped(&migration.columns.join(", ")),
    )
}

fn columns(columns: &[ColumnView]) -> String {
    let mut out = String::from(
        "<h2>Columns</h2>\n<p class=\"legend\"><i class=\"current\"></i>active key <i class=\"older\"></i>older key \
         <i class=\"retired\"></i>retired key</p>\n<table><thead><tr><th>Column</th><th>Holds</th><th class=\"bar\">By key</th>\
         <th>Rows</th><th>Oldest key</th></tr></thead><tbody>\n",
    );
    for column in columns {
        let _ = writeln!(
            out,
            "<tr><td><code>{}.{}</code></td><td>{}</td><td class=\"bar\">{}</td><td class=\"number\">{}</td><td>{}</td></tr>",
            escaped(&column.table),
            escaped(&column.column),
            column.what,
            bar(column),
            grouped(column.rows),
            column.oldest_key.map(time).unwrap_or_default(),
        );
    }
    out + "</tbody></table>\n"
}

/// A stacked bar, described in words for who can't see it.
fn bar(column: &ColumnView) -> String {
    let parts = [("current", column.current), ("older", column.older), ("retired", column.retired)];
    let words = format!(
        "{} under the active key, {} under older keys, {} under retired keys",
        grouped(column.current),
        grouped(column.older),
        grouped(column.retired)
    );
    let (mut at, mut rects) = (0.0, String::new());
    for (class, rows) in parts {
        // Rows are counted exactly and drawn roughly.
        #[allow(clippy::cast_precision_loss, reason = "a hundredth of a percent is not seen")]
        let width = if column.rows == 0 { 0.0 } else { rows as f64 * 100.0 / column.rows as f64 };
        let _ = write!(rects, "<rect class=\"{class}\" x=\"{at:.2}\" width=\"{width:.2}\" height=\"10\"/>");
        at += width;
    }
    format!(
        "<svg viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{words}\"><title>{words}</title>\
         {rects}</svg>"
    )
}

/// Rounded down: a hundred percent are all.
fn percent(part: u64, whole: u64) -> u64 {
    u64::try_from(u128::from(part) * 100 / u128::from(whole)).unwrap_or(100)
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            // A narrow space, which does not break.
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

const HEAD: &str = r#"<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>fieldseal status</title><style>
:root{color-scheme:light dark;--text:#1d2330;--dim:#5b6475;--line:#dfe3ea;--card:#f6f7f9;--page:#fff;
--current:#2563a8;--older:#d9912b;--retired:#b3324a}
@media(prefers-color-scheme:dark){:root{--text:#e7eaf0;--dim:#9aa4b5;--line:#303744;--card:#1d222b;--page:#14181f;
--current:#5b9be0;--older:#e0a84f;--retired:#e06a80}}
*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--text);font:16px/1.5 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:2rem 1.25rem}h1{font-size:1.6rem;margin:0}h2{font-size:1.15rem;margin:2.25rem 0 .75rem}
h3{font-size:1rem;margin:0}.taken,.note,.legend{color:var(--dim);margin:.15rem 0 .75rem;font-size:.9rem}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(8.5rem,1fr));gap:.75rem;margin-top:1.25rem}
.tile{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:.8rem 1rem}
.tile b{display:block;font-size:1.5rem;font-variant-numeric:tabular-nums}.tile span{color:var(--dim);font-size:.85rem}
.job{border:1px solid var(--line);border-radius:.6rem;padding:1rem;margin-bottom:.75rem}
.job ol{display:flex;flex-wrap:wrap;gap:.4rem;list-style:none;margin:0;padding:0}
.job li{flex:1 1 6rem;text-align:center;padding:.3rem .5rem;border-radius:.4rem;background:var(--card);color:var(--dim);font-size:.85rem}
.job li.past{border-bottom:3px solid var(--current)}.job li.now{background:var(--current);color:#fff;font-weight:600}
@media(prefers-color-scheme:dark){.job li.now{color:#0d1117}}
table{width:100%;border-collapse:collapse;font-size:.92rem}th{text-align:left;color:var(--dim);font-weight:500}
th,td{padding:.45rem .6rem .45rem 0;border-bottom:1px solid var(--line);vertical-align:middle}
td.number{text-align:right;font-variant-numeric:tabular-nums;padding-right:1.2rem}.bar{width:32%}
svg{display:block;width:100%;height:.8rem;border-radius:.25rem;background:var(--card)}
rect.current,i.current{fill:var(--current);background:var(--current)}rect.older,i.older{fill:var(--older);background:var(--older)}
rect.retired,i.retired{fill:var(--retired);background:var(--retired)}
.legend i{display:inline-block;width:.8rem;height:.8rem;border-radius:.2rem;vertical-align:-.1rem;margin:0 .3rem 0 .8rem}
.legend i:first-child{margin-left:0}
@media(max-width:36rem){table,tbody,tr,td{display:block}thead{display:none}td{border:0;padding:.15rem 0}
tr{border-bottom:1px solid var(--line);padding:.6rem 0;display:block}.bar{width:100%}td.number{text-align:left}}
@media print{main{max-width:none;padding:0}.tile,.job{break-inside:avoid}rect,i,li.now{print-color-adjust:exact}}
</style></head><body><main><h1>fieldseal status</h1>
"#;

#[cfg(test)]
mod tests {
    use super::*;

    fn column(current: u64, older: u64) -> ColumnView {
        ColumnView {
            table: "clients".into(),
            column: "<b>".into(),
            what: "cells",
            rows: current + older,
            current,
            older,
            retired: 0,
            oldest_key: Some(0),
        }
    }

    #[test]
    fn names_are_text_and_shares_add_up() {
        let page = of(&Overview { columns: vec![column(3, 1)], ..Overview::default() });
        assert!(page.contains("clients.&lt;b&gt;") && !page.contains("<b>.") && page.contains("width=\"75.00\""));
        assert!(page.contains("3 under the active key, 1 under older keys, 0 under retired keys"));
        assert!(page.contains("75 %"));
    }

    #[test]
    fn nothing_comes_from_elsewhere() {
        let page = of(&Overview { columns: vec![column(0, 0)], ..Overview::default() });
        assert!(!page.contains("http") && !page.contains("<script") && !page.contains("url("));
    }

    #[test]
    fn digits_are_grouped() {
        assert_eq!(grouped(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(grouped(999), "999");
    }
}
