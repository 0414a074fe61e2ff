#![allow(clippy::unwrap_used)]

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, EntryType, Header};

use super::{Bytes, preview};
use crate::model::artifact::Packing;
use crate::model::preview::{ENTRIES, Kind, LINES, Preview, TEXT};

fn look(bytes: &[u8], name: &str) -> Preview {
    let bytes = Bytes {
        bytes,
        total: Some(bytes.len() as u64),
        whole: true,
    };
    preview(bytes, name, Packing::Tgz)
}

fn texts(preview: &Preview, kind: Kind) -> Vec<String> {
    let of = preview.lines.iter().filter(|line| line.kind == kind);
    of.map(|line| line.text.to_string()).collect()
}

fn packed(tar: Vec<u8>) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    out.write_all(&tar).unwrap();
    out.finish().unwrap()
}

/// A header whose name is written as it is: the library would not make what is made here.
fn header(name: &str, kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(0o644);
    header.set_cksum();
    header
}

fn archive(entries: &[(&str, EntryType, &str)]) -> Vec<u8> {
    let mut tar = Builder::new(Vec::new());
    for (name, kind, content) in entries {
        let is_link = matches!(kind, EntryType::Symlink | EntryType::Link);
        let size = if is_link { 0 } else { content.len() as u64 };
        let mut header = header(name, *kind, size);
        if is_link {
            header.set_link_name_literal(content).unwrap();
            header.set_cksum();
            tar.append(&header, std::io::empty()).unwrap();
        } else {
            tar.append(&header, content.as_bytes()).unwrap();
        }
    }
    packed(tar.into_inner().unwrap())
}

