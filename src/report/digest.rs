//! The weekly digest: last week's numbers as text and as HTML, for mail.

use serde_json::{Value as Json, json};

use super::figures::{UNKNOWN, days, dollars, one_place, percent, stage, target};
use super::{OpenAction, WeekReport};

/// How many actions of a list are named.
const NAMED: usize = 10;

/// What a digest says.
#[derive(Clone, Debug)]
pub struct Digest {
    /// In one line.
    pub title: String,
    /// As text.
    pub text: String,
    /// As HTML.
    pub html: String,
    /// For machines.
    pub data: Json,
}

impl Digest {
    /// The digest of some plans; none where there are none.
    #[must_use]
    pub fn new(reports: &[WeekReport]) -> Option<Self> {
        let first = reports.first()?;
        let title = match reports {
            [one] => format!("{}: {} of {} done ({})", one.title, one.all.completed, one.all.total, percent(one.all.rate())),
            _ => format!("{} plans that ended last week", reports.len()),
        };
        let text = reports.iter().map(text).collect::<Vec<_>>().join("\n\n");
        let body: String = reports.iter().map(html).collect();
        let html = format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title></head>\
            <body style=\"margin:0;padding:24px;background:#f3f5f9;color:#14213d;font:15px/1.5 system-ui,sans-serif\">{body}</body></html>",
            escaped(&title)
        );
        let data = json!({ "firstDay": first.days.0, "plans": reports.iter().map(data).collect::<Vec<_>>() });
        Some(Self { title, text, html, data })
    }
}

fn blocked(report: &WeekReport) -> impl Iterator<Item = &OpenAction> {
    report.open.iter().filter(|action| action.blocked_by.is_some())
}

/// The figures of a plan: what they are of, the figure, and what it is made of.
fn figures(report: &WeekReport) -> [(String, String, String); 5] {
    let of = |part: crate::analytics::week::Completion| format!("{} of {}", part.completed, part.total);
    let revenue = report.revenue.actual.map_or_else(|| UNKNOWN.to_owned(), dollars);
    let aim = match target(&report.revenue) {
        Some(target) => format!("of {target}, {}", percent(report.revenue.achievement())),
        None => "no target".to_owned(),
    };
    [
        ("Completed".to_owned(), percent(report.all.rate()), of(report.all)),
        (report.principal_name.clone(), percent(report.principal.rate()), of(report.principal)),
        ("Velocity".to_owned(), one_place(report.velocity), "actions a day".to_owned()),
        ("On time".to_owned(), percent(report.on_time_rate), "of what was done".to_owned()),
        ("Revenue".to_owned(), revenue, aim),
    ]
}

fn line(action: &OpenAction) -> String {
    let owner = action.owner.as_ref().map(|owner| format!(" ({owner})")).unwrap_or_default();
    let reason = action.blocked_by.as_ref().filter(|reason| !reason.is_empty()).map(|reason| format!(": {reason}"));
    format!("{} {}{owner}{}", action.code, action.text, reason.unwrap_or_default())
}

fn named<'a>(actions: impl Iterator<Item = &'a OpenAction>) -> Vec<String> {
    actions.take(NAMED).map(line).collect()
}

/// The lists of a plan: a heading, some lines, and how many are left out.
fn lists(report: &WeekReport) -> Vec<(String, Vec<String>, i64)> {
    let more = |all: i64, named: &[String]| (all - i64::try_from(named.len()).unwrap_or(all)).max(0);
    let results = report.results.iter().map(|result| {
        let rate = percent(crate::analytics::formulas::percentage(result.completed, result.total));
        format!("{} – {} of {} ({rate})", result.result_text, result.completed, result.total)
    });
    let top = report.top_deliverables.iter().map(|(title, revenue)| format!("{title}: {}", dollars(*revenue)));
    let (held, open) = (named(blocked(report)), named(report.open.iter().filter(|action| action.blocked_by.is_none())));
    let (held_more, open_more) = (more(report.blocked_count, &held), more(report.open_count - report.blocked_count, &open));
    let funnel = report.funnel.bottleneck.map(|slowest| {
        let advice = report.funnel.recommendation().map(|advice| format!(" {advice}.")).unwrap_or_default();
        format!("{} is the slowest stage with open work.{advice}", stage(slowest))
    });
    let lists = [
        ("Results".to_owned(), results.collect::<Vec<_>>(), 0),
        (format!("Blocked ({})", report.blocked_count), held, held_more),
        (format!("Carried over ({})", report.open_count - report.blocked_count), open, open_more),
        ("Funnel".to_owned(), funnel.into_iter().collect(), 0),
        ("What brought the most".to_owned(), top.collect(), 0),
    ];
    lists.into_iter().filter(|(_, lines, _)| !lines.is_empty()).collect()
}

