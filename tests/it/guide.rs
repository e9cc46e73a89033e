//! The guide is whole: every page is in its table of contents and among the tested ones, links lead somewhere, and what the
//! services' pages show stands in the services.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn pages_of(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { pages_of(&path) } else { vec![path] }).collect()
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/src")
}

/// All pages, as SUMMARY.md names them.
fn pages() -> BTreeSet<String> {
    let pages = pages_of(&source()).into_iter().map(|path| path.strip_prefix(source()).unwrap().display().to_string());
    pages.filter(|page| page != "SUMMARY.md").collect()
}

/// What stands between two marks, each time.
fn between<'a>(text: &'a str, start: &str, end: &str) -> Vec<&'a str> {
    text.split(start).skip(1).map(|rest| rest.split(end).next().unwrap()).collect()
}

#[test]
fn every_page_is_in_the_summary() {
    let summary = fs::read_to_string(source().join("SUMMARY.md")).unwrap();
    let listed: Vec<_> = between(&summary, "](", ")").into_iter().map(str::to_owned).collect();
    assert_eq!(listed.iter().cloned().collect::<BTreeSet<_>>(), pages());
    assert_eq!(listed.len(), pages().len(), "a page is listed twice: {listed:?}");
}

#[test]
fn every_page_is_tested() {
    let library = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let [tested] = between(&library, "pages! {\n", "    }\n")[..] else { panic!("the guide's pages are listed once") };
    let tested: BTreeSet<_> = between(tested, " \"", "\";").into_iter().map(str::to_owned).collect();
    assert_eq!(tested, pages());
}

#[test]
fn links_between_pages_lead_somewhere() {
    for page in pages() {
        let path = source().join(&page);
        let text = fs::read_to_string(&path).unwrap();
        for link in between(&text, "](", ")").into_iter().filter(|link| !link.contains("://") && link.contains(".md")) {
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = fs::read_to_string(path.with_file_name(file));
            let target = target.unwrap_or_else(|error| panic!("{page}: {link}: {error}"));
            let id = |line: &str| line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
            let found = target.lines().any(|line| line.starts_with('#') && id(line) == heading);
            assert!(heading.is_empty() || found, "{page}: {link}: no such heading");
        }
    }
}

/// The lines that a page shows, without those that it shortens.
fn shown(page: &str, sign: char) -> Vec<String> {
    let text = fs::read_to_string(source().join(page)).unwrap();
    let lines = between(&text, "```diff\n", "```").into_iter().flat_map(str::lines);
    let signed = lines.filter_map(|line| line.strip_prefix(sign)).filter(|line| !line.contains('…'));
    signed.map(without_space).filter(|line| !line.is_empty()).collect()
}

fn without_space(text: &str) -> String {
    text.split_whitespace().collect()
}

#[test]
fn lines_that_a_services_page_shows_stand_in_the_service() {
    for service in ["passwords", "registry", "forum"] {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/services").join(service);
        let files = pages_of(&sources).into_iter().filter(|path| path.extension().is_some_and(|end| end == "rs"));
        let sources: Vec<_> = files.map(|path| without_space(&fs::read_to_string(path).unwrap())).collect();
        let stands = |line: &String| sources.iter().any(|file| file.contains(line));
        let page = format!("services/{service}.md");
        let (added, kept) = (shown(&page, '+'), shown(&page, ' '));
        assert!(added.len() > 5 && kept.len() > 5, "{page} shows lines");
        for line in added.iter().chain(&kept) {
            assert!(stands(line), "{page}: {line} is not in the service");
        }
    }
}
