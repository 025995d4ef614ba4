//! CMaps that a file carries itself: ToUnicode, and embedded encodings of composite fonts.
//! In: the decoded bytes of a CMap stream. Out: ranges that can be looked up. Never: expands a range; fails as a whole because
//! of one bad line.

use super::decode::hex_digit;

/// Ranges looked at behind the one that starts nearest, where ranges overlap.
const MAX_OVERLAP: usize = 16;

/// A parsed CMap.
#[derive(Debug, Clone, Default)]
pub(super) struct CMapFile {
    /// Codespace ranges: number of bytes, lowest and highest code.
    pub(super) codespaces: Vec<(u8, u32, u32)>,
    /// Codes to CIDs.
    cids: Vec<CidRange>,
    /// Codes to Unicode.
    pub(super) unicode: UnicodeMap,
    /// Name of the CMap it builds on.
    pub(super) base: Option<Vec<u8>>,
    /// Written from top to bottom.
    pub(super) vertical: Option<bool>,
}

#[derive(Debug, Clone, Copy)]
struct CidRange {
    n_bytes: u8,
    start: u32,
    end: u32,
    cid: u32,
}

/// Codes to Unicode, as ranges sorted by their first code.
#[derive(Debug, Clone, Default)]
pub(super) struct UnicodeMap {
    ranges: Vec<UnicodeRange>,
    /// UTF-16 code units that the ranges refer to.
    units: Vec<u16>,
}

#[derive(Debug, Clone, Copy)]
struct UnicodeRange {
    start: u32,
    end: u32,
    offset: u32,
    len: u16,
}

impl UnicodeMap {
    /// Whether it maps nothing at all.
    pub(super) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Appends the characters of `code` to `out`; false where it has none or they are no valid UTF-16.
    pub(super) fn lookup(&self, code: u32, out: &mut Vec<char>) -> bool {
        let after = self.ranges.partition_point(|range| range.start <= code);
        let from = after.saturating_sub(MAX_OVERLAP);
        let Some(range) = self.ranges[from..after]
            .iter()
            .rev()
            .find(|range| code <= range.end)
        else {
            return false;
        };
        let start = range.offset as usize;
        let Some((last, head)) = self
            .units
            .get(start..start + usize::from(range.len))
            .and_then(<[u16]>::split_last)
        else {
            return false;
        };
        let Ok(step) = u16::try_from(code - range.start) else {
            return false;
        };
        let Some(last) = last.checked_add(step) else {
            return false;
        };
        let n_before = out.len();
        for unit in char::decode_utf16(head.iter().copied().chain([last])) {
            match unit {
                Ok(ch) => out.push(ch),
                Err(_) => {
                    out.truncate(n_before);
                    return false;
                }
            }
        }
        out.len() > n_before
    }

    /// The codes that stand for one character of Latin-1, ranges by their first code.
    pub(super) fn latin_codes(&self) -> impl Iterator<Item = (u32, char)> + '_ {
        self.ranges
            .iter()
            .filter(|range| range.len == 1)
            .filter_map(|range| {
                let unit = self.units.get(range.offset as usize)?;
                u8::try_from(*unit)
                    .ok()
                    .map(|byte| (range.start, char::from(byte)))
            })
    }

    fn push(&mut self, start: u32, end: u32, target: &[u8]) {
        // Some producers write a single byte; it stands for the low half of a code unit.
        let n_units = target.len().div_ceil(2);
        let (Ok(offset), Ok(len)) = (u32::try_from(self.units.len()), u16::try_from(n_units))
        else {
            return;
        };
        if end < start || len == 0 {
            return;
        }
        let (odd, pairs) = target.split_at(target.len() % 2);
        self.units.extend(odd.iter().map(|&byte| u16::from(byte)));
        self.units.extend(
            pairs
                .chunks_exact(2)
                .map(|pair| u16::from_be_bytes([pair[0], pair[1]])),
        );
        self.ranges.push(UnicodeRange {
            start,
            end,
            offset,
            len,
        });
    }
}

impl CMapFile {
    /// Parses a CMap; what cannot be understood is passed over.
    pub(super) fn parse(data: &[u8]) -> Self {
        let mut cmap = Self::default();
        let mut lexer = Lexer { rest: data };
        let mut operands: Vec<Token> = Vec::new();
        let mut section = Section::None;
        while let Some(token) = lexer.next() {
            match token {
                Token::Word(word) => {
                    section = cmap.operator(word, &operands, section);
                    operands.clear();
                }
                other => {
                    operands.push(other);
                    if section == Section::None {
                        // Only the last operands of an operator outside sections are of interest.
                        if operands.len() > 8 {
                            operands.remove(0);
                        }
                    } else if cmap.entry(section, &operands) {
                        operands.clear();
                    }
                }
            }
        }
        cmap.cids.sort_by_key(|range| (range.n_bytes, range.start));
        cmap.unicode.ranges.sort_by_key(|range| range.start);
        cmap
    }