fn text(report: &WeekReport) -> String {
    let mut text = format!("{}\n{}, {}\n\n", report.title, days(report.days), report.project);
    for (what, figure, note) in figures(report) {
        text.push_str(&format!("{what}: {figure} ({note})\n"));
    }
    for (heading, lines, more) in lists(report) {
        text.push_str(&format!("\n{heading}\n"));
        lines.iter().for_each(|line| text.push_str(&format!("- {line}\n")));
        if more > 0 {
            text.push_str(&format!("- and {more} more\n"));
        }
    }
    text.trim_end().to_owned()
}

fn html(report: &WeekReport) -> String {
    let mut html = format!(
        "<div style=\"max-width:640px;margin:0 auto 24px;padding:24px;background:#ffffff;border-radius:10px\">\
        <h1 style=\"margin:0;font-size:21px\">{}</h1><p style=\"margin:2px 0 16px;color:#5b6b82\">{} · {}</p>\
        <table role=\"presentation\" style=\"width:100%;border-collapse:collapse\">",
        escaped(&report.title),
        days(report.days),
        escaped(&report.project)
    );
    for (what, figure, note) in figures(report) {
        html.push_str(&format!(
            "<tr><td style=\"padding:5px 0;border-bottom:1px solid #e4e8ef\">{}</td>\
            <td style=\"padding:5px 12px;border-bottom:1px solid #e4e8ef;text-align:right\"><b>{figure}</b></td>\
            <td style=\"padding:5px 0;border-bottom:1px solid #e4e8ef;color:#5b6b82\">{}</td></tr>",
            escaped(&what),
            escaped(&note)
        ));
    }
    html.push_str("</table>");
    for (heading, lines, more) in lists(report) {
        html.push_str(&format!(
            "<h2 style=\"margin:20px 0 6px;font-size:16px\">{}</h2><ul style=\"margin:0;padding-left:20px\">",
            escaped(&heading)
        ));
        lines.iter().for_each(|line| html.push_str(&format!("<li>{}</li>", escaped(line))));
        if more > 0 {
            html.push_str(&format!("<li>and {more} more</li>"));
        }
        html.push_str("</ul>");
    }
    html.push_str("</div>");
    html
}

/// Text as it stands in HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn data(report: &WeekReport) -> Json {
    let action = |action: &OpenAction| json!({ "code": action.code, "text": action.text, "owner": action.owner, "due": action.due, "blockedBy": action.blocked_by });
    json!({
        "title": report.title,
        "project": report.project,
        "firstDay": report.days.0,
        "lastDay": report.days.1,
        "actions": report.all.total,
        "completed": report.all.completed,
        "completionRate": report.all.rate().map(crate::analytics::formulas::shown),
        "principalRate": report.principal.rate().map(crate::analytics::formulas::shown),
        "velocity": report.velocity.map(crate::analytics::formulas::shown),
        "revenue": report.revenue.actual,
        "revenueAchievementRate": report.revenue.achievement().map(crate::analytics::formulas::shown),
        "blocked": report.blocked_count,
        "open": report.open_count,
        "openActions": report.open.iter().take(2 * NAMED).map(action).collect::<Vec<_>>(),
        "topDeliverables": report.top_deliverables.iter().map(|(title, revenue)| json!({ "title": title, "revenue": revenue })).collect::<Vec<_>>(),
    })
}
