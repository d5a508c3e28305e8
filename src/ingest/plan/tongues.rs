//! German and Spanish words of plans as data: each with the English word that the parser knows.
//!
//! What is not in these tables is left as it is written. No English word is in them, so that English documents are read as they are.

use crate::entities::enums::ActionStatus;

use super::dates::is_month;
use super::tokens::Token;

/// Keys in snake case, and the key that each is.
const KEYS: &[(&str, &str)] = &[
    // German.
    ("abgeschlossen_am", "completed_on"),
    ("abhängig_von", "depends_on"),
    ("abhängigkeit", "dependencies"),
    ("abhängigkeiten", "dependencies"),
    ("abnahmekriterien", "acceptance_criteria"),
    ("aktion", "action"),
    ("aktionen", "actions"),
    ("aktualisiert", "updated"),
    ("aufgabe", "task"),
    ("aufgaben", "tasks"),
    ("aufwand", "effort"),
    ("beschreibung", "description"),
    ("blockiert_durch", "blocked_by"),
    ("datum", "date"),
    ("eigentümer", "owner"),
    ("ende", "end"),
    ("erfolgskriterien", "success_criteria"),
    ("ergebnis", "outcome"),
    ("ergebnisse", "results"),
    ("erledigt", "done"),
    ("erledigt_am", "completed_on"),
    ("erstellt", "created"),
    ("fällig", "due"),
    ("fällig_am", "due"),
    ("fällig_bis", "due"),
    ("fälligkeit", "due"),
    ("frist", "deadline"),
    ("geschätzte_stunden", "estimated_hours"),
    ("hindernis", "blocker"),
    ("hindernisse", "blockers"),
    ("kategorie", "category"),
    ("klassifizierung", "classification"),
    ("maßnahme", "action"),
    ("maßnahmen", "actions"),
    ("nachweis", "evidence"),
    ("phasen", "phases"),
    ("priorität", "priority"),
    ("prioritäten", "priorities"),
    ("projekt", "project"),
    ("prüfung", "verification"),
    ("schritte", "steps"),
    ("schätzung", "estimate"),
    ("stand_vom", "last_updated"),
    ("tatsächliche_stunden", "actual_hours"),
    ("titel", "title"),
    ("umsatz", "revenue"),
    ("umsatzziel", "revenue_target"),
    ("verantwortlich", "owner"),
    ("verantwortliche", "owner"),
    ("verantwortlicher", "owner"),
    ("woche", "week"),
    ("woche_vom", "week_of"),
    ("zeitraum", "period"),
    ("ziele", "objectives"),
    ("zugewiesen_an", "assigned_to"),
    ("zuletzt_aktualisiert", "last_updated"),
    ("zuständig", "owner"),
    ("zweck", "purpose"),
    // Spanish.
    ("acciones", "actions"),
    ("acción", "action"),
    ("actualizado", "updated"),
    ("asignado_a", "assigned_to"),
    ("bloqueado_por", "blocked_by"),
    ("bloqueo", "blocker"),
    ("bloqueos", "blockers"),
    ("categoría", "category"),
    ("clasificación", "classification"),
    ("completado_el", "completed_on"),
    ("criterios_de_aceptación", "acceptance_criteria"),
    ("criterios_de_éxito", "success_criteria"),
    ("código", "code"),
    ("depende_de", "depends_on"),
    ("dependencias", "dependencies"),
    ("descripción", "description"),
    ("encargada", "owner"),
    ("encargado", "owner"),
    ("esfuerzo", "effort"),
    ("estado", "status"),
    ("estimación", "estimate"),
    ("evidencia", "evidence"),
    ("fases", "phases"),
    ("fecha", "date"),
    ("fecha_de_entrega", "due_date"),
    ("fecha_de_inicio", "start"),
    ("fecha_de_vencimiento", "due_date"),
    ("fecha_limite", "due_date"),
    ("fecha_límite", "due_date"),
    ("hecho", "done"),
    ("horas_estimadas", "estimated_hours"),
    ("horas_reales", "actual_hours"),
    ("ingresos", "revenue"),
    ("nombre", "name"),
    ("objetivo_de_ingresos", "revenue_target"),
    ("objetivos", "objectives"),
    ("pasos", "steps"),
    ("periodo", "period"),
    ("período", "period"),
    ("prioridad", "priority"),
    ("prioridades", "priorities"),
    ("propósito", "purpose"),
    ("proyecto", "project"),
    ("responsable", "owner"),
    ("responsables", "owners"),
    ("resultado", "outcome"),
    ("resultados", "results"),
    ("semana", "week"),
    ("semana_del", "week_of"),
    ("tarea", "task"),
    ("tareas", "tasks"),
    ("título", "title"),
    ("vence", "due"),
    ("vencimiento", "due"),
    ("verificación", "verification"),
    ("versión", "version"),
    ("última_actualización", "last_updated"),
];

