//! What is read as a backup, and what is said of a file that is not.

use std::io::{BufReader, Read as _};

use super::rows::{Rows, every_kind};
use super::{verified, written};
use crate::backup::{ReadError, VERSION, save, verify};

/// What is wrong with a file; every message is one line with an expectation and a remedy.
#[track_caller]
fn wrong(file: &[u8]) -> ReadError {
    let error = verify(file, |_| ()).unwrap_err();
    let text = error.to_string();
    assert!(!text.contains('\n') && text.contains("; "), "{text}");
    error
}

/// Lines under a right head and a right end.
fn sealed(lines: &[&str]) -> Vec<u8> {
    let mut file = format!("wirt-backup 1\n{}", lines.concat());
    let sha256 = wirt_contract::json::sha256_hex(file.as_bytes());
    file.push_str(&format!("end rows={} sha256={sha256}\n", lines.len()));
    file.into_bytes()
}

#[test]
fn the_form_is_as_it_is_told() {
    let (_, file) = written(&every_kind());
    let text = String::from_utf8(file).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    assert_eq!(lines[0], "wirt-backup 1\n");
    assert_eq!(lines.len(), every_kind().len() + 2);
    assert_eq!(lines[6], "{\"data\":{\"blob\":\"dHVybg==\"},\"store\":\"wirt\"}\n");
    let (body, last) = (lines[..lines.len() - 1].concat(), lines[lines.len() - 1]);
    let sha256 = wirt_contract::json::sha256_hex(body.as_bytes());
    assert_eq!(last, format!("end rows={} sha256={sha256}\n", every_kind().len()));
    assert_eq!(text.as_bytes(), sealed(&lines[1..lines.len() - 1]));
}

#[test]
fn what_is_written_is_read_and_summed_up() {
    for rows in [Vec::new(), every_kind()] {
        let (summary, file) = written(&rows);
        assert_eq!(*verified(&file).summary(), summary);
        assert_eq!(summary.bytes, u64::try_from(file.len()).unwrap());
        assert_eq!(summary.rows, u64::try_from(rows.len()).unwrap());
        assert_eq!(summary.sha256, wirt_contract::json::sha256_hex(&file));
    }
}

#[test]
fn one_store_has_one_backup() {
    let backup = || save(&mut Rows::of(every_kind()), Vec::new(), |_| ()).unwrap();
    assert_eq!(backup(), backup());
    assert_eq!(backup(), written(&every_kind()));
}

#[test]
fn a_file_cut_short_anywhere_is_recognised() {
    let (_, file) = written(&every_kind());
    assert!(matches!(wrong(&[]), ReadError::Empty));
    for length in 1..file.len() {
        let error = wrong(&file[..length]);
        assert!(matches!(error, ReadError::CutShort { .. }), "{length}: {error}");
    }
    let before_the_end = file.len() - file.rsplit(|byte| *byte == b'\n').nth(1).unwrap().len() - 1;
    let ReadError::CutShort { rows, bytes } = wrong(&file[..before_the_end]) else { panic!() };
    assert_eq!((rows, bytes), (14, u64::try_from(before_the_end).unwrap()));
}

#[test]
fn a_bit_flipped_anywhere_is_recognised() {
    let (_, file) = written(&every_kind());
    // Without the line break before it or after it, there is no last line.
    let line_breaks = file.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    let around_the_end: Vec<usize> = line_breaks.map(|(at, _)| at).skip(14).collect();
    assert_eq!(around_the_end.len(), 2);
    for at in 0..file.len() {
        for bit in 0..8 {
            let mut damaged = file.clone();
            damaged[at] ^= 1 << bit;
            let error = wrong(&damaged);
            let fits = match at {
                0..14 => matches!(error, ReadError::NotABackup { .. } | ReadError::Newer { .. }),
                _ if around_the_end.contains(&at) => matches!(error, ReadError::CutShort { .. }),
                _ => matches!(error, ReadError::Damaged { .. } | ReadError::Line { .. }),
            };
            assert!(fits, "bit {bit} of byte {at}: {error}");
        }
    }
}

#[test]
fn a_byte_lost_or_doubled_is_recognised() {
    let (_, file) = written(&every_kind());
    for at in 0..file.len() {
        let mut lost = file.clone();
        let byte = lost.remove(at);
        wrong(&lost);
        let mut doubled = file.clone();
        doubled.insert(at, byte);
        wrong(&doubled);
    }
}

