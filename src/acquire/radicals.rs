//! Radicals and doubles that fonts hand out in place of ordinary ideographs.
//! In: a character. Out: the ideograph that it looks like. Never: touches an ideograph in use.
//!
//! The table is Unicode's property Equivalent_Unified_Ideograph (EquivalentUnifiedIdeograph.txt). NFKC covers the Kangxi
//! radicals alone. One entry differs: U+2F3E is 户, whose glyph it shares in the fonts for simplified Chinese, not 戶.

/// First character of [`SUPPLEMENT`].
const SUPPLEMENT_START: u32 = 0x2E80;
/// First character of [`KANGXI`].
const KANGXI_START: u32 = 0x2F00;

/// CJK radicals supplement, U+2E80–U+2EFF; U+0000 where there is no equivalent.
#[rustfmt::skip]
const SUPPLEMENT: [char; 128] = [
    '\0', '厂', '乛', '乚', '乙', '亻', '冂', '𠘨', '刀', '刂', '卜', '㔾', '小', '小', '兀', '尣',
    '尢', '𡯂', '巳', '幺', '彑', '彐', '忄', '心', '扌', '攵', '\0', '旡', '日', '月', '歺', '母',
    '民', '氵', '氺', '灬', '爫', '爫', '丬', '牛', '犭', '王', '𤴔', '目', '示', '礻', '𥫗', '糹',
    '纟', '罓', '罒', '㓁', '冗', '𦉫', '羊', '𦍌', '𦍋', '耂', '肀', '聿', '肉', '𦥑', '艹', '艹',
    '艹', '虎', '衤', '覀', '西', '见', '角', '𧢲', '讠', '贝', '𧾷', '车', '辶', '辶', '辶', '邑',
    '钅', '長', '镸', '长', '门', '𨸏', '阝', '雨', '青', '韦', '页', '风', '飞', '食', '𩙿', '飠',
    '饣', '𩠐', '马', '骨', '鬼', '鱼', '鸟', '卤', '麦', '黄', '黾', '斉', '齐', '歯', '齿', '竜',
    '龙', '龜', '亀', '龟', '\0', '\0', '\0', '\0', '\0', '\0', '\0', '\0', '\0', '\0', '\0', '\0',
];

/// Kangxi radicals, U+2F00–U+2FD5. Where fonts for simplified Chinese draw a radical (⼾ ⾭ ⿈) as the simplified
/// character, it is that character: 户 青 黄, not 戶 靑 黃.
#[rustfmt::skip]
const KANGXI: [char; 214] = [
    '一', '丨', '丶', '丿', '乙', '亅', '二', '亠', '人', '儿', '入', '八', '冂', '冖', '冫', '几',
    '凵', '刀', '力', '勹', '匕', '匚', '匸', '十', '卜', '卩', '厂', '厶', '又', '口', '囗', '土',
    '士', '夂', '夊', '夕', '大', '女', '子', '宀', '寸', '小', '尢', '尸', '屮', '山', '巛', '工',
    '己', '巾', '干', '幺', '广', '廴', '廾', '弋', '弓', '彐', '彡', '彳', '心', '戈', '户', '手',
    '支', '攴', '文', '斗', '斤', '方', '无', '日', '曰', '月', '木', '欠', '止', '歹', '殳', '毋',
    '比', '毛', '氏', '气', '水', '火', '爪', '父', '爻', '爿', '片', '牙', '牛', '犬', '玄', '玉',
    '瓜', '瓦', '甘', '生', '用', '田', '疋', '疒', '癶', '白', '皮', '皿', '目', '矛', '矢', '石',
    '示', '禸', '禾', '穴', '立', '竹', '米', '糸', '缶', '网', '羊', '羽', '老', '而', '耒', '耳',
    '聿', '肉', '臣', '自', '至', '臼', '舌', '舛', '舟', '艮', '色', '艸', '虍', '虫', '血', '行',
    '衣', '襾', '見', '角', '言', '谷', '豆', '豕', '豸', '貝', '赤', '走', '足', '身', '車', '辛',
    '辰', '辵', '邑', '酉', '釆', '里', '金', '長', '門', '阜', '隶', '隹', '雨', '青', '非', '面',
    '革', '韋', '韭', '音', '頁', '風', '飛', '食', '首', '香', '馬', '骨', '高', '髟', '鬥', '鬯',
    '鬲', '鬼', '魚', '鳥', '鹵', '鹿', '麥', '麻', '黄', '黍', '黑', '黹', '黽', '鼎', '鼓', '鼠',
    '鼻', '齊', '齒', '龍', '龜', '龠',
];

/// Folds a Kangxi radical, a radical of the supplement or a compatibility ideograph to its ideograph; any other
/// character comes back as it is.
///
/// Producers that write a glyph's first code point (Chromium does) also give U+3B35 for 胶: fonts for simplified Chinese
/// (Noto Sans CJK SC, Noto Serif CJK SC) draw both with one glyph.
#[must_use]
pub(super) fn fold_radical(ch: char) -> char {
    let code = ch as u32;
    let folded = match code {
        0x3B35 => '胶',
        0xF900..=0xFAFF | 0x2F800..=0x2FA1F => {
            let mut first = ch;
            unicode_normalization::char::decompose_canonical(ch, |c| first = c);
            first
        }
        0x2E80..=0x2EFF => SUPPLEMENT[(code - SUPPLEMENT_START) as usize],
        0x2F00..=0x2FD5 => KANGXI[(code - KANGXI_START) as usize],
        _ => return ch,
    };
    if folded == '\0' { ch } else { folded }
}

#[cfg(test)]
mod tests {
    use super::fold_radical;

    #[test]
    fn kangxi_radical_becomes_ideograph() {
        assert_eq!(fold_radical('\u{2F00}'), '一');
        assert_eq!(fold_radical('\u{2F6C}'), '目');
        assert_eq!(fold_radical('\u{2F3E}'), '户');
        assert_eq!(fold_radical('\u{2FD5}'), '龠');
    }

    #[test]
    fn radical_of_the_supplement_becomes_ideograph() {
        assert_eq!(fold_radical('\u{2EA0}'), '民');
        assert_eq!(fold_radical('\u{2ED3}'), '长');
    }

    #[test]
    fn doubles_become_the_ideograph_in_use() {
        assert_eq!(fold_radical('\u{3B35}'), '胶');
        assert_eq!(fold_radical('\u{F98E}'), '年');
    }

    #[test]
    fn other_characters_stay() {
        assert_eq!(fold_radical('\u{2E80}'), '\u{2E80}');
        assert_eq!(fold_radical('目'), '目');
    }
}