/// Words of headings, heads of tables, labels and remarks.
const WORDS: &[(&str, &str)] = &[
    // German.
    ("abhängigkeiten", "dependencies"),
    ("abnahmekriterien", "criteria"),
    ("aktion", "action"),
    ("aktionen", "actions"),
    ("aktionsplan", "actions"),
    ("anmerkungen", "notes"),
    ("arbeitsplan", "tasks"),
    ("aufgabe", "task"),
    ("aufgaben", "tasks"),
    ("aufgabenliste", "tasks"),
    ("aufwand", "effort"),
    ("beschreibung", "description"),
    ("bis", "by"),
    ("datum", "date"),
    ("erfolgskriterien", "criteria"),
    ("ergebnis", "result"),
    ("ergebnisse", "results"),
    ("erledigt", "done"),
    ("fertig", "done"),
    ("frist", "deadline"),
    ("fällig", "due"),
    ("fälligkeit", "due"),
    ("geschätzt", "estimated"),
    ("hindernisse", "blockers"),
    ("hinweis", "note"),
    ("hinweise", "notes"),
    ("kennzahlen", "metrics"),
    ("kosten", "costs"),
    ("kriterien", "criteria"),
    ("maßnahme", "action"),
    ("maßnahmen", "actions"),
    ("maßnahmenplan", "actions"),
    ("meilenstein", "milestone"),
    ("meilensteine", "milestones"),
    ("monat", "month"),
    ("nachweis", "evidence"),
    ("notiz", "note"),
    ("notizen", "notes"),
    ("nächste", "next"),
    ("nächsten", "next"),
    ("nächster", "next"),
    ("priorität", "priority"),
    ("prioritäten", "priorities"),
    ("prüfung", "verification"),
    ("quartal", "quarter"),
    ("risiken", "risks"),
    ("risiko", "risk"),
    ("rollen", "roles"),
    ("schritt", "step"),
    ("schritte", "steps"),
    ("stunden", "hours"),
    ("tagesplan", "schedule"),
    ("termin", "due"),
    ("verantwortlich", "owner"),
    ("verantwortliche", "owner"),
    ("verantwortlicher", "owner"),
    ("wann", "when"),
    ("was", "what"),
    ("wartet", "waiting"),
    ("wer", "who"),
    ("woche", "week"),
    ("wochenplan", "plan"),
    ("zeitplan", "schedule"),
    ("ziel", "goal"),
    ("ziele", "goals"),
    ("zusammenfassung", "summary"),
    ("zuständig", "owner"),
    ("zuständigkeiten", "responsibilities"),
    ("zweck", "purpose"),
    ("überblick", "overview"),
    ("übersicht", "overview"),
    // Spanish.
    ("acciones", "actions"),
    ("acción", "action"),
    ("apéndice", "appendix"),
    ("bloqueos", "blockers"),
    ("costos", "costs"),
    ("criterios", "criteria"),
    ("cronograma", "schedule"),
    ("cuándo", "when"),
    ("código", "code"),
    ("dependencias", "dependencies"),
    ("depende", "depends"),
    ("descripción", "description"),
    ("encargada", "owner"),
    ("encargado", "owner"),
    ("entrega", "due"),
    ("esfuerzo", "effort"),
    ("estado", "status"),
    ("estimación", "estimate"),
    ("fase", "phase"),
    ("fecha", "date"),
    ("hasta", "by"),
    ("hecho", "done"),
    ("hito", "milestone"),
    ("hitos", "milestones"),
    ("horario", "schedule"),
    ("horas", "hours"),
    ("indicadores", "indicators"),
    ("limite", "deadline"),
    ("límite", "deadline"),
    ("mes", "month"),
    ("métricas", "metrics"),
    ("nota", "note"),
    ("notas", "notes"),
    ("objetivo", "objective"),
    ("objetivos", "objectives"),
    ("pasos", "steps"),
    ("pendientes", "todo"),
    ("prioridad", "priority"),
    ("prioridades", "priorities"),
    ("propósito", "purpose"),
    ("próxima", "next"),
    ("próximas", "next"),
    ("próximo", "next"),
    ("próximos", "next"),
    ("quién", "who"),
    ("qué", "what"),
    ("responsable", "owner"),
    ("responsables", "owners"),
    ("resultado", "result"),
    ("resultados", "results"),
    ("resumen", "summary"),
    ("riesgo", "risk"),
    ("riesgos", "risks"),
    ("semana", "week"),
    ("tarea", "task"),
    ("tareas", "tasks"),
    ("trabajo", "work"),
    ("vence", "due"),
    ("vencimiento", "due"),
    ("verificación", "verification"),
    ("éxito", "success"),
];