#[test]
fn lines_lost_doubled_or_exchanged_are_recognised() {
    let text = String::from_utf8(written(&every_kind()).1).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    for at in 1..lines.len() - 2 {
        let mut lost = lines.clone();
        let line = lost.remove(at);
        assert!(matches!(wrong(lost.concat().as_bytes()), ReadError::Damaged { .. }));
        let mut doubled = lines.clone();
        doubled.insert(at, line);
        assert!(matches!(wrong(doubled.concat().as_bytes()), ReadError::Damaged { .. }));
        let mut exchanged = lines.clone();
        exchanged.swap(at, at + 1);
        assert!(matches!(wrong(exchanged.concat().as_bytes()), ReadError::Damaged { .. }));
    }
}

#[test]
fn nothing_may_follow_the_end() {
    let (_, file) = written(&every_kind());
    let row = b"{\"data\":{\"blob\":\"\"},\"store\":\"wirt\"}\n".as_slice();
    for more in [b"\n".as_slice(), b"x", row, &file] {
        let error = wrong(&[&file, more].concat());
        assert!(matches!(error, ReadError::GoesOn { line: 16 }), "{error}");
    }
}

#[test]
fn a_newer_form_is_named() {
    let (_, file) = written(&every_kind());
    let later = |version: &str| {
        let rest = file.strip_prefix(b"wirt-backup 1".as_slice()).unwrap();
        [b"wirt-backup ", version.as_bytes(), rest].concat()
    };
    for (version, number) in [("2", 2), ("10", 10), ("4294967295", u32::MAX)] {
        let error = wrong(&later(version));
        assert!(matches!(error, ReadError::Newer { found } if found == number), "{error}");
        assert!(error.to_string().contains(&format!("at most {VERSION}")), "{error}");
    }
    for version in ["0", "01", "02", "+2", "+1", "-1", "1.0", "", " 1", "4294967296"] {
        let error = wrong(&later(version));
        assert!(matches!(error, ReadError::NotABackup { .. }), "{version}: {error}");
    }
}

#[test]
fn a_file_of_another_kind_is_named_by_its_beginning() {
    let long = "x".repeat(1 << 20);
    for (file, shown) in [
        ("# Notes\n\nWords.\n", "\"# Notes\\n\""),
        ("\u{1b}[31m", "\\u{1b}[31m"),
        ("\n", "\"\\n\""),
        (&long, "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\""),
    ] {
        let error = wrong(file.as_bytes());
        assert!(matches!(error, ReadError::NotABackup { .. }), "{error}");
        assert!(error.to_string().contains(shown), "{error}");
    }
    wrong(b"\x1f\x8b\x08\x00\xff\xff");
}

#[test]
fn a_line_without_an_end_is_not_read_for_ever() {
    let endless = |byte| BufReader::with_capacity(1 << 20, std::io::repeat(byte));
    let error = verify(endless(b'x'), |_| ()).unwrap_err();
    assert!(matches!(error, ReadError::NotABackup { .. }), "{error}");
    let error = verify(b"wirt-backup 1\n".chain(endless(b'{')), |_| ()).unwrap_err();
    assert!(matches!(error, ReadError::Line { line: 2, .. }), "{error}");
}

#[test]
fn a_whole_file_of_unknown_rows_is_not_taken_for_damaged() {
    let good = "{\"data\":{\"blob\":\"\"},\"store\":\"wirt\"}\n";
    verified(&sealed(&[good]));
    for line in [
        // A kind, a field of a later host; forms that nobody writes.
        "{\"data\":{\"run\":{}},\"store\":\"wirt\"}\n",
        "{\"data\":{\"blob\":\"\"},\"store\":\"wirt\",\"tag\":1}\n",
        "{\"data\":{\"blob\":\"\"}, \"store\":\"wirt\"}\n",
        "{\"store\":\"wirt\",\"data\":{\"blob\":\"\"}}\n",
        "{\"data\":{\"blob\":[1,2]},\"store\":\"wirt\"}\n",
        "{\"data\":{\"blob\":\"Zh==\"},\"store\":\"wirt\"}\n",
    ] {
        let error = wrong(&sealed(&[good, line, good]));
        assert!(matches!(error, ReadError::Unknown { line: 3, .. }), "{error}");
    }
}

#[test]
fn an_end_that_lies_is_recognised() {
    let text = String::from_utf8(sealed(&[])).unwrap();
    for (from, to) in [("rows=0", "rows=1"), ("rows=0", "rows=00"), ("sha256=", "sha256=0")] {
        wrong(text.replace(from, to).as_bytes());
    }
    let shouted = text[14..].to_uppercase().replace("END ROWS", "end rows");
    wrong(format!("{}{}", &text[..14], shouted.replace("SHA256", "sha256")).as_bytes());
}
