//! Notes: any markdown, cut at its headings, one entry a section.
//!
//! A section's id is the path of its headings as slugs, `#install/linux`, with `~2` for the second
//! of that path, and `#` for what stands before the first heading: it stays while text around it
//! changes. A heading without text is an entry too, or its words would be found nowhere.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{
    MAX_ENTRIES_PER_FILE,
    frontmatter::{self, Frontmatter},
    markup::{self, Marks},
};
use crate::{
    entry::{Details, Entry, Kind},
    error::FileError,
};

/// Longest slug of one heading in characters; what is cut off is told apart by the ordinal.
const MAX_SLUG: usize = 64;
/// Longest heading or title in bytes, as it is repeated in each section below it: a long one over
/// a thousand sections would be stored a thousand times. A longer heading is cut here and stands
/// whole in its own section's text.
const MAX_HEADING_BYTES: usize = 256;
/// Most tags, and most aliases, in the frontmatter of one note; they are repeated in each of its
/// sections.
const MAX_REPEATED: usize = 64;

/// The entries of a note.
pub(super) fn entries(path: &str, text: &str) -> Result<Vec<Entry>, FileError> {
    let document = frontmatter::split(text);
    let fields = match document.frontmatter {
        Frontmatter::Absent | Frontmatter::Unclosed => None,
        Frontmatter::Closed(yaml) => frontmatter::read::<Value>(yaml)?,
    };
    // Two rules with text between them are no frontmatter: YAML reads the text as one scalar.
    let (body, body_line) = match (&document.frontmatter, &fields) {
        (Frontmatter::Closed(_), Some(value)) if !value.is_object() => (text, 1),
        _ => (document.body, document.body_line),
    };
    let sections = sections(body, body_line)?;
    let given = fields.as_ref().and_then(|fields| fields.get("title")).and_then(scalar);
    let title = given
        .or_else(|| sections.iter().find_map(|section| section.headings.first().cloned()))
        .unwrap_or_else(|| stem(path).to_owned());
    let title = cut(&title, MAX_HEADING_BYTES).to_owned();
    let tags = tags(fields.as_ref())?;
    let aliases = aliases(fields.as_ref())?;
    let mut seen: HashMap<String, u32> = HashMap::new();
    Ok(sections
        .into_iter()
        .map(|section| {
            let heading = section.headings.last().map_or("", String::as_str);
            let Marks { links, tags: in_text } = markup::marks([heading, section.text]);
            Entry {
                path: path.to_owned(),
                line: section.line,
                entry_id: entry_id(&section.headings, &mut seen),
                kind: Kind::Note,
                app_id: None,
                project_id: None,
                owner_type: None,
                owner_id: None,
                session_id: None,
                timestamp: None,
                parent_type: None,
                parent_id: None,
                sender_ids: Vec::new(),
                content_sha256: String::new(),
                title: title.clone(),
                headings: section.headings,
                tags: with(&tags, in_text),
                aliases: aliases.clone(),
                links,
                text: section.text.to_owned(),
                details: Details::Plain,
            }
        })
        .collect())
}

/// The file's name without its folder and ending.
fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(_) | Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// `tags: [a, b]`, a list of lines, or `tags: a, b`; `tag:` likewise.
fn tags(fields: Option<&Value>) -> Result<Vec<String>, FileError> {
    let written = listed(fields, ["tags", "tag"], &[',', ' ']);
    let bare = written.iter().map(|tag| tag.trim().trim_start_matches('#'));
    bounded("tags", bare)
}

/// `aliases: [a, b]`, a list of lines, or `aliases: a, b`; `alias:` likewise.
fn aliases(fields: Option<&Value>) -> Result<Vec<String>, FileError> {
    let written = listed(fields, ["aliases", "alias"], &[',']);
    bounded("aliases", written.iter().map(|alias| alias.trim()))
}

/// What stands behind the first of the keys that is there.
fn listed(fields: Option<&Value>, keys: [&str; 2], separators: &[char]) -> Vec<String> {
    let found = keys.iter().find_map(|key| fields?.get(key));
    match found {
        Some(Value::Array(items)) => items.iter().filter_map(scalar).collect(),
        Some(value) => scalar(value)
            .map(|text| text.split(separators).map(str::to_owned).collect())
            .unwrap_or_default(),
        None => Vec::new(),
    }
}

