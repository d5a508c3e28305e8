//! A document of one page.

use std::fmt::Write;

/// A page with a title, as PDF 1.4 has it.
pub(super) fn page(title: &str) -> Vec<u8> {
    let title: String = title.chars().map(|char| if char.is_ascii_graphic() || char == ' ' { char } else { '?' }).collect();
    let title = title.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)");
    let text = format!("BT /F1 18 Tf 72 720 Td ({title}) Tj /F1 11 Tf 0 -26 Td (A document of the demo.) Tj ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{text}\nendstream", text.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut file = "%PDF-1.4\n".to_owned();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (number, object) in (1..).zip(&objects) {
        let _ = writeln!(table, "{:010} 00000 n ", file.len());
        let _ = write!(file, "{number} 0 obj\n{object}\nendobj\n");
    }
    let start = file.len();
    let _ = write!(file, "{table}trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n", objects.len() + 1);
    file.into_bytes()
}
