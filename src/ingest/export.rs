//! Plans on their way out: as a document that is read back as the same plan, and as a table.

use chrono::{DateTime, SecondsFormat, Utc};

use super::document::{ActionDocument, PlanDocument, ResultDocument};

pub use super::plan::to_markdown;

/// The head of the table.
const COLUMNS: [&str; 20] = [
    "project",
    "week_start",
    "week_end",
    "result_code",
    "result",
    "action_code",
    "action",
    "description",
    "owner",
    "status",
    "due",
    "completed_at",
    "funnel_stage",
    "estimated_hours",
    "actual_hours",
    "dependencies",
    "blocker",
    "verification",
    "evidence",
    "metadata",
];

/// Writes a plan as CSV (RFC 4180) with a head and one row an action, in document order.
///
/// Instants are in UTC (RFC 3339), dependencies are codes with a space between them, metadata is a JSON object; what the plan does
/// not say is empty. A cell that a spreadsheet would take for a formula begins with an apostrophe.
///
/// # Errors
/// When the table cannot be written, which memory never refuses.
pub fn to_csv(plan: &PlanDocument) -> Result<String, csv::Error> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(COLUMNS)?;
    for result in &plan.results {
        for action in &result.actions {
            table.write_record(row(plan, result, action).map(inert))?;
        }
    }
    let bytes = table.into_inner().map_err(|error| error.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn row(plan: &PlanDocument, result: &ResultDocument, action: &ActionDocument) -> [String; COLUMNS.len()] {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let time = |at: Option<DateTime<Utc>>| at.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true)).unwrap_or_default();
    let metadata =
        if action.metadata.is_empty() { String::new() } else { serde_json::Value::from(action.metadata.clone()).to_string() };
    [
        text(&plan.project),
        plan.week_start.to_string(),
        plan.week_end.to_string(),
        result.code.clone(),
        result.text.clone(),
        action.code.clone(),
        action.text.clone(),
        text(&action.description),
        text(&action.owner),
        action.status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
        time(action.due),
        time(action.completed_at),
        action.funnel_stage.map(|stage| stage.as_str().to_owned()).unwrap_or_default(),
        action.estimated_hours.map(|hours| hours.to_string()).unwrap_or_default(),
        action.actual_hours.map(|hours| hours.to_string()).unwrap_or_default(),
        action.dependencies.join(" "),
        text(&action.blocker),
        text(&action.verification),
        text(&action.evidence),
        metadata,
    ]
}

/// A cell that no spreadsheet runs.
fn inert(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    use super::super::plan::parse_plan;
    use super::*;

    #[test]
    fn one_row_an_action() {
        let text = "# Plan Oct 7-14, 2025\n\n- [ ] =SUM(A1) of \"it\", all\n- [x] Order labels (due Oct 9) - 30 min\n  - Owner: Ana\n  - Blocker: -1 day\n";
        let plan = parse_plan("plan.md", text, chrono_tz::UTC).plan.expect("a plan");
        let table = to_csv(&plan).expect("a table");
        let rows: Vec<_> = table.lines().collect();
        assert_eq!(rows[0], COLUMNS.join(","));
        assert!(rows[1].contains(",\"'=SUM(A1) of \"\"it\"\", all\",") && rows[1].contains(",pending,"), "{table}");
        assert!(rows[2].contains(",Order labels,,Ana,completed,2025-10-09T23:59:59Z,,,0.50,,,'-1 day,,,"), "{table}");
        assert_eq!(rows.len(), 3);
    }
}
