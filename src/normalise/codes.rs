//! Codes and the names printed beside them. Never changes a character of a code.

use super::number::strip_brackets;
use super::text::{fold_width, is_dash, squeeze, without_blanks};
use crate::model::record::{Named, Project};

/// Splits `203-万源市社保局`, `[203]万源市社保局`, `【203】万源市社保局` into code and name; a text without a code is a name.
///
/// The hyphen may be any hyphen or dash glyph. Both are `None` for a blank text.
#[must_use]
pub fn split_code_name(text: &str) -> Named {
    let text = squeeze(text);
    if let Some((code, name)) = bracketed(&text).or_else(|| hyphenated(&text)) {
        return Named {
            code: Some(code),
            name: (!name.is_empty()).then_some(name),
        };
    }
    if looks_like_code(&text) {
        return Named {
            code: Some(text),
            name: None,
        };
    }
    Named {
        code: None,
        name: (!text.is_empty()).then_some(text),
    }
}

/// Splits a path such as `05-社会保险待遇拨付/04-退休人员待遇拨付` at its slashes.
#[must_use]
pub(super) fn split_path(text: &str) -> Vec<Named> {
    let steps = text
        .split(['/', '／'])
        .map(str::trim)
        .filter(|step| !step.is_empty());
    steps.map(split_code_name).collect()
}

/// Takes the parts of a project code: 6-digit region, 2-digit year, letter, serial. All are `None` where the code has
/// another shape.
pub fn take_apart(project: &mut Project) {
    let Some(shape) = project.code.as_deref().and_then(project_code) else {
        return;
    };
    project.region_code = Some(shape.region);
    project.setup_year = Some(2000 + shape.year);
    project.category = Some(shape.category.to_string());
    project.serial = Some(shape.serial);
}

/// What is wrong with the shape of a project code; `None` where it is as it should be.
#[must_use]
pub fn project_code_fault(code: &str) -> Option<String> {
    let Some(shape) = project_code(code) else {
        return Some(format!(
            "project code {code} is not made of 6-digit region, 2-digit year, letter and 12-digit serial"
        ));
    };
    let n_digits = shape.serial.len();
    (n_digits != SERIAL_LEN).then(|| {
        format!("project code {code} has a serial of {n_digits} digits, expected {SERIAL_LEN}")
    })
}

/// Digits of the serial in a project code of the integrated budget system.
const SERIAL_LEN: usize = 12;

struct ProjectCode {
    region: String,
    year: i32,
    category: char,
    serial: String,
}

fn project_code(code: &str) -> Option<ProjectCode> {
    let chars: Vec<char> = code.chars().map(fold_width).collect();
    let all_digits = |chars: &[char]| !chars.is_empty() && chars.iter().all(char::is_ascii_digit);
    let (head, serial) = (chars.get(..8)?, chars.get(9..)?);
    let category = *chars.get(8).filter(|ch| ch.is_ascii_uppercase())?;
    if !all_digits(head) || !all_digits(serial) {
        return None;
    }
    let year = String::from_iter(&head[6..]).parse().ok()?;
    Some(ProjectCode {
        region: String::from_iter(&head[..6]),
        year,
        category,
        serial: String::from_iter(serial),
    })
}

/// A code in brackets before a name.
fn bracketed(text: &str) -> Option<(String, String)> {
    let open = text.chars().next()?;
    let close = match open {
        '[' => ']',
        '［' => '］',
        '【' => '】',
        '〔' => '〕',
        '(' => ')',
        '（' => '）',
        _ => return None,
    };
    let end = text.find(close)? + close.len_utf8();
    let code = without_blanks(strip_brackets(&text[..end])?);
    let name = text[end..].trim_start_matches(|ch: char| is_dash(ch) || ch == ' ');
    looks_like_code(&code).then(|| (code, name.to_owned()))
}

/// A code, a hyphen, a name.
fn hyphenated(text: &str) -> Option<(String, String)> {
    let dash_at = text.find(is_dash)?;
    let code = without_blanks(&text[..dash_at]);
    let name = text[dash_at..].trim_start_matches(|ch: char| is_dash(ch) || ch == ' ');
    // `2023-2025年规划` and `0-6岁儿童康复` are names that begin with a range; white space within a project code is a
    // line's end.
    let is_year = code.len() == 4 && (code.starts_with("19") || code.starts_with("20"));
    let is_short = code.len() < 3 && !(code.len() == 2 && code.starts_with('0'));
    let is_range = (is_year || is_short) && name.starts_with(|ch: char| ch.is_ascii_digit());
    let is_whole = !text[..dash_at].contains(' ') || project_code(&code).is_some();
    (looks_like_code(&code) && is_whole && !is_range && !name.is_empty())
        .then(|| (code, name.to_owned()))
}