/// Statuses of actions.
pub(super) const STATUSES: &[(&str, ActionStatus)] = {
    use ActionStatus::{Blocked, Completed, InProgress, Pending};
    &[
        ("offen", Pending),
        ("geplant", Pending),
        ("nicht begonnen", Pending),
        ("ausstehend", Pending),
        ("in arbeit", InProgress),
        ("in bearbeitung", InProgress),
        ("laufend", InProgress),
        ("läuft", InProgress),
        ("begonnen", InProgress),
        ("blockiert", Blocked),
        ("pausiert", Blocked),
        ("wartet", Blocked),
        ("erledigt", Completed),
        ("abgeschlossen", Completed),
        ("fertig", Completed),
        ("pendiente", Pending),
        ("por hacer", Pending),
        ("sin empezar", Pending),
        ("no iniciado", Pending),
        ("no iniciada", Pending),
        ("en curso", InProgress),
        ("en progreso", InProgress),
        ("en proceso", InProgress),
        ("bloqueado", Blocked),
        ("bloqueada", Blocked),
        ("en espera", Blocked),
        ("hecho", Completed),
        ("hecha", Completed),
        ("completado", Completed),
        ("completada", Completed),
        ("terminado", Completed),
        ("terminada", Completed),
        ("listo", Completed),
    ]
};

/// Statuses of what will not be done.
pub(super) const CANCELLED: &[&str] = &[
    "abgesagt",
    "gestrichen",
    "verworfen",
    "verschoben",
    "zurückgestellt",
    "entfällt",
    "cancelado",
    "cancelada",
    "descartado",
    "descartada",
    "aplazado",
    "aplazada",
];

/// Priorities, 1 the highest.
pub(super) const PRIORITIES: &[(&str, i32)] = &[
    ("kritisch", 1),
    ("dringend", 1),
    ("hoch", 2),
    ("mittel", 3),
    ("niedrig", 4),
    ("gering", 4),
    ("crítica", 1),
    ("crítico", 1),
    ("urgente", 1),
    ("alta", 2),
    ("alto", 2),
    ("media", 3),
    ("medio", 3),
    ("baja", 4),
    ("bajo", 4),
];

/// Words of dates, and the English one that stands for them; longer ones first.
const DAYS: &[(&[&str], &str)] = &[
    (&["fin", "de", "semana"], "weekend"),
    (&["ende", "der", "woche"], "eow"),
    (&["por", "la", "mañana"], "morning"),
    (&["por", "la", "tarde"], "afternoon"),
    (&["a", "las"], "at"),
    (&["antes", "del"], "by"),
    (&["um"], "at"),
    (&["montag"], "monday"),
    (&["dienstag"], "tuesday"),
    (&["mittwoch"], "wednesday"),
    (&["donnerstag"], "thursday"),
    (&["freitag"], "friday"),
    (&["samstag"], "saturday"),
    (&["sonnabend"], "saturday"),
    (&["sonntag"], "sunday"),
    (&["wochenende"], "weekend"),
    (&["heute"], "today"),
    (&["morgen"], "tomorrow"),
    (&["vormittag"], "morning"),
    (&["mittag"], "noon"),
    (&["nachmittag"], "afternoon"),
    (&["abend"], "evening"),
    (&["nächsten"], "next"),
    (&["lunes"], "monday"),
    (&["martes"], "tuesday"),
    (&["miércoles"], "wednesday"),
    (&["miercoles"], "wednesday"),
    (&["jueves"], "thursday"),
    (&["viernes"], "friday"),
    (&["sábado"], "saturday"),
    (&["sabado"], "saturday"),
    (&["domingo"], "sunday"),
    (&["hoy"], "today"),
    (&["mañana"], "tomorrow"),
    (&["mediodía"], "noon"),
    (&["próximo"], "next"),
    (&["januar"], "january"),
    (&["jänner"], "january"),
    (&["februar"], "february"),
    (&["märz"], "march"),
    (&["mrz"], "march"),
    (&["mai"], "may"),
    (&["juni"], "june"),
    (&["juli"], "july"),
    (&["oktober"], "october"),
    (&["okt"], "october"),
    (&["dezember"], "december"),
    (&["dez"], "december"),
    (&["enero"], "january"),
    (&["febrero"], "february"),
    (&["marzo"], "march"),
    (&["abril"], "april"),
    (&["de", "mayo"], "may"),
    (&["junio"], "june"),
    (&["julio"], "july"),
    (&["agosto"], "august"),
    (&["septiembre"], "september"),
    (&["octubre"], "october"),
    (&["noviembre"], "november"),
    (&["diciembre"], "december"),
];

