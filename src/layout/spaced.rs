//! Text that was laid out by spaces, as `pdftotext -layout` does: how it is known.
//!
//! In: lines. Out: yes or no. Never: cuts a line.

/// Whether a text is laid out by spaces: pages are cut by form feeds, or many lines are indented.
pub(super) fn is_laid_out(lines: &[String]) -> bool {
    let printed: Vec<&String> = lines
        .iter()
        .filter(|line| !line.trim().is_empty())
        .collect();
    if printed.len() < 5 || printed.iter().filter(|l| l.contains('\t')).count() * 10 > printed.len()
    {
        return false;
    }
    let indented = printed
        .iter()
        .filter(|line| line.starts_with("   "))
        .count();
    let gapped = printed
        .iter()
        .filter(|line| line.trim().contains("    "))
        .count();
    indented * 5 >= printed.len() && gapped * 3 >= printed.len()
}
