//! The report as JUnit, for CI systems: one test suite an area, no times.

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use super::{CaseResult, Outcome, Report};
use crate::HarnessError;

/// Reports as one JUnit XML: a test suite for each area of each plugin. A case not run counts as an
/// error, a harness error too.
///
/// # Errors
/// Where the XML cannot be written; no report is known that has none.
pub fn junit(reports: &[Report]) -> Result<String, HarnessError> {
    let mut junit = quick_junit::Report::new("wirt-conformance");
    for report in reports {
        let mut suites: Vec<(&str, TestSuite)> = Vec::new();
        for case in &report.cases {
            let area = case.area();
            if suites.last().is_none_or(|(name, _)| *name != area) {
                let suite = TestSuite::new(format!("{}/{area}", report.component.name));
                suites.push((area, suite));
            }
            if let Some((_, suite)) = suites.last_mut() {
                suite.add_test_case(test_case(case));
            }
        }
        junit.add_test_suites(suites.into_iter().map(|(_, suite)| suite));
    }
    junit
        .to_string()
        .map_err(|error| HarnessError::Report { form: "JUnit", reason: error.to_string() })
}

fn test_case(case: &CaseResult) -> TestCase {
    let mut status = match case.outcome {
        Outcome::Pass => TestCaseStatus::success(),
        Outcome::Skip => TestCaseStatus::skipped(),
        Outcome::Fail => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Outcome::Fault | Outcome::NotRun | Outcome::Error => {
            TestCaseStatus::non_success(NonSuccessKind::Error)
        }
    };
    if case.outcome > Outcome::Skip {
        status.set_type(case.outcome.to_string());
    }
    if let Some(reason) = &case.reason {
        status.set_message(reason.as_str());
    }
    if let Some(evidence) = &case.evidence {
        status.set_message(format!(
            "{}: expected {}, found {}",
            case.rule, evidence.expected, evidence.found
        ));
        status.set_description(format!("{}\n{}", evidence.variation, evidence.history.join("\n")));
    }
    let mut test = TestCase::new(case.id.as_str(), status);
    test.set_classname(case.rule.as_str());
    test
}
