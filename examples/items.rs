//! tmp
fn main() {
    let g = jixiao::grammar::Grammars::load(&[]).unwrap();
    for p in std::env::args().skip(1) {
        let input = jixiao::acquire::read_file(std::path::Path::new(&p), &p, &Default::default()).value;
        let blocks = jixiao::layout::layout(&input.document.unwrap(), &Default::default()).value;
        print!("{}", jixiao::grammar::describe_items(&blocks, &g));
        for f in jixiao::grammar::recognise(&blocks, &g).value { println!("== {} {:?} {:?} {} fields {} rows residue {:?}", f.family, f.title.as_ref().map(|t| &t.text), f.lines, f.fields.len(), f.tables.iter().map(|t| t.rows.len()).sum::<usize>(), f.residue.iter().map(|r| &r.text).collect::<Vec<_>>()); }
    }
}
