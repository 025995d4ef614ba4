//! How far a run has come, in words.

use std::fmt::Write as _;
use std::time::Duration;

use super::super::progress::Facts;

/// Codes that are named; the others are counted together.
const NAMED: usize = 4;

pub(super) fn english(facts: &Facts) -> String {
    let done = facts.done;
    let mut text = format!(
        "{}/{} files, {} pages, {} forms",
        done.files, facts.n_inputs, done.pages, done.forms
    );
    if let Some(rate) = facts.pages_per_second {
        add(&mut text, format_args!(", {rate:.1} pages/s"));
    }
    if let Some(left) = facts.left {
        add(&mut text, format_args!(", ETA {}", clock(left)));
    }
    add_troubles(&mut text, facts, "; troubles: ", ", ", "others");
    if let Some((name, time)) = &facts.slow {
        add(
            &mut text,
            format_args!("; for {} s: {name}", time.as_secs()),
        );
    }
    text
}

pub(super) fn chinese(facts: &Facts) -> String {
    let done = facts.done;
    let mut text = format!(
        "文件 {}/{}，页 {}，表单 {}",
        done.files, facts.n_inputs, done.pages, done.forms
    );
    if let Some(rate) = facts.pages_per_second {
        add(&mut text, format_args!("，{rate:.1} 页/秒"));
    }
    if let Some(left) = facts.left {
        add(&mut text, format_args!("，剩余约 {}", clock(left)));
    }
    add_troubles(&mut text, facts, "；异常：", "、", "其他");
    if let Some((name, time)) = &facts.slow {
        add(
            &mut text,
            format_args!("；已读 {} 秒：{name}", time.as_secs()),
        );
    }
    text
}

fn add_troubles(text: &mut String, facts: &Facts, prefix: &str, separator: &str, others: &str) {
    let mut prefix = prefix;
    let (named, rest) = facts.troubles.split_at(facts.troubles.len().min(NAMED));
    let n_rest: u64 = rest.iter().map(|(_, n)| n).sum();
    let rest = (n_rest > 0).then_some((others, n_rest));
    for (code, n) in named.iter().copied().chain(rest) {
        add(text, format_args!("{prefix}{code} {n}"));
        prefix = separator;
    }
}

fn add(text: &mut String, more: std::fmt::Arguments<'_>) {
    text.write_fmt(more).expect("a string takes any text");
}

/// Hours, minutes and seconds.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    format!(
        "{}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

#[cfg(test)]
mod tests {
    use super::super::super::progress::Counts;
    use super::*;

    #[test]
    fn all_that_is_known_is_said() {
        let mut facts = Facts {
            n_inputs: 100_000,
            ..Facts::default()
        };
        assert_eq!(english(&facts), "0/100000 files, 0 pages, 0 forms");
        facts.done = Counts {
            files: 1200,
            pages: 3400,
            forms: 1100,
        };
        facts.pages_per_second = Some(45.25);
        facts.left = Some(Duration::from_secs(3 * 3600 + 61));
        facts.troubles = vec![
            ("BAD_PDF", 9),
            ("TIMEOUT", 3),
            ("A", 2),
            ("B", 1),
            ("C", 1),
            ("D", 1),
        ];
        facts.slow = Some(("x/表.pdf".to_owned(), Duration::from_millis(35_500)));
        assert_eq!(
            english(&facts),
            "1200/100000 files, 3400 pages, 1100 forms, 45.2 pages/s, ETA 3:01:01; troubles: BAD_PDF 9, TIMEOUT 3, A 2, B 1, others 2; for 35 s: x/表.pdf"
        );
        assert_eq!(
            chinese(&facts),
            "文件 1200/100000，页 3400，表单 1100，45.2 页/秒，剩余约 3:01:01；异常：BAD_PDF 9、TIMEOUT 3、A 2、B 1、其他 2；已读 35 秒：x/表.pdf"
        );
    }
}
