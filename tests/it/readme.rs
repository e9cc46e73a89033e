//! The README is `tests/readme.md` without the lines that only its doc tests need.

const SOURCE: &str = include_str!("../readme.md");

#[test]
fn the_readme_is_the_tested_one() {
    let mut in_rust = false;
    let shown = SOURCE.split('\n').filter(|line| {
        if line.starts_with("```") {
            in_rust = !in_rust && line.starts_with("```rust");
        }
        !(in_rust && (line.starts_with("# ") || *line == "#"))
    });
    let shown: Vec<&str> = shown.collect();
    let readme: Vec<&str> = include_str!("../../README.md").split('\n').collect();
    for (line, (shown, written)) in shown.iter().zip(&readme).enumerate() {
        assert_eq!(shown, written, "README.md:{}: change tests/readme.md and take its hidden lines out", line + 1);
    }
    assert_eq!(shown.len(), readme.len());
}