#[test]
fn one_file_in_an_archive_is_shown_as_that_file() {
    let bytes = archive(&[("report.json", EntryType::Regular, r#"{"a":1}"#)]);
    let seen = look(&bytes, "report.tgz");
    assert_eq!(texts(&seen, Kind::Note), ["report.json in an archive, 7 B"]);
    assert_eq!(texts(&seen, Kind::Text), ["{", "  \"a\": 1", "}"]);
}

#[test]
fn an_archive_is_listed_with_what_is_in_it() {
    let bytes = archive(&[
        ("dir/", EntryType::Directory, ""),
        ("dir/a.txt", EntryType::Regular, "abc"),
        ("dir/b c.txt", EntryType::Regular, "x"),
    ]);
    let seen = look(&bytes, "dir.tgz");
    let head = &texts(&seen, Kind::Head)[0];
    assert!(
        head.starts_with("3 entries, 2 files of 4 B, packed in "),
        "{head}"
    );
    assert_eq!(
        texts(&seen, Kind::Text),
        ["         3 B  dir/a.txt", "         1 B  dir/b c.txt"]
    );
    assert!(texts(&seen, Kind::Warning).is_empty());
}

/// What an archive must not do to whoever unpacks it is told of each entry; one file alone is not shown instead.
#[test]
fn what_would_harm_is_named() {
    for (name, kind, content, told) in [
        (
            "../../etc/cron",
            EntryType::Regular,
            "x",
            "out of the folder",
        ),
        ("/etc/passwd", EntryType::Regular, "x", "out of the folder"),
        ("a/../../b", EntryType::Regular, "x", "out of the folder"),
        ("..\\b", EntryType::Regular, "x", "out of the folder"),
        ("c:evil", EntryType::Regular, "x", "out of the folder"),
        ("link", EntryType::Symlink, "/etc", "a link can lead"),
        ("hard", EntryType::Link, "../x", "a link can lead"),
        ("dev", EntryType::Char, "", "it makes a device"),
        ("disk", EntryType::Block, "", "it makes a device"),
        ("pipe", EntryType::Fifo, "", "it makes a pipe"),
    ] {
        let seen = look(&archive(&[(name, kind, content)]), "x.tgz");
        let warnings = texts(&seen, Kind::Warning);
        assert!(warnings[0].contains(told), "{name}: {warnings:?}");
        assert!(
            warnings.len() == 2 && warnings[1].contains(name),
            "{warnings:?}"
        );
    }
}

#[test]
fn a_program_that_would_run_as_its_owner_is_named() {
    let mut tar = Builder::new(Vec::new());
    let mut header = header("sh", EntryType::Regular, 1);
    header.set_mode(0o4755);
    header.set_cksum();
    tar.append(&header, &b"x"[..]).unwrap();
    let seen = look(&packed(tar.into_inner().unwrap()), "x.tgz");
    assert!(texts(&seen, Kind::Warning)[0].contains("setuid"));
}

#[test]
fn a_link_and_what_goes_through_it_are_two_entries_and_nothing_is_written() {
    let bytes = archive(&[
        ("out", EntryType::Symlink, "/tmp"),
        ("out/tiphys-was-here", EntryType::Regular, "x"),
    ]);
    let seen = look(&bytes, "x.tgz");
    assert!(texts(&seen, Kind::Warning)[1].contains("out  (link to /tmp)"));
    assert!(!std::path::Path::new("/tmp/tiphys-was-here").exists());
}

#[test]
fn a_bomb_is_given_up_and_said_so() {
    // 1 GiB of zeros in 1 MiB, as one file of an archive that has another after it.
    let mut out = GzEncoder::new(Vec::new(), Compression::best());
    out.write_all(header("zeros", EntryType::Regular, 1 << 30).as_bytes())
        .unwrap();
    let zeros = vec![0_u8; 1 << 20];
    for _ in 0..128 {
        out.write_all(&zeros).unwrap();
    }
    let bytes = out.finish().unwrap();
    let began = std::time::Instant::now();
    let seen = look(&bytes, "bomb.tgz");
    assert!(
        texts(&seen, Kind::Warning)[0].contains("only its beginning"),
        "{:?}",
        seen.lines
    );
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
    // A gzip of a gzip: the inner one is not followed.
    let nested = packed(packed(vec![0; 1 << 20]));
    let seen = look(&nested, "x.gz");
    assert!(
        texts(&seen, Kind::Dim)[0].contains("no text"),
        "{:?}",
        seen.lines
    );
}

#[test]
fn many_entries_and_long_names_have_an_end() {
    let mut tar = Builder::new(Vec::new());
    for _ in 0..=ENTRIES {
        tar.append(&header("f", EntryType::Regular, 0), std::io::empty())
            .unwrap();
    }
    let seen = look(&packed(tar.into_inner().unwrap()), "x.tgz");
    assert!(texts(&seen, Kind::Warning)[0].contains("more than 10000 entries"));

    // The name of the next entry, claimed to be 4 GiB long (GNU `L`).
    let mut claims = header("././@LongLink", EntryType::GNULongName, 4 << 30)
        .as_bytes()
        .to_vec();
    claims.extend(vec![b'a'; 2048]);
    let seen = look(&packed(claims), "x.tgz");
    assert!(
        texts(&seen, Kind::Warning)[0].contains("only its beginning"),
        "{:?}",
        seen.lines
    );
}

/// What stands in PAX records counts, whatever the header before them says.
#[test]
fn records_that_rename_an_entry_are_believed_and_their_holes_named() {
    let told = |records: &[(&str, &str)], kind| {
        let mut tar = Builder::new(Vec::new());
        let records = records.iter().map(|(key, value)| (*key, value.as_bytes()));
        tar.append_pax_extensions(records).unwrap();
        tar.append(&header("harmless", kind, 1), &b"x"[..]).unwrap();
        let seen = look(&packed(tar.into_inner().unwrap()), "x.tgz");
        texts(&seen, Kind::Warning).join("\n")
    };
    let regular = EntryType::Regular;
    let up = told(&[("path", "../../up")], regular);
    assert!(
        up.contains("out of the folder") && up.contains("../../up"),
        "{up}"
    );
    let link = told(&[("linkpath", "/etc/shadow")], EntryType::Symlink);
    assert!(link.contains("link to /etc/shadow"), "{link}");
    let holes = told(
        &[
            ("GNU.sparse.major", "1"),
            ("GNU.sparse.name", "../holes"),
            ("GNU.sparse.realsize", "1099511627776"),
        ],
        regular,
    );
    assert!(
        holes.contains("out of the folder") && holes.contains("../holes  (sparse file)"),
        "{holes}"
    );
    let unnamed = told(&[("GNU.sparse.map", "0,1")], regular);
    assert!(unnamed.contains("larger than any disk"), "{unnamed}");
    // A size that is not there: what follows cannot be found.
    let claims = told(&[("size", "99999999999")], regular);
    assert!(claims.contains("only its beginning"), "{claims}");
}

#[test]
fn an_old_sparse_file_is_named_and_not_filled_up() {
    let mut sparse = header("holes", EntryType::GNUSparse, 512);
    let gnu = sparse.as_gnu_mut().unwrap();
    // 8 GiB of which one block is there.
    gnu.realsize.copy_from_slice(b"77777777777\0");
    gnu.sparse[0].offset.copy_from_slice(b"00000000000\0");
    gnu.sparse[0].numbytes.copy_from_slice(b"00000001000\0");
    sparse.set_cksum();
    let mut bytes = sparse.as_bytes().to_vec();
    bytes.extend([b'x'; 512]);
    bytes.extend([0; 1024]);
    let seen = look(&packed(bytes), "x.tgz");
    let warnings = texts(&seen, Kind::Warning).join("\n");
    assert!(!warnings.is_empty(), "{:?}", seen.lines);
}

#[test]
fn a_zip_of_very_many_entries_has_an_end_and_one_that_only_claims_them_too() {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let plain =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for at in 0..=ENTRIES {
        zip.start_file(format!("f{at}"), plain).unwrap();
    }
    let bytes = zip.finish().unwrap().into_inner();
    let seen = look(&bytes, "x.zip");
    let warnings = texts(&seen, Kind::Warning);
    assert!(
        warnings[0].contains("more than 10000 entries"),
        "{warnings:?}"
    );
    // The end of the directory says 65,534 entries where none is.
    let claims = b"PK\x05\x06\0\0\0\0\xfe\xff\xfe\xff\0\0\0\0\0\0\0\0\0\0";
    let seen = look(&[&b"PK\x03\x04"[..], claims].concat(), "x.zip");
    assert!(!texts(&seen, Kind::Warning).is_empty(), "{:?}", seen.lines);
}

#[test]
fn names_do_not_reach_the_terminal_as_they_are() {
    let bytes = archive(&[
        ("\u{1b}]0;x\u{7}", EntryType::Regular, "x"),
        ("b\u{202e}txt", EntryType::Regular, "x"),
    ]);
    let seen = look(&bytes, "x.tgz");
    let all = texts(&seen, Kind::Text).join("\n");
    assert!(all.contains("␛]0;x␇") && all.contains("b�txt"), "{all}");
}

#[test]
fn an_archive_that_breaks_off_is_listed_as_far_as_it_goes() {
    let mut tar = Builder::new(Vec::new());
    for n in 0..20_u8 {
        // Nothing that packs well.
        let content: Vec<u8> = (0..600_u32)
            .map(|at| (at * at / 7 + u32::from(n) * 31) as u8)
            .collect();
        let header = header(&format!("f{n}"), EntryType::Regular, 600);
        tar.append(&header, &content[..]).unwrap();
    }
    let bytes = packed(tar.into_inner().unwrap());
    let seen = look(&bytes[..bytes.len() / 2], "x.tgz");
    assert!(!texts(&seen, Kind::Warning).is_empty(), "{:?}", seen.lines);
    for cut in 0..bytes.len() {
        look(&bytes[..cut], "x.tgz");
    }
}

#[test]
fn a_zip_is_listed_and_its_claims_are_only_shown() {
    // One file, stored, `../evil.txt`, that claims to be 4 GiB − 1 (APPNOTE 4.3).
    let name = b"../evil.txt";
    let mut bytes = Vec::new();
    let fields = |out: &mut Vec<u8>| {
        out.extend([20, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        out.extend([0; 4]);
        out.extend(1_u32.to_le_bytes());
        out.extend(0xffff_fffe_u32.to_le_bytes());
        out.extend((name.len() as u16).to_le_bytes());
        out.extend([0, 0]);
    };
    bytes.extend(b"PK\x03\x04");
    fields(&mut bytes);
    bytes.extend(name);
    bytes.push(b'x');
    let directory = bytes.len() as u32;
    bytes.extend(b"PK\x01\x02\x14\x03");
    fields(&mut bytes);
    bytes.extend([0; 6]);
    bytes.extend((0o100_644_u32 << 16).to_le_bytes());
    bytes.extend(0_u32.to_le_bytes());
    bytes.extend(name);
    let length = bytes.len() as u32 - directory;
    bytes.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    bytes.extend(length.to_le_bytes());
    bytes.extend(directory.to_le_bytes());
    bytes.extend([0, 0]);
    let seen = look(&bytes, "x.zip");
    let warnings = texts(&seen, Kind::Warning);
    assert!(
        warnings[0].contains("out of the folder"),
        "{:?}",
        seen.lines
    );
    assert!(warnings[1].contains("4.0 GiB  ../evil.txt"), "{warnings:?}");
    for cut in 4..bytes.len() {
        look(&bytes[..cut], "x.zip");
    }
}

#[test]
fn a_long_text_is_cut_and_says_so() {
    let text = "0123456789abcde\n".repeat(TEXT / 16 + 100);
    let bytes = Bytes {
        bytes: text.as_bytes(),
        total: Some(20 << 20),
        whole: false,
    };
    let seen = preview(bytes, "x.log", Packing::Plain);
    assert_eq!(
        texts(&seen, Kind::Note),
        [
            "the first 1.0 MiB of 20.0 MiB; a download has all of it",
            "and 45536 more lines"
        ]
    );
    assert_eq!(texts(&seen, Kind::Text).len(), LINES);
}

#[test]
fn what_is_no_text_says_what_it_is() {
    let seen = look(&[0x89, b'P', b'N', b'G', 0, 1, 2], "a.png");
    assert_eq!(
        texts(&seen, Kind::Dim),
        ["a.png is no text, 7 B: download it to look at it"]
    );
    assert_eq!(texts(&look(b"", "x"), Kind::Dim), ["(empty)"]);
}

/// Objects that a controller and a store of Argo v4.1.2 made.
#[test]
fn recorded_objects_are_read() {
    // `report.tgz` as the executor wrote it: one file of 37 bytes.
    let seen = look(include_bytes!("data/report.tgz"), "report.tgz");
    assert!(
        texts(&seen, Kind::Note)[0].starts_with("report.txt in an archive"),
        "{:?}",
        seen.lines
    );
    let seen = look(include_bytes!("data/dir-tgz.tgz"), "dir-tgz.tgz");
    assert!(
        texts(&seen, Kind::Head)[0].contains("files of"),
        "{:?}",
        seen.lines
    );
    let seen = look(include_bytes!("data/zipped.zip"), "zipped.zip");
    assert!(
        texts(&seen, Kind::Head)[0].contains("files of"),
        "{:?}",
        seen.lines
    );
}