fn bounded<'t>(
    what: &'static str,
    texts: impl Iterator<Item = &'t str>,
) -> Result<Vec<String>, FileError> {
    let texts: Vec<String> = texts
        .map(|text| cut(text, MAX_HEADING_BYTES).to_owned())
        .filter(|text| !text.is_empty())
        .collect();
    if texts.len() > MAX_REPEATED {
        return Err(FileError::TooManyValues { what, found: texts.len(), max: MAX_REPEATED });
    }
    Ok(texts)
}

/// The note's tags, then those of the text that are not among them; case does not tell two apart.
fn with(tags: &[String], in_text: Vec<String>) -> Vec<String> {
    let known: HashSet<String> = tags.iter().map(|tag| tag.to_lowercase()).collect();
    let more = in_text.into_iter().filter(|tag| !known.contains(&tag.to_lowercase()));
    tags.iter().cloned().chain(more).collect()
}

fn entry_id(headings: &[String], seen: &mut HashMap<String, u32>) -> String {
    let slugs: Vec<String> = headings.iter().map(|heading| slug(heading)).collect();
    let id = format!("#{}", slugs.join("/"));
    let ordinal = seen.entry(id.clone()).or_insert(0);
    *ordinal += 1;
    if *ordinal == 1 { id } else { format!("{id}~{ordinal}") }
}

/// Letters and digits in lower case, anything else as single hyphens.
fn slug(heading: &str) -> String {
    let mut slug = String::new();
    for letter in heading.chars().flat_map(char::to_lowercase) {
        if letter.is_alphanumeric() {
            slug.push(letter);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.chars().count() >= MAX_SLUG {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "-".to_owned() } else { slug.to_owned() }
}

/// The longest head of `text` of at most `max` bytes that ends on the edge of a character.
fn cut(text: &str, max: usize) -> &str {
    text.get(..text.floor_char_boundary(max)).unwrap_or_default()
}

/// A stretch of a note under one heading.
struct Section<'a> {
    /// From the outermost heading to its own; empty before the first.
    headings: Vec<String>,
    line: u32,
    text: &'a str,
}

/// Cuts a body at its headings; lines inside code fences are text.
fn sections(body: &str, body_line: u32) -> Result<Vec<Section<'_>>, FileError> {
    let mut cutter = Cutter { body, path: Vec::new(), line: body_line, start: 0, done: Vec::new() };
    let mut fence: Option<Fence> = None;
    let mut previous: Option<Line<'_>> = None;
    let mut before_is_open = false;
    let mut offset = 0;
    for (number, raw) in body.split_inclusive('\n').enumerate() {
        let number = body_line.saturating_add(u32::try_from(number).unwrap_or(u32::MAX));
        let line = Line { text: raw.trim_end_matches(['\r', '\n']), offset, number };
        offset += raw.len();
        if let Some(open) = &fence {
            if open.is_closed_by(line.text) {
                fence = None;
            }
            (previous, before_is_open) = (None, false);
            continue;
        }
        if let Some(open) = Fence::opened_by(line.text) {
            fence = Some(open);
            (previous, before_is_open) = (None, false);
            continue;
        }
        if let Some((level, title)) = atx(line.text) {
            cutter.heading(level, title, &line, offset)?;
            (previous, before_is_open) = (None, false);
            continue;
        }
        if !before_is_open
            && let Some(level) = setext(line.text)
            && let Some(title) = previous.as_ref().filter(|line| is_paragraph(line.text))
        {
            cutter.heading(level, title.text.trim(), title, offset)?;
            (previous, before_is_open) = (None, false);
            continue;
        }
        before_is_open = previous.as_ref().is_some_and(|line| !line.text.trim().is_empty());
        previous = Some(line);
    }
    cutter.close(body.len())?;
    Ok(cutter.done)
}

struct Line<'a> {
    text: &'a str,
    offset: usize,
    number: u32,
}

/// Collects sections as their ends are met.
struct Cutter<'a> {
    body: &'a str,
    /// The headings that are open, with their levels.
    path: Vec<(usize, String)>,
    line: u32,
    start: usize,
    done: Vec<Section<'a>>,
}