    /// The CID of a code that was `n_bytes` long.
    pub(super) fn cid(&self, code: u32, n_bytes: u8) -> Option<u32> {
        let after = self
            .cids
            .partition_point(|range| (range.n_bytes, range.start) <= (n_bytes, code));
        let from = after.saturating_sub(MAX_OVERLAP);
        let range = self.cids[from..after]
            .iter()
            .rev()
            .find(|range| range.n_bytes == n_bytes && code <= range.end)?;
        range.cid.checked_add(code - range.start)
    }

    fn operator(&mut self, word: &[u8], operands: &[Token<'_>], section: Section) -> Section {
        match word {
            b"begincodespacerange" => Section::Codespace,
            b"begincidrange" => Section::CidRange,
            b"begincidchar" => Section::CidChar,
            b"beginbfrange" => Section::BfRange,
            b"beginbfchar" => Section::BfChar,
            b"beginnotdefrange" | b"beginnotdefchar" => Section::Ignored,
            b"usecmap" => {
                if let Some(Token::Name(name)) = operands.last() {
                    self.base = Some(name.to_vec());
                }
                Section::None
            }
            b"def" => {
                if let [.., Token::Name(b"WMode"), Token::Number(mode)] = operands {
                    self.vertical = Some(*mode == 1);
                }
                Section::None
            }
            _ if word.starts_with(b"end") => Section::None,
            _ => section,
        }
    }

    /// Takes one entry of a section; false where it is not complete yet.
    fn entry(&mut self, section: Section, operands: &[Token<'_>]) -> bool {
        match (section, operands) {
            (Section::Codespace, [Token::Hex(low), Token::Hex(high)]) => {
                if let (Some((n_bytes, low)), Some((_, high))) = (code(low), code(high)) {
                    self.codespaces.push((n_bytes, low, high));
                }
                true
            }
            (Section::CidRange, [Token::Hex(start), Token::Hex(end), Token::Number(cid)]) => {
                if let (Some((n_bytes, start)), Some((_, end)), Ok(cid)) =
                    (code(start), code(end), u32::try_from(*cid))
                {
                    self.cids.push(CidRange {
                        n_bytes,
                        start,
                        end,
                        cid,
                    });
                }
                true
            }
            (Section::CidChar, [Token::Hex(at), Token::Number(cid)]) => {
                if let (Some((n_bytes, at)), Ok(cid)) = (code(at), u32::try_from(*cid)) {
                    self.cids.push(CidRange {
                        n_bytes,
                        start: at,
                        end: at,
                        cid,
                    });
                }
                true
            }
            (Section::BfChar, [Token::Hex(at), Token::Hex(target)]) => {
                if let Some((_, at)) = code(at) {
                    self.unicode.push(at, at, target);
                }
                true
            }
            (Section::BfChar, [Token::Hex(_), Token::Name(_)]) => true,
            (Section::BfRange, [Token::Hex(start), Token::Hex(end), Token::Hex(target)]) => {
                if let (Some((_, start)), Some((_, end))) = (code(start), code(end)) {
                    self.unicode.push(start, end, target);
                }
                true
            }
            (
                Section::BfRange,
                [
                    Token::Hex(start),
                    Token::Hex(end),
                    Token::Open,
                    targets @ ..,
                    Token::Close,
                ],
            ) => {
                if let (Some((_, start)), Some((_, end))) = (code(start), code(end)) {
                    for (at, target) in (start..=end).zip(targets) {
                        if let Token::Hex(target) = target {
                            self.unicode.push(at, at, target);
                        }
                    }
                }
                true
            }
            (Section::BfRange, [Token::Hex(_), Token::Hex(_), Token::Open, ..]) => false,
            (Section::Ignored, _) => true,
            // Something that is no entry: begin anew with the next token.
            _ => operands.len() >= 3,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    None,
    Codespace,
    CidRange,
    CidChar,
    BfRange,
    BfChar,
    Ignored,
}

/// Number of bytes and value of a code of one to four bytes.
fn code(bytes: &[u8]) -> Option<(u8, u32)> {
    if bytes.is_empty() || bytes.len() > 4 {
        return None;
    }
    let n_bytes = u8::try_from(bytes.len()).ok()?;
    Some((
        n_bytes,
        bytes
            .iter()
            .fold(0, |value, &byte| value << 8 | u32::from(byte)),
    ))
}

#[derive(Debug, Clone)]
enum Token<'a> {
    Hex(Vec<u8>),
    Name(&'a [u8]),
    Number(i64),
    Word(&'a [u8]),
    Open,
    Close,
}

struct Lexer<'a> {
    rest: &'a [u8],
}

impl<'a> Lexer<'a> {
    fn take_while(&mut self, keep: impl Fn(u8) -> bool) -> &'a [u8] {
        let n = self
            .rest
            .iter()
            .position(|&byte| !keep(byte))
            .unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(n);
        self.rest = rest;
        taken
    }

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            self.take_while(|byte| byte.is_ascii_whitespace() || byte == 0);
            let (&first, tail) = self.rest.split_first()?;
            match first {
                b'%' => {
                    self.take_while(|byte| byte != b'\n' && byte != b'\r');
                }
                b'<' if tail.first() != Some(&b'<') => {
                    self.rest = tail;
                    let digits = self.take_while(|byte| byte != b'>');
                    self.rest = self.rest.get(1..).unwrap_or_default();
                    return Some(Token::Hex(hex_bytes(digits)));
                }
                b'/' => {
                    self.rest = tail;
                    return Some(Token::Name(self.take_while(is_regular)));
                }
                b'[' => {
                    self.rest = tail;
                    return Some(Token::Open);
                }
                b']' => {
                    self.rest = tail;
                    return Some(Token::Close);
                }
                b'(' => self.skip_string(),
                _ if is_regular(first) => {
                    let word = self.take_while(is_regular);
                    let number = std::str::from_utf8(word)
                        .ok()
                        .and_then(|text| text.parse().ok());
                    return Some(number.map_or(Token::Word(word), Token::Number));
                }
                b'<' => self.rest = &tail[1..],
                // `>>`, braces and stray delimiters.
                _ => self.rest = tail,
            }
        }
    }

    fn skip_string(&mut self) {
        let mut depth = 0_usize;
        let mut escaped = false;
        let n = self.rest.iter().position(|&byte| {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        self.rest = n.and_then(|n| self.rest.get(n + 1..)).unwrap_or_default();
    }
}

fn is_regular(byte: u8) -> bool {
    !(byte.is_ascii_whitespace()
        || byte == 0
        || matches!(
            byte,
            b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%'
        ))
}

fn hex_bytes(digits: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(digits.len() / 2 + 1);
    let mut high = None;
    for digit in digits.iter().filter_map(|&byte| hex_digit(byte)) {
        match high.take() {
            None => high = Some(digit),
            Some(first) => out.push(first << 4 | digit),
        }
    }
    if let Some(first) = high {
        out.push(first << 4);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::CMapFile;

    fn check(cmap: &str, code: u32, expected: &str) {
        let mut chars = Vec::new();
        CMapFile::parse(cmap.as_bytes())
            .unicode
            .lookup(code, &mut chars);
        assert_eq!(chars.into_iter().collect::<String>(), expected);
    }

    #[test]
    fn range_counts_up() {
        check(
            "1 beginbfrange <0010> <0020> <9879> endbfrange",
            0x12,
            "\u{987B}",
        );
        check("1 beginbfrange <0010> <0020> <9879> endbfrange", 0x21, "");
    }

    #[test]
    fn range_with_array_names_each() {
        check(
            "1 beginbfrange <01> <03> [<9879> <76EE> <540D79F0>] endbfrange",
            3,
            "名称",
        );
    }

    #[test]
    fn surrogates_are_one_character() {
        check("1 beginbfchar <01> <D842DFB7> endbfchar", 1, "\u{20BB7}");
    }

    #[test]
    fn later_definition_wins() {
        check(
            "1 beginbfrange <00> <FF> <0041> endbfrange 1 beginbfchar <05> <9879> endbfchar",
            5,
            "项",
        );
        check(
            "1 beginbfrange <00> <FF> <0041> endbfrange 1 beginbfchar <05> <9879> endbfchar",
            6,
            "G",
        );
    }

    #[test]
    fn huge_range_stays_a_range() {
        let cmap = CMapFile::parse(b"1 beginbfrange <00000000> <FFFFFFFF> <0041> endbfrange 1 begincidrange <0000> <FFFF> 5 endcidrange");
        assert_eq!(cmap.unicode.ranges.len(), 1);
        assert_eq!(cmap.cid(0xFFFF, 2), Some(0x10004));
        assert_eq!(cmap.cid(7, 1), None);
    }

    #[test]
    fn rubbish_is_passed_over() {
        check("beginbfchar <zz> (x) <01> <9879> >> ] endbfchar", 1, "");
        check("foo [ << beginbfchar <01> <9879> endbfchar", 1, "项");
        CMapFile::parse(b"( ( <");
    }

    #[test]
    fn writing_mode_and_base_are_read() {
        let cmap = CMapFile::parse(
            b"/GBK-EUC-H usecmap /WMode 1 def 1 begincodespacerange <00> <80> endcodespacerange",
        );
        assert_eq!(
            (cmap.base.as_deref(), cmap.vertical),
            (Some(&b"GBK-EUC-H"[..]), Some(true))
        );
        assert_eq!(cmap.codespaces, [(1, 0, 0x80)]);
    }
}
