//! One defect at a time, each found against the rule it breaks.

use wirt_crash::{Disturbance, Finding, Replayed, Rule, Verdict, workloads};
use wirt_disk::{Effect, Fault, Profile};

use crate::log::Defect;
use crate::{Logs, look, told};

/// What is found of a defect under a profile.
pub(crate) fn find(defect: Defect, profile: Profile) -> Vec<Finding> {
    let workloads: Vec<_> = workloads::all()
        .into_iter()
        .filter(|it| ["attachments", "batches"].contains(&it.name.as_str()))
        .collect();
    let report = look(&mut Logs::with(defect), &[profile], &workloads);
    eprintln!("{defect:?}: {}", told(&report));
    assert_eq!(report.verdict, Verdict::Failed, "{defect:?}");
    report.findings
}

#[track_caller]
fn breaks(defect: Defect, profile: Profile, rule: Rule, under: impl Fn(&Disturbance) -> bool) {
    let findings = find(defect, profile);
    let of_rule = |it: &&Finding| it.rule == rule && under(&it.replay.disturbance);
    let finding = findings.iter().find(of_rule).unwrap_or_else(|| panic!("{defect:?}: no {rule}"));
    /// Operations that show a defect, at most.
    const FEW: usize = 8;
    let ops = finding.replay.ops.len();
    assert!(ops <= FEW, "{defect:?}: {ops} operations\n{finding}");
}

fn undisturbed(disturbance: &Disturbance) -> bool {
    *disturbance == Disturbance::None
}

fn struck_by(effect: Effect) -> impl Fn(&Disturbance) -> bool {
    move |it| matches!(it, Disturbance::Fault(Fault { effect: by, .. }) if *by == effect)
}

#[test]
fn an_answer_before_the_sync() {
    let rule = Rule::AcknowledgedSurvives;
    breaks(Defect::AcknowledgesBeforeSync, Profile::Ordered, rule, undisturbed);
}

#[test]
fn an_answer_before_the_sync_is_no_harm_while_the_system_lives() {
    let workloads = [workloads::mixed()];
    let mut machine = Logs::with(Defect::AcknowledgesBeforeSync);
    let report = look(&mut machine, &[Profile::Kill], &workloads);
    // Nothing is wrong, and dropping syncs is missed all the same.
    assert_eq!(report.verdict, Verdict::CrashTested, "{}", told(&report));
}

#[test]
fn a_folder_that_is_not_synced() {
    let rule = Rule::AcknowledgedSurvives;
    breaks(Defect::ForgetsTheFoldersSync, Profile::PosixStrict, rule, undisturbed);
}

#[test]
fn a_rename_before_the_sync() {
    breaks(Defect::RenamesBeforeSync, Profile::Ordered, Rule::Recovers, undisturbed);
}

#[test]
fn a_torn_tail_that_is_taken() {
    breaks(Defect::AcceptsATornTail, Profile::Ordered, Rule::NothingInvented, undisturbed);
}

#[test]
fn checksums_that_are_ignored() {
    breaks(Defect::IgnoresChecksums, Profile::Ordered, Rule::NothingInvented, undisturbed);
}

#[test]
fn half_a_batch() {
    breaks(Defect::LeaksHalfABatch, Profile::Kill, Rule::BatchWhole, undisturbed);
}

#[test]
fn a_panic_in_recovery() {
    breaks(Defect::PanicsInRecovery, Profile::Ordered, Rule::Recovers, undisturbed);
}

#[test]
fn a_creation_that_cannot_be_repeated() {
    breaks(Defect::CreatesOnce, Profile::Kill, Rule::Recovers, undisturbed);
}

#[test]
fn an_io_error_that_is_swallowed() {
    let rule = Rule::AcknowledgedSurvives;
    breaks(Defect::SwallowsIo, Profile::Ordered, rule, struck_by(Effect::Io));
}

#[test]
fn a_full_disk_that_is_swallowed() {
    let rule = Rule::AcknowledgedSurvives;
    breaks(Defect::SwallowsNoSpace, Profile::Ordered, rule, struck_by(Effect::NoSpace));
}

#[test]
fn a_failed_sync_that_is_made_again() {
    let rule = Rule::AcknowledgedSurvives;
    breaks(Defect::RetriesAFailedSync, Profile::Ordered, rule, struck_by(Effect::Io));
}

#[test]
fn a_short_write_that_is_ignored() {
    let rule = Rule::AcknowledgedSurvives;
    breaks(Defect::IgnoresAShortWrite, Profile::Ordered, rule, struck_by(Effect::Short));
}

#[test]
fn a_short_read_that_is_ignored() {
    let findings = find(Defect::IgnoresAShortRead, Profile::Ordered);
    let short = struck_by(Effect::Short);
    assert!(
        findings.iter().any(|it| {
            let disturbed = short(&it.replay.disturbance);
            disturbed && it.rule == Rule::ShortChangesNothing
        }),
        "{findings:?}"
    );
}

#[test]
fn a_recovery_that_a_second_crash_spoils() {
    let findings = find(Defect::RecoversInPlace, Profile::Ordered);
    for finding in &findings {
        // One crash does no harm, so no finding takes only one.
        assert_eq!(finding.replay.trail.len(), 2, "{finding}");
        assert_eq!(finding.crashes.len(), 2, "{finding}");
    }
}

#[test]
fn a_place_to_write_that_is_forgotten() {
    breaks(Defect::ForgetsTheEnd, Profile::Kill, Rule::ReopenSame, undisturbed);
}

#[test]
fn a_key_that_recovery_left_and_nobody_owns() {
    breaks(Defect::LeavesAnAlienKey, Profile::Kill, Rule::CheckClean, undisturbed);
}

#[test]
fn a_store_that_can_only_be_read_after_a_crash() {
    breaks(Defect::ReadOnlyAfterRecovery, Profile::Kill, Rule::UsableAfter, undisturbed);
}

#[test]
fn answers_that_a_failing_disk_makes_wrong() {
    let rule = Rule::AnswersRight;
    breaks(Defect::EmptyAfterAnError, Profile::Kill, rule, struck_by(Effect::Io));
}

#[test]
fn a_removal_that_is_forgotten_is_unlike_the_ledger() {
    breaks(Defect::ForgetsRemovals, Profile::Kill, Rule::LikeTheLedger, undisturbed);
}

#[test]
fn a_recovery_that_takes_an_unreadable_file_for_an_empty_one() {
    let findings = find(Defect::TakesAReadErrorForNothing, Profile::Ordered);
    let in_recovery = findings.iter().find(|it| it.replay.recovery.is_some());
    let finding = in_recovery.unwrap_or_else(|| panic!("no call failed in a recovery"));
    assert_eq!(finding.rule, Rule::AcknowledgedSurvives, "{finding}");
    assert_eq!(finding.replay.recovery.unwrap().effect, Effect::Io, "{finding}");
    let mut wrong = Logs::with(Defect::TakesAReadErrorForNothing);
    let again = finding.replay.run(&mut wrong);
    assert!(matches!(again, Ok(Replayed::Wrong(rule, ..)) if rule == finding.rule), "{again:?}");
    assert_eq!(finding.replay.run(&mut Logs::with(None)), Ok(Replayed::Right));
}

/// What its first operation left is right after that, and wrong after the second.
#[test]
fn an_image_that_was_right_once_is_judged_anew() {
    breaks(Defect::KeepsTheFirstOnly, Profile::Kill, Rule::AcknowledgedSurvives, undisturbed);
}