impl Cutter<'_> {
    /// Ends the section before this heading and opens its own, whose text starts at `text_start`.
    fn heading(
        &mut self,
        level: usize,
        title: &str,
        line: &Line<'_>,
        text_start: usize,
    ) -> Result<(), FileError> {
        self.close(line.offset)?;
        self.path.retain(|(open, _)| *open < level);
        self.path.push((level, cut(title, MAX_HEADING_BYTES).to_owned()));
        let cut_short = title.len() > MAX_HEADING_BYTES;
        (self.line, self.start) = (line.number, if cut_short { line.offset } else { text_start });
        Ok(())
    }

    fn close(&mut self, end: usize) -> Result<(), FileError> {
        let whole = self.body.get(self.start..end).unwrap_or_default();
        let text = whole.trim();
        if self.path.is_empty() {
            if text.is_empty() {
                return Ok(());
            }
            let blank = whole.get(..whole.len() - whole.trim_start().len()).unwrap_or_default();
            let breaks = blank.bytes().filter(|byte| *byte == b'\n').count();
            self.line = self.line.saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX));
        }
        if self.done.len() >= MAX_ENTRIES_PER_FILE {
            return Err(FileError::TooManyEntries { max: MAX_ENTRIES_PER_FILE });
        }
        let headings = self.path.iter().map(|(_, title)| title.clone()).collect();
        self.done.push(Section { headings, line: self.line, text });
        Ok(())
    }
}

/// The text behind at most three spaces; `None` behind more, where a line is code.
fn outdented(line: &str) -> Option<&str> {
    let text = line.trim_start_matches(' ');
    (line.len() - text.len() <= 3 && !text.starts_with('\t')).then_some(text)
}

/// `## Title ##` → (2, `Title`).
fn atx(line: &str) -> Option<(usize, &str)> {
    let text = outdented(line)?;
    let title = text.trim_start_matches('#');
    let level = text.len() - title.len();
    if !(1..=6).contains(&level) || !(title.is_empty() || title.starts_with([' ', '\t'])) {
        return None;
    }
    let title = title.trim();
    let open = title.trim_end_matches('#');
    let title = if open.is_empty() || open.ends_with([' ', '\t']) { open.trim() } else { title };
    Some((level, title))
}

/// A line of `=` is level 1, one of `-` level 2.
fn setext(line: &str) -> Option<usize> {
    let text = outdented(line)?.trim_end();
    let all = |mark: char| !text.is_empty() && text.chars().all(|letter| letter == mark);
    if all('=') {
        Some(1)
    } else if all('-') {
        Some(2)
    } else {
        None
    }
}

/// Whether a line alone is a paragraph, which an underline makes a heading: not blank, no list, no
/// quote, no table, no markup.
fn is_paragraph(line: &str) -> bool {
    let Some(text) = outdented(line) else { return false };
    let ordered = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let is_list = ordered.len() < text.len() && ordered.starts_with(['.', ')']);
    !text.trim().is_empty()
        && !is_list
        && !text.starts_with(['>', '|', '<'])
        && !["- ", "* ", "+ "].iter().any(|mark| text.starts_with(mark))
        && setext(text).is_none()
}

/// An open code fence.
pub(super) struct Fence {
    mark: char,
    length: usize,
}

impl Fence {
    pub(super) fn opened_by(line: &str) -> Option<Self> {
        let text = outdented(line)?;
        let mark = text.chars().next().filter(|mark| ['`', '~'].contains(mark))?;
        let info = text.trim_start_matches(mark);
        let length = text.len() - info.len();
        // A backtick behind backticks is code within a line, not a fence.
        (length >= 3 && !(mark == '`' && info.contains('`'))).then_some(Self { mark, length })
    }

