//! Writing facts: a whole new file beside the old one, made durable, then put in its place. Who
//! reads at any moment, or after any crash, finds the log before or after, never in between.
//!
//! Appends within one process wait for each other by path. Other processes that write the same log
//! are not held off.

use std::{
    fs::{self, File, Permissions},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use wirt_contract::EpochMs;

use super::{daily_log, read::read};
use crate::{
    error::{AppendError, FileError},
    time,
};

/// A fact to remember.
#[derive(Debug, Clone)]
pub struct Fact {
    /// Whose application it is; `default` for none in particular.
    pub app_id: String,
    /// Which project of it; `default` for none in particular.
    pub project_id: String,
    /// Whose fact it is.
    pub user_id: String,
    /// When it was said; its UTC date names the log.
    pub timestamp: EpochMs,
    /// In which session, if any.
    pub session_id: Option<String>,
    /// What it was drawn from, if anything.
    pub parent_id: Option<String>,
    /// Who said it.
    pub sender_ids: Vec<String>,
    /// The fact. Line breaks around it are dropped.
    pub text: String,
}

/// Where a fact was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// From the root.
    pub path: String,
    /// `af_20260518_00000001`.
    pub entry_id: String,
}

/// Appends a fact to its user's log of its day under `root`, and makes it if it is not there.
/// `now` is written as the log's `last_appended_at`. When this returns the fact is durable.
///
/// # Errors
/// Where an id is no single path part, a field would not read back, the log that is there is
/// broken (it is left as it is), or the system refuses. The fact is then not written.
pub fn append_fact(root: &Path, fact: &Fact, now: EpochMs) -> Result<Appended, AppendError> {
    check(fact)?;
    let date = time::date(fact.timestamp).ok_or(AppendError::Time(fact.timestamp))?;
    let path = log_path(fact, &date);
    let write_error = |source| AppendError::Write { path: path.clone(), source };
    let root = root.canonicalize().map_err(write_error)?;
    let target = root.join(&path);
    let folder = target.parent().unwrap_or(&root).to_owned();
    let _turn =
        LOCKS.get(lock_of(&target)).map(|lock| lock.lock().unwrap_or_else(PoisonError::into_inner));
    let (there, missing) = missing_folders(&root, &folder);
    let inside = there.canonicalize().is_ok_and(|folder| folder.starts_with(&root));
    if !inside {
        return Err(AppendError::Outside { path });
    }
    make_folders(missing).map_err(write_error)?;
    let log_error = |source| AppendError::Log { path: path.clone(), source };
    let old = match target.symlink_metadata() {
        Ok(metadata) if metadata.is_symlink() => return Err(AppendError::Outside { path }),
        Ok(_) => {
            let bytes = read(&target).map_err(log_error)?;
            Some(bytes.text().map_err(log_error)?.to_owned())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(write_error(error)),
    };
    let (text, entry_id) = appended(old, fact, &date, now, &log_error)?;
    replace(&folder, &target, &text).map_err(write_error)?;
    Ok(Appended { path, entry_id })
}

/// Enough that two logs seldom share one; the number of logs has no bound, so they cannot each
/// have their own.
const LOCK_COUNT: usize = 64;
static LOCKS: [Mutex<()>; LOCK_COUNT] = [const { Mutex::new(()) }; LOCK_COUNT];

fn lock_of(path: &Path) -> usize {
    let mut hash = DefaultHasher::new();
    path.hash(&mut hash);
    usize::try_from(hash.finish() % LOCK_COUNT as u64).unwrap_or(0)
}

fn check(fact: &Fact) -> Result<(), AppendError> {
    for (role, id) in
        [("app", &fact.app_id), ("project", &fact.project_id), ("user", &fact.user_id)]
    {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        let reserved = [".", "..", "default_app", "default_project"];
        if !(1..=128).contains(&id.len())
            || !id.bytes().all(plain)
            || reserved.contains(&id.as_str())
        {
            return Err(AppendError::Id { role, id: id.clone() });
        }
    }
    let fields = [("session_id", &fact.session_id), ("parent_id", &fact.parent_id)];
    let inline = fields
        .into_iter()
        .filter_map(|(field, value)| Some((field, value.as_ref()?)))
        .chain(fact.sender_ids.iter().map(|sender| ("sender_ids", sender)));
    for (field, value) in inline {
        refuse(field, value, "a line break", |text| text.contains(['\n', '\r']))?;
        refuse(field, value, "an entry marker", has_marker)?;
    }
    refuse("sender_ids", &fact.sender_ids.concat(), "a comma or bracket", |text| {
        text.contains([',', '[', ']'])
    })?;
    refuse("text", &fact.text, "an entry marker", has_marker)?;
    refuse("text", &fact.text, "a line that begins with `### `", |text| {
        text.lines().any(|line| line.starts_with("### "))
    })?;
    refuse("text", &fact.text, "nothing", |text| text.trim().is_empty())
}

fn refuse(
    field: &'static str,
    text: &str,
    found: &'static str,
    is_bad: impl Fn(&str) -> bool,
) -> Result<(), AppendError> {
    if is_bad(text) { Err(AppendError::Field { field, found }) } else { Ok(()) }
}

fn has_marker(text: &str) -> bool {
    text.contains(daily_log::OPEN) || text.contains(daily_log::CLOSE)
}

fn log_path(fact: &Fact, date: &str) -> String {
    format!(
        "{}/{}/users/{}/.atomic_facts/atomic_fact-{date}.md",
        daily_log::folder_of_id(&fact.app_id, "app"),
        daily_log::folder_of_id(&fact.project_id, "project"),
        fact.user_id,
    )
}

/// The log's text with the fact at its end, and the fact's id.
fn appended(
    old: Option<String>,
    fact: &Fact,
    date: &str,
    now: EpochMs,
    log_error: &dyn Fn(FileError) -> AppendError,
) -> Result<(String, String), AppendError> {
    let mut text = old.unwrap_or_else(|| new_log(fact, date));
    let log = daily_log::log(&text).map_err(log_error)?;
    // Ids of entries that were deleted are not given out again while the count stands.
    let highest = log.blocks.iter().filter_map(|block| sequence(block.id)).max().unwrap_or(0);
    let count = log.head.entry_count.unwrap_or(0).max(highest) + 1;
    let entry_id = format!("af_{}_{count:08}", date.replace('-', ""));
    let now = time::iso(now).ok_or(AppendError::Time(now))?;
    set_key(&mut text, "entry_count", &count.to_string());
    set_key(&mut text, "last_appended_at", &format!("'{now}'"));
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(&block(fact, &entry_id)?);
    // What was made is read before it is written: a bug here must not cost a log.
    super::entries(crate::Kind::AtomicFact, "app/project", &text).map_err(log_error)?;
    Ok((text, entry_id))
}

fn new_log(fact: &Fact, date: &str) -> String {
    let user = &fact.user_id;
    format!(
        "---\nid: atomic_fact_log_{user}_{date}\ntype: atomic_fact_daily\nfile_type: \
         atomic_fact_daily\nschema_version: 1\nuser_id: '{user}'\ntrack: user\ndate: \
         '{date}'\nentry_count: 0\nlast_appended_at: ''\n---\n"
    )
}

/// The number at the end of `af_20260518_00000001`.
fn sequence(id: &str) -> Option<u64> {
    let (_, digits) = id.rsplit_once('_')?;
    (digits.len() >= 8).then(|| digits.parse().ok())?
}

/// Replaces or adds a key of the frontmatter; a log without frontmatter keeps none.
fn set_key(text: &mut String, key: &str, value: &str) {
    let Some(head) = text.find("---").map(|at| at + 3) else { return };
    let (mut offset, mut first) = (0, true);
    for line in text.clone().split_inclusive('\n') {
        let plain = line.trim_end();
        if first {
            if plain.trim_start_matches('\u{feff}') != "---" {
                return;
            }
        } else if plain == "---" {
            text.insert_str(offset, &format!("{key}: {value}\n"));
            return;
        } else if plain.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')) {
            let end = offset + plain.len();
            text.replace_range(offset.max(head)..end, &format!("{key}: {value}"));
            return;
        }
        first = false;
        offset += line.len();
    }
}

