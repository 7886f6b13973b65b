//! Links and tags in a note's text: `[[target]]` and `#tag`, where they are not code.

use std::collections::HashSet;

use super::note::Fence;

/// Longest target of a link or tag in bytes; what is longer is text.
pub(super) const MAX_MARK_BYTES: usize = 256;

/// What a stretch of text points to and is filed under, each once, in the order written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    /// Targets of links, without heading and shown text.
    pub(super) links: Vec<String>,
    /// Tags without `#`; two that differ in case alone are one.
    pub(super) tags: Vec<String>,
}

/// Reads the marks of texts that each start outside of a code fence. Their number is bounded by the
/// texts' length.
pub(super) fn marks<const N: usize>(texts: [&str; N]) -> Marks {
    let mut scan = Scan::default();
    for text in texts {
        scan.text(text);
    }
    scan.marks
}
#[derive(Default)]
struct Scan {
    marks: Marks,
    seen_links: HashSet<String>,
    seen_tags: HashSet<String>,
}

impl Scan {
    fn text(&mut self, text: &str) {
        let mut fence: Option<Fence> = None;
        let (mut start, mut offset) = (0, 0);
        for raw in text.split_inclusive('\n') {
            let line = raw.trim_end_matches(['\r', '\n']);
            let next = offset + raw.len();
            if let Some(open) = &fence {
                if open.is_closed_by(line) {
                    fence = None;
                }
                start = next;
            } else {
                fence = Fence::opened_by(line);
                // Code within a line may go on in the next, never into another paragraph.
                if fence.is_some() || line.trim().is_empty() {
                    self.paragraph(text.get(start..offset).unwrap_or_default());
                    start = next;
                }
            }
            offset = next;
        }
        if fence.is_none() {
            self.paragraph(text.get(start..).unwrap_or_default());
        }
    }

    fn paragraph(&mut self, text: &str) {
        let mut rest = text;
        let mut before = ' ';
        while let Some(letter) = rest.chars().next() {
            let after = rest.get(letter.len_utf8()..).unwrap_or_default();
            let taken = match letter {
                '\\' => 1 + after.chars().next().map_or(0, char::len_utf8),
                '`' => code(rest),
                '[' => self.link(rest),
                '#' if before.is_whitespace() => self.tag(after),
                _ => letter.len_utf8(),
            };
            let (passed, next) = rest.split_at_checked(taken).unwrap_or((rest, ""));
            before = passed.chars().next_back().unwrap_or(' ');
            rest = next;
        }
    }

    /// The bytes that a link takes, or those of the bracket where there is none.
    fn link(&mut self, rest: &str) -> usize {
        let inner = rest.strip_prefix("[[").and_then(|inside| {
            // As far as a target, a heading and a text to show may reach.
            let head = inside.get(..inside.floor_char_boundary(4 * MAX_MARK_BYTES))?;
            let line = head.lines().next()?;
            Some(line.split_once("]]")?.0).filter(|inner| !inner.contains("[["))
        });
        let Some(inner) = inner else { return 1 };
        let target = inner.split(['|', '#']).next().unwrap_or_default();
        // In a table the bar before the shown text is written `\|`.
        let target = target.trim_end_matches('\\').trim();
        let is_new = !target.is_empty()
            && target.len() <= MAX_MARK_BYTES
            && self.seen_links.insert(target.to_owned());
        if is_new {
            self.marks.links.push(target.to_owned());
        }
        inner.len() + 4
    }

    /// The bytes that a tag takes with its `#`.
    fn tag(&mut self, after: &str) -> usize {
        let end = after.find(|letter| !is_of_tag(letter)).unwrap_or(after.len());
        let tag = after.get(..end).unwrap_or_default();
        // `#1984` is a number of something, `#y1984` a tag.
        let is_tag = tag.chars().any(|letter| !letter.is_numeric() && letter != '/');
        if is_tag && tag.len() <= MAX_MARK_BYTES && self.seen_tags.insert(tag.to_lowercase()) {
            self.marks.tags.push(tag.to_owned());
        }
        1 + end
    }
}

/// The bytes of code from a run of backticks to the next run as long; of the run alone where there
/// is none.
fn code(rest: &str) -> usize {
    let open = rest.len() - rest.trim_start_matches('`').len();
    let mut at = open;
    while let Some(found) = rest.get(at..).and_then(|behind| behind.find('`')) {
        let behind = rest.get(at + found..).unwrap_or_default();
        let run = behind.len() - behind.trim_start_matches('`').len();
        at += found + run;
        if run == open {
            return at;
        }
    }
    open
}

/// Letters, digits, `_`, `-`, `/`, and signs such as emoji; no punctuation.
fn is_of_tag(letter: char) -> bool {
    let is_punctuation = |letter: char| {
        matches!(letter,
            '\u{80}'..='\u{bf}' | '\u{2010}'..='\u{205e}' | '\u{3000}'..='\u{303f}'
            | '\u{ff00}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}' | '\u{ff3b}'..='\u{ff40}'
            | '\u{ff5b}'..='\u{ff65}')
    };
    letter.is_alphanumeric()
        || ['_', '-', '/'].contains(&letter)
        || (!letter.is_ascii()
            && !letter.is_whitespace()
            && !letter.is_control()
            && !is_punctuation(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(text: &str) -> Vec<String> {
        marks([text]).links
    }

    fn tags(text: &str) -> Vec<String> {
        marks([text]).tags
    }

    #[test]
    fn links_are_their_targets_each_once_in_order() {
        let text = "See [[b]], [[a|shown]] and [[b#part]]; ![[pic.png]] [[ c \\| in a table]]\n\n[[dir/d#^block|x]] [[a]]";
        assert_eq!(links(text), ["b", "a", "pic.png", "c", "dir/d"]);
    }

    #[test]
    fn what_is_no_link_is_text() {
        for text in ["[[]]", "[[#here]]", "[[a\nb]]", "[a]", "[[a]", "\\[[a]]", "[[|x]]"] {
            assert!(links(text).is_empty(), "{text}: {:?}", links(text));
        }
        assert_eq!(links("[[open [[a]]"), ["a"]);
        assert!(links(&format!("[[{}]]", "x".repeat(MAX_MARK_BYTES + 1))).is_empty());
    }

    #[test]
    fn tags_follow_white_space_and_are_no_numbers_nor_headings() {
        assert_eq!(
            tags(
                "#a is (#no) #B/c-d_e, #b/C-D_E #y1984 #1984 x#no http://x/#no #über #長春。 #🎻!\n\t#last"
            ),
            ["a", "B/c-d_e", "y1984", "über", "長春", "🎻", "last"]
        );
        assert!(tags("# Heading\n## Sub\n#\n\\#no #12/3").is_empty());
    }

    #[test]
    fn code_has_no_marks() {
        let text =
            "`[[no]] #no` [[a]] ``x ` #no`` #t\n```\n[[no]]\n\n #no\n```\n[[b]]\n~~~\n[[no]] #no";
        let Marks { links, tags } = marks([text]);
        assert_eq!((links.join("|"), tags.join("|")), ("a|b".into(), "t".into()));
        assert_eq!(links_of_open_run(), ["c"], "a backtick alone opens nothing");
    }

    fn links_of_open_run() -> Vec<String> {
        links("a ` b\n\n[[c]] ` d")
    }
}