    pub(super) fn is_closed_by(&self, line: &str) -> bool {
        outdented(line).is_some_and(|text| {
            let rest = text.trim_start_matches(self.mark);
            text.len() - rest.len() >= self.length && rest.trim().is_empty()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (id, line, headings, text) of each entry.
    fn cut_up(text: &str) -> Vec<(String, u32, String, String)> {
        entries("dir/my note.md", text)
            .unwrap()
            .into_iter()
            .map(|entry| (entry.entry_id, entry.line, entry.headings.join(" > "), entry.text))
            .collect()
    }

    fn row(id: &str, line: u32, headings: &str, text: &str) -> (String, u32, String, String) {
        (id.into(), line, headings.into(), text.into())
    }

    #[test]
    fn sections_know_their_headings_and_lines() {
        let text = "\nfirst\n\n# A\n## B ##\nb\n### C#\nc\n## B\nagain\n#hash\n####### seven\n";
        assert_eq!(
            cut_up(text),
            [
                row("#", 2, "", "first"),
                row("#a", 4, "A", ""),
                row("#a/b", 5, "A > B", "b"),
                row("#a/b/c", 7, "A > B > C#", "c"),
                row("#a/b~2", 9, "A > B", "again\n#hash\n####### seven"),
            ]
        );
    }

    #[test]
    fn fences_are_not_cut() {
        let text =
            "# A\n```sh\n# comment\n~~~\n```\n~~~~\n# no\n~~~\n~~~~\n``` a ` b\n# B\n    # code\n";
        let ids: Vec<_> = cut_up(text).into_iter().map(|(id, line, ..)| (id, line)).collect();
        assert_eq!(ids, [("#a".to_owned(), 1), ("#b".to_owned(), 11)]);
    }

    #[test]
    fn underlined_paragraphs_are_headings_and_rules_are_not() {
        let text = "Top\n===\nx\n\nSub\n---\ny\n\n---\n- item\n---\nlong\nparagraph\n---\nz\n";
        assert_eq!(
            cut_up(text),
            [
                row("#top", 1, "Top", "x"),
                row("#top/sub", 5, "Top > Sub", "y\n\n---\n- item\n---\nlong\nparagraph\n---\nz"),
            ]
        );
    }

    #[test]
    fn titles_come_from_frontmatter_heading_or_name() {
        let title = |text: &str| entries("dir/my note.md", text).unwrap()[0].title.clone();
        assert_eq!(title("---\ntitle: T\n---\n# H\n"), "T");
        assert_eq!(title("# H\n"), "H");
        assert_eq!(title("words\n"), "my note");
    }

    #[test]
    fn tags_are_read_in_each_form() {
        let tags = |yaml: &str| {
            entries("n.md", &format!("---\n{yaml}\n---\nx")).unwrap()[0].tags.join("|")
        };
        assert_eq!(tags("tags: [a, '#b', 3]"), "a|b|3");
        assert_eq!(tags("tags: a, b c"), "a|b|c");
        assert_eq!(tags("tag:\n  - one two"), "one two");
        assert_eq!(tags("tags:"), "");
    }

    #[test]
    fn a_section_has_the_notes_tags_and_aliases_and_its_own_tags_and_links() {
        let text = "---\naliases: [Cello Suite, Nr 1]\ntags: [music]\n---\n# A #7 #Suite\n#Bach #Music [[b|B]]\n## B\n[[a]]\n";
        let found = entries("n.md", text).unwrap();
        assert_eq!(found[0].tags, ["music", "Suite", "Bach"]);
        assert_eq!(
            (&found[0].links[..], &found[1].links[..]),
            (&["b".to_owned()][..], &["a".to_owned()][..])
        );
        assert_eq!(found[1].tags, ["music"]);
        assert_eq!(found[1].aliases, ["Cello Suite", "Nr 1"]);
        assert_eq!(found[1].indexed_text(), "A #7 #Suite\nB\nmusic\nCello Suite\nNr 1\n[[a]]");
        let alias = entries("n.md", "---\nalias: One Name, Two\n---\nx").unwrap();
        assert_eq!(alias[0].aliases, ["One Name", "Two"]);
    }

    #[test]
    fn too_many_tags_or_aliases_are_an_error() {
        for key in ["tags", "aliases"] {
            let list = |count: usize| vec!["x"; count].join(", ");
            let note = |count| format!("---\n{key}: [{}]\n---\nx", list(count));
            assert!(entries("n.md", &note(64)).is_ok());
            let error = entries("n.md", &note(65)).unwrap_err().to_string();
            assert!(error.contains(&format!("65 {key}, expected at most 64")), "{error}");
        }
    }

    #[test]
    fn two_rules_are_not_frontmatter() {
        let found = cut_up("---\njust text\n---\nmore\n");
        assert_eq!(found, [row("#", 1, "", "---\njust text\n---\nmore")]);
        assert_eq!(cut_up("---\ntext\n")[0].3, "---\ntext");
        assert!(cut_up(" \n\n").is_empty());
        assert!(entries("n.md", "---\na: [\n---\nx").is_err());
    }

    #[test]
    fn a_long_heading_loses_no_words() {
        let heading = format!("# {} last", "word ".repeat(60));
        let found = cut_up(&format!("{heading}\nbody\n"));
        assert_eq!(found[0].2.len(), MAX_HEADING_BYTES);
        assert_eq!(found[0].3, format!("{heading}\nbody"));
    }

    #[test]
    fn ids_survive_odd_headings() {
        let ids: Vec<_> =
            cut_up("# !?\n# ??\n# Über 長春\n").into_iter().map(|row| row.0).collect();
        assert_eq!(ids, ["#-", "#-~2", "#über-長春"]);
    }
}