fn block(fact: &Fact, id: &str) -> Result<String, AppendError> {
    let at = time::iso(fact.timestamp).ok_or(AppendError::Time(fact.timestamp))?;
    Ok(format!(
        "<!-- entry:{id} -->\n## {id}\n\n**owner_id**: {}\n**session_id**: {}\n**timestamp**: \
         {at}\n**parent_id**: {}\n**sender_ids**: [{}]\n\n### {}\n{}\n<!-- /entry:{id} -->\n",
        fact.user_id,
        fact.session_id.as_deref().unwrap_or_default(),
        fact.parent_id.as_deref().unwrap_or_default(),
        fact.sender_ids.join(", "),
        daily_log::FACT_SECTION,
        fact.text.trim_matches(['\n', '\r']),
    ))
}

/// The deepest folder on the way that is there, and those below it that are not, deepest first.
fn missing_folders(root: &Path, folder: &Path) -> (PathBuf, Vec<PathBuf>) {
    let (mut there, mut missing) = (folder.to_owned(), Vec::new());
    while there != root && there.symlink_metadata().is_err() {
        let Some(above) = there.parent().map(Path::to_owned) else { break };
        missing.push(std::mem::replace(&mut there, above));
    }
    (there, missing)
}

/// Makes folders from the outermost in, each durable in the folder it stands in.
fn make_folders(missing: Vec<PathBuf>) -> io::Result<()> {
    for folder in missing.iter().rev() {
        match fs::create_dir(folder) {
            Ok(()) => {}
            // Another log's append made it meanwhile.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        if let Some(above) = folder.parent() {
            sync_folder(above)?;
        }
    }
    Ok(())
}

