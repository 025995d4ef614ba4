//! Every code of a finding is explained, by name and by number, in both languages.

use jixiao::model::Code;

use crate::program::run;

#[test]
fn a_code_is_found_by_name_in_any_case_and_by_number() {
    let by_name = run(&["explain", "weight_sum"]);
    assert_eq!(by_name.code, Some(0), "{}", by_name.err);
    assert!(by_name.out.contains("# What to do"));
    for other in ["WEIGHT_SUM", "502", "J502"] {
        assert_eq!(run(&["explain", other]).out, by_name.out);
    }
}

#[test]
fn the_list_has_every_code_once() {
    let list = run(&["explain", "--list"]).out;
    for code in Code::ALL {
        let number = format!("J{:03} ", code.number());
        let lines: Vec<&str> = list
            .lines()
            .filter(|line| line.starts_with(&number))
            .collect();
        assert!(
            lines.len() == 1 && lines[0].contains(code.name()),
            "{code}: {lines:?}"
        );
    }
}

#[test]
fn names_and_numbers_are_unique_and_numbers_rise() {
    assert!(
        Code::ALL
            .windows(2)
            .all(|pair| pair[0].number() < pair[1].number())
    );
    let mut names: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Code::ALL.len());
}

#[test]
fn chinese_is_spoken_where_asked_for_or_where_the_locale_is_chinese() {
    let asked = run(&["explain", "EMPTY_FILE", "--lang", "zh"]).out;
    assert!(
        asked.contains("文件为空") && asked.contains("# 处理办法"),
        "{asked}"
    );
    let by_locale = crate::program::program()
        .env("LC_ALL", "zh_CN.UTF-8")
        .args(["explain", "EMPTY_FILE"])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(by_locale.stdout).unwrap(), asked);
}

#[test]
fn an_unknown_code_is_wrong_usage_and_names_its_like() {
    let unknown = run(&["explain", "weights_sum"]);
    assert_eq!((unknown.code, unknown.out.as_str()), (Some(2), ""));
    assert!(unknown.err.contains("weight_sum"), "{}", unknown.err);
}