/// Letters and digits, more digits than letters; letters that look like digits are counted as such.
fn looks_like_code(text: &str) -> bool {
    let (mut n_digits, mut n_alike, mut n_letters) = (0, 0, 0);
    for ch in text.chars().map(fold_width) {
        match ch {
            '0'..='9' => n_digits += 1,
            'O' | 'o' | 'l' | 'I' => n_alike += 1,
            'A'..='Z' | 'a'..='z' => n_letters += 1,
            _ => return false,
        }
    }
    n_digits > 0 && n_digits + n_alike > n_letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, code: Option<&str>, name: Option<&str>) {
        let named = split_code_name(text);
        assert_eq!(
            (named.code.as_deref(), named.name.as_deref()),
            (code, name),
            "{text}"
        );
    }

    #[test]
    fn code_stands_before_any_hyphen() {
        for dash in ["-", "－", "—", "——", "–", " - ", "﹣"] {
            check(
                &format!("203001{dash}万源市社保局"),
                Some("203001"),
                Some("万源市社保局"),
            );
        }
        check(
            "51178121T000000027938-个人权益记录",
            Some("51178121T000000027938"),
            Some("个人权益记录"),
        );
        check("O5-社会保险", Some("O5"), Some("社会保险"));
    }

    #[test]
    fn code_stands_in_brackets() {
        check("[203]万源市社保局", Some("203"), Some("万源市社保局"));
        check(
            "【203001】-万源市社保局",
            Some("203001"),
            Some("万源市社保局"),
        );
        check("(本级)财政局", None, Some("(本级)财政局"));
    }

    #[test]
    fn name_keeps_its_own_hyphens() {
        check(
            "203-兰溪路-真南路下立交工程",
            Some("203"),
            Some("兰溪路-真南路下立交工程"),
        );
        check(
            "兰溪路-真南路下立交工程",
            None,
            Some("兰溪路-真南路下立交工程"),
        );
        check("2023-2025年规划编制", None, Some("2023-2025年规划编制"));
        check("0-6岁儿童残疾康复", None, Some("0-6岁儿童残疾康复"));
        check("05-12345热线", Some("05"), Some("12345热线"));
        check("5G-A网络", None, Some("5G-A网络"));
        check("COVID-19防控", None, Some("COVID-19防控"));
        check("203", Some("203"), None);
        check("O元-", None, Some("O元-"));
    }

    #[test]
    fn line_break_in_a_code_is_no_part_of_it() {
        check(
            "51178121T0000000\n27938-个人权益\n记录",
            Some("51178121T000000027938"),
            Some("个人权益记录"),
        );
        check(
            "51178121T0000000 27938-个人",
            Some("51178121T000000027938"),
            Some("个人"),
        );
    }

    #[test]
    fn path_is_split_at_slashes() {
        let path = split_path("05-社会保险待遇拨付/04－退休人员待遇拨付");
        let codes: Vec<_> = path.iter().map(|step| step.code.as_deref()).collect();
        assert_eq!(codes, [Some("05"), Some("04")]);
    }

    #[test]
    fn project_code_is_taken_apart() {
        let mut project = Project {
            code: Some("51178122T00004944392".to_owned()),
            ..Project::default()
        };
        take_apart(&mut project);
        assert_eq!(project.region_code.as_deref(), Some("511781"));
        assert_eq!(project.setup_year, Some(2022));
        assert_eq!(project.category.as_deref(), Some("T"));
        assert_eq!(project.serial.as_deref(), Some("00004944392"));
    }

    #[test]
    fn misshapen_codes_are_said() {
        assert_eq!(project_code_fault("51178121T000000027938"), None);
        assert!(
            project_code_fault("51178122T00004944392")
                .unwrap()
                .contains("11 digits")
        );
        assert!(project_code_fault("5117812lT000000027938").is_some());
        assert!(project_code_fault("绩效").is_some());
    }
}