fn replace(folder: &Path, target: &Path, text: &str) -> io::Result<()> {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let mut builder = tempfile::Builder::new();
    let prefix = format!(".{name}.tmp.");
    builder.prefix(&prefix);
    if let Some(permissions) = permissions(target)? {
        builder.permissions(permissions);
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(target)?;
    sync_folder(folder)
}

/// The old file's rights, or what any new file gets.
fn permissions(target: &Path) -> io::Result<Option<Permissions>> {
    match target.metadata() {
        Ok(metadata) => Ok(Some(metadata.permissions())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(new_file_permissions()),
        Err(error) => Err(error),
    }
}

/// Read and write for all, which the process's umask then narrows.
#[cfg(unix)]
fn new_file_permissions() -> Option<Permissions> {
    use std::os::unix::fs::PermissionsExt as _;
    Some(Permissions::from_mode(0o666))
}

/// The system's own choice.
#[cfg(not(unix))]
fn new_file_permissions() -> Option<Permissions> {
    None
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: EpochMs = EpochMs(1_779_105_600_000);

    fn fact(text: &str) -> Fact {
        Fact {
            app_id: "default".into(),
            project_id: "default".into(),
            user_id: "u_alice".into(),
            timestamp: EpochMs(1_779_087_866_000),
            session_id: Some("s_0".into()),
            parent_id: Some("mc_0".into()),
            sender_ids: vec!["u_alice".into(), "u_bob".into()],
            text: text.into(),
        }
    }

    const PATH: &str =
        "default_app/default_project/users/u_alice/.atomic_facts/atomic_fact-2026-05-18.md";

    fn read_back(root: &Path) -> (String, Vec<crate::Entry>) {
        let text = fs::read_to_string(root.join(PATH)).unwrap();
        let entries = super::super::entries(crate::Kind::AtomicFact, PATH, &text).unwrap();
        (text, entries)
    }

    #[test]
    fn what_is_written_is_the_format_and_reads_back() {
        let root = tempfile::tempdir().unwrap();
        let done = append_fact(root.path(), &fact("Alice plays the cello."), NOON).unwrap();
        assert_eq!(done.path, PATH);
        assert_eq!(done.entry_id, "af_20260518_00000001");
        let (text, entries) = read_back(root.path());
        assert_eq!(
            text,
            "---\nid: atomic_fact_log_u_alice_2026-05-18\ntype: atomic_fact_daily\nfile_type: \
             atomic_fact_daily\nschema_version: 1\nuser_id: 'u_alice'\ntrack: user\ndate: \
             '2026-05-18'\nentry_count: 1\nlast_appended_at: '2026-05-18T12:00:00+00:00'\n---\n\
             <!-- entry:af_20260518_00000001 -->\n## af_20260518_00000001\n\n**owner_id**: \
             u_alice\n**session_id**: s_0\n**timestamp**: 2026-05-18T07:04:26+00:00\n\
             **parent_id**: mc_0\n**sender_ids**: [u_alice, u_bob]\n\n### Fact\nAlice plays the \
             cello.\n<!-- /entry:af_20260518_00000001 -->\n"
        );
        let [entry] = &entries[..] else { panic!("{entries:?}") };
        assert_eq!((entry.text.as_str(), entry.line), ("Alice plays the cello.", 12));
        assert_eq!(entry.app_id.as_deref(), Some("default"));
        assert_eq!(entry.owner_id.as_deref(), Some("u_alice"));
        assert_eq!(entry.timestamp, Some(EpochMs(1_779_087_866_000)));
        let names: Vec<_> =
            fs::read_dir(root.path().join(PATH).parent().unwrap()).unwrap().collect();
        assert_eq!(names.len(), 1, "no temporary file is left");
    }

    #[test]
    fn ids_go_on_after_the_highest_that_ever_was() {
        let root = tempfile::tempdir().unwrap();
        for text in ["one", "two", "three"] {
            append_fact(root.path(), &fact(text), NOON).unwrap();
        }
        let (text, _) = read_back(root.path());
        let cut = text.find("<!-- entry:af_20260518_00000003 -->").unwrap();
        fs::write(root.path().join(PATH), &text[..cut]).unwrap();
        let done = append_fact(root.path(), &fact("four"), NOON).unwrap();
        assert_eq!(done.entry_id, "af_20260518_00000004", "the count is what says so");
        let (text, _) = read_back(root.path());
        fs::write(root.path().join(PATH), text.replace("entry_count: 4\n", "")).unwrap();
        let done = append_fact(root.path(), &fact("five"), NOON).unwrap();
        assert_eq!(done.entry_id, "af_20260518_00000005", "the highest id is what says so");
        let (text, entries) = read_back(root.path());
        assert!(text.contains("\nentry_count: 5\n"), "{text}");
        assert_eq!(
            entries.iter().map(|entry| &entry.text).collect::<Vec<_>>(),
            ["one", "two", "four", "five"]
        );
    }

    #[test]
    fn concurrent_appends_lose_nothing() {
        let root = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let root = root.path();
                scope.spawn(move || {
                    for number in 0..5 {
                        append_fact(root, &fact(&format!("{writer} {number}")), NOON).unwrap();
                    }
                });
            }
        });
        let (_, entries) = read_back(root.path());
        let mut texts: Vec<_> = entries.iter().map(|entry| entry.text.clone()).collect();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!((texts.len(), entries.len()), (20, 20));
    }

    #[test]
    fn a_broken_log_is_left_as_it_is() {
        let root = tempfile::tempdir().unwrap();
        append_fact(root.path(), &fact("one"), NOON).unwrap();
        let broken = read_back(root.path()).0.replace("<!-- /entry", "<!-- /entr");
        fs::write(root.path().join(PATH), &broken).unwrap();
        let error = append_fact(root.path(), &fact("two"), NOON).unwrap_err();
        assert!(matches!(error, AppendError::Log { .. }), "{error}");
        assert_eq!(fs::read_to_string(root.path().join(PATH)).unwrap(), broken);
    }

    #[test]
    fn what_would_not_read_back_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let refused = |fact: Fact| append_fact(root.path(), &fact, NOON).unwrap_err().to_string();
        for text in ["a <!-- entry:x --> b", "<!-- /entry:x -->", "a\n### b", " \n"] {
            assert!(refused(fact(text)).starts_with("text: "), "{text:?}");
        }
        assert!(
            refused(Fact { session_id: Some("a\nb".into()), ..fact("x") }).starts_with("session")
        );
        assert!(
            refused(Fact { sender_ids: vec!["a,b".into()], ..fact("x") }).starts_with("sender")
        );
        for id in ["", "..", "a/b", "default_app", "a b"] {
            assert!(refused(Fact { user_id: id.into(), ..fact("x") }).starts_with("user id"));
        }
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_root_is_refused() {
        let (root, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let users = root.path().join("default_app/default_project/users");
        fs::create_dir_all(&users).unwrap();
        std::os::unix::fs::symlink(outside.path(), users.join("u_alice")).unwrap();
        let error = append_fact(root.path(), &fact("x"), NOON).unwrap_err();
        assert!(matches!(error, AppendError::Outside { .. }), "{error}");
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    }
}