/// Short names of weekdays, which are other words too where no number follows: `Fr 17.04.`.
const SHORT_WEEKDAYS: &[(&str, &str)] = &[
    ("di", "tuesday"),
    ("do", "thursday"),
    ("dom", "sunday"),
    ("fr", "friday"),
    ("jue", "thursday"),
    ("lun", "monday"),
    ("mi", "wednesday"),
    ("mié", "wednesday"),
    ("mo", "monday"),
    ("sa", "saturday"),
    ("so", "sunday"),
    ("sáb", "saturday"),
    ("vie", "friday"),
];

/// Words between the days of a span, and before a day.
const UNTIL: &[&str] = &["bis", "hasta"];

/// Words that join the parts of a date: `15 de abril de 2026`, `vom 13.`.
const JOINTS: &[&str] = &["de", "del"];

/// Words before a day that add nothing to it: `am Freitag`, `el 15 de abril`.
const ARTICLES: &[&str] = &["am", "el", "vom", "zum"];

/// The key that a key in snake case means.
pub(in crate::ingest) fn key(key: &str) -> &str {
    find(KEYS, key)
}

/// The English word that a word in lower case means.
pub(super) fn word(word: &str) -> &str {
    find(WORDS, word)
}

fn find<'k>(table: &[(&'static str, &'static str)], word: &'k str) -> &'k str {
    table.iter().find(|(own, _)| *own == word).map_or(word, |(_, english)| english)
}

/// Puts English words in the place of those of dates.
pub(super) fn dates(tokens: Vec<Token>) -> Vec<Token> {
    let mut english: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut rest = tokens.as_slice();
    while let Some(first) = rest.first() {
        let taken = if let Token::Word(own) = first { take_word(own, rest, &mut english) } else { 0 };
        if taken == 0 {
            english.push(first.clone());
        }
        rest = &rest[taken.max(1)..];
    }
    english
}

/// Takes the word that stands first, with those that belong to it; how many, 0 for one that stays as it is.
fn take_word(own: &str, rest: &[Token], english: &mut Vec<Token>) -> usize {
    let number = |token: Option<&Token>| matches!(token, Some(Token::Number(..)));
    let next_is_number = number(rest.get(1));
    if let Some((words, meant)) = DAYS.iter().find(|(words, _)| begins_with(rest, words)) {
        english.push(Token::Word((*meant).to_owned()));
        return words.len();
    }
    let behind = match rest.get(2) {
        Some(Token::Word(joint)) if JOINTS.contains(&joint.as_str()) => &rest[3..],
        _ => rest.get(2..).unwrap_or_default(),
    };
    let is_month = matches!(behind.first(), Some(Token::Word(month)) if is_month(month)) || is_month_abroad(behind);
    let dated = next_is_number && (is_month || is_month_abroad(rest.get(2..).unwrap_or_default()));
    if let Some((_, day)) = SHORT_WEEKDAYS.iter().find(|(short, _)| dated && *short == own) {
        english.push(Token::Word((*day).to_owned()));
        return 1;
    }
    let between = next_is_number && english.iter().any(|token| number(Some(token)));
    if UNTIL.contains(&own) || own == "al" && between {
        english.push(Token::Word(if between { "to" } else { "by" }.to_owned()));
        return 1;
    }
    if ARTICLES.contains(&own) && (dated || DAYS.iter().any(|(words, _)| begins_with(&rest[1..], words))) {
        return 1;
    }
    // `15 de abril de 2026`
    let joins = JOINTS.contains(&own) && (number(english.last()) && is_month_abroad(&rest[1..]) || next_is_number);
    usize::from(joins)
}

fn begins_with(tokens: &[Token], words: &[&str]) -> bool {
    words.len() <= tokens.len() && words.iter().zip(tokens).all(|(word, token)| matches!(token, Token::Word(own) if own == word))
}

fn is_month_abroad(tokens: &[Token]) -> bool {
    DAYS.iter().any(|(words, meant)| is_month(meant) && begins_with(tokens, words))
}

#[cfg(test)]
#[path = "tongues_tests.rs"]
mod tests;
