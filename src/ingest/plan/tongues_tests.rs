//! Whole plans in German and Spanish.

use chrono_tz::America::Chicago;

use super::super::{parse_plan, tests::in_short};
use super::*;

/// Words of the tables that would change how English plans are read.
#[test]
fn no_word_means_two_things() {
    for (table, name) in [(KEYS, "keys"), (WORDS, "words"), (SHORT_WEEKDAYS, "weekdays")] {
        for (at, (own, english)) in table.iter().enumerate() {
            assert!(own != english && !table[at + 1..].iter().any(|(other, _)| other == own), "{own} in {name}");
            assert!(!table.iter().any(|(other, _)| other == english), "{english} in {name} is English and is not");
        }
    }
}

#[test]
fn a_german_plan() {
    let text = "# Wochenplan Hafenlager\n\nWoche: 13.04.2026 bis 19.04.2026\nVerantwortlich: Greta Amsel\nPriorität: hoch\nUmsatzziel: $12K\n\n\
                ## Zweck\n\nDas Lager wird bis zum Sommer fertig.\n\n## Aufgaben\n\n\
                | Nr. | Aufgabe | Verantwortlich | Fällig | Status | Priorität |\n|---|---|---|---|---|---|\n\
                | 1 | Etiketten bestellen | Greta | 15.04.2026 | erledigt | hoch |\n\
                | 2 | Regale prüfen | Tjark | 16. April | in Arbeit | mittel |\n\
                | 3 | Kran mieten | Tjark | Fr 17.04., 17 Uhr | blockiert | niedrig |\n\n\
                ## Nächste Schritte\n\n- [ ] Rechnung schreiben (Greta, bis Freitag)\n- [x] Tor streichen bis 14.04.\n\n\
                ## Risiken\n\n- Hochwasser\n\n## Nächste Woche\n\n- [ ] Boot abdecken\n";
    insta::assert_snapshot!("german", in_short(&parse_plan("plan.md", text, Chicago)));
}

#[test]
fn a_spanish_plan() {
    let text = "# Plan semanal del muelle\n\nSemana: del 13 al 19 de abril de 2026\nResponsable: Inés Roble\nEstado: en curso\n\n\
                ## Objetivos\n\n- Abrir el muelle\n\n## Tareas\n\n\
                | Tarea | Responsable | Fecha límite | Estado | Prioridad |\n|---|---|---|---|---|\n\
                | Pedir etiquetas | Inés | 15 de abril | hecho | alta |\n\
                | Revisar grúa | Teo | viernes 17 de abril a las 17:00 | pendiente | media |\n\
                | Pintar puerta | Teo | 18/04 | bloqueado | baja |\n\n\
                ### Fase 2: Apertura\n\n- [ ] Invitar a los vecinos hasta el 19 de abril\n  - Responsable: Teo\n  - Fecha límite: 18 de abril\n\n\
                ## Riesgos\n\n- Lluvia\n";
    insta::assert_snapshot!("spanish", in_short(&parse_plan("plan.md", text, Chicago)));
}
