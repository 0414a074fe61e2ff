//! The text of the lines of a log: blocks of each container's own, packed as soon as they are full.
//! Apart from the index of lines, which knows order, times and levels: most of a log is never looked at again, and a block
//! that is packed takes a fifth of its room or less and is read again in microseconds.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::log::{LogLine, LogSource, Tint};

/// Bytes from which on a block is full.
const BLOCK: usize = 64 << 10;

/// Where the text of a line begins.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Spot {
    /// The number of its block.
    block: u32,
    /// The byte in it.
    from: u32,
}

/// Texts of all lines that are kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Texts {
    /// From the `first`th on; one of which no line is left is none.
    blocks: VecDeque<Option<Block>>,
    first: u32,
    /// Containers by their numbers.
    sources: Vec<Source>,
    numbers: BTreeMap<Arc<LogSource>, u32>,
    bytes: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Source {
    name: Arc<LogSource>,
    /// The block its next line goes into.
    open: Option<u32>,
}

/// Lines of one container, one after the other, each with its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Block {
    source: u32,
    body: Body,
    /// Lines in it that are kept.
    kept: u32,
    /// Colours of lines that have some, by the byte the line begins at.
    tints: Vec<(u32, Arc<[Tint]>)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Body {
    Open(String),
    Packed { packed: Box<[u8]>, len: usize },
}

impl Body {
    fn room(&self) -> usize {
        match self {
            Self::Open(text) => text.len(),
            Self::Packed { packed, .. } => packed.len(),
        }
    }

    /// What was packed; it was packed here, so that it can be unpacked.
    fn unpacked(packed: &[u8], len: usize) -> String {
        let text = lz4_flex::block::decompress(packed, len).unwrap_or_default();
        String::from_utf8(text).unwrap_or_default()
    }
}

impl Texts {
    /// Bytes they take.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Keeps the text of a line.
    pub(super) fn push(&mut self, line: &LogLine) -> Spot {
        let source = self.number(&line.source);
        let number = self.open(source);
        let at = (number - self.first) as usize;
        let Some(Some(block)) = self.blocks.get_mut(at) else {
            // What is open is there.
            return Spot {
                block: number,
                from: 0,
            };
        };
        let mut from = 0;
        if let Body::Open(text) = &mut block.body {
            from = text.len();
            // A line has no end inside; where one had, it would be two.
            let pieces = line.text.split('\n').enumerate();
            for (at, piece) in pieces {
                text.push_str(if at > 0 { " " } else { "" });
                text.push_str(piece);
            }
            text.push('\n');
            self.bytes += text.len() - from;
        }
        let from = u32::try_from(from).unwrap_or(u32::MAX);
        block.kept += 1;
        block
            .tints
            .extend(line.tints.clone().map(|tints| (from, tints)));
        if block.body.room() >= BLOCK {
            self.bytes -= block.body.room();
            block.pack();
            self.bytes += block.body.room();
            self.sources[source as usize].open = None;
        }
        Spot {
            block: number,
            from,
        }
    }

    fn number(&mut self, source: &Arc<LogSource>) -> u32 {
        if let Some(number) = self.numbers.get(source) {
            return *number;
        }
        let number = self.sources.len() as u32;
        self.sources.push(Source {
            name: source.clone(),
            open: None,
        });
        self.numbers.insert(source.clone(), number);
        number
    }

    /// The number of the block that takes a container's next line.
    fn open(&mut self, source: u32) -> u32 {
        if let Some(open) = self.sources[source as usize].open {
            return open;
        }
        let number = self.first + self.blocks.len() as u32;
        self.blocks.push_back(Some(Block {
            source,
            body: Body::Open(String::new()),
            kept: 0,
            tints: Vec::new(),
        }));
        self.sources[source as usize].open = Some(number);
        number
    }

    /// A line is let go; its block goes with the last one.
    pub(super) fn release(&mut self, spot: Spot) {
        let Some(slot) = self.blocks.get_mut((spot.block - self.first) as usize) else {
            return;
        };
        let Some(block) = slot else {
            return;
        };
        block.kept -= 1;
        if block.kept > 0 {
            return;
        }
        self.bytes -= block.body.room();
        let open = &mut self.sources[block.source as usize].open;
        if *open == Some(spot.block) {
            *open = None;
        }
        *slot = None;
        while matches!(self.blocks.front(), Some(None)) {
            self.blocks.pop_front();
            self.first += 1;
        }
    }

    /// The container a line is of.
    pub(super) fn source(&self, spot: Spot) -> Option<&Arc<LogSource>> {
        let block = self.block(spot)?;
        Some(&self.sources[block.source as usize].name)
    }

    fn block(&self, spot: Spot) -> Option<&Block> {
        let at = spot.block.checked_sub(self.first)? as usize;
        self.blocks.get(at)?.as_ref()
    }

    /// Reads lines; of each container in order it unpacks every block once.
    pub(super) fn reader(&self) -> Reader<'_> {
        Reader {
            texts: self,
            unpacked: Vec::new(),
        }
    }
}

impl Block {
    fn pack(&mut self) {
        if let Body::Open(text) = &self.body {
            self.body = Body::Packed {
                packed: lz4_flex::block::compress(text.as_bytes()).into(),
                len: text.len(),
            };
        }
    }
}

/// Reads texts, and keeps the block of each container that was read last.
pub(super) struct Reader<'t> {
    texts: &'t Texts,
    unpacked: Vec<Option<(u32, String)>>,
}

impl Reader<'_> {
    /// The text of a line.
    pub(super) fn text(&mut self, spot: Spot) -> &str {
        let Some(block) = self.texts.block(spot) else {
            return "";
        };
        let whole = match &block.body {
            Body::Open(text) => text,
            Body::Packed { packed, len } => {
                let source = block.source as usize;
                if self.unpacked.len() <= source {
                    self.unpacked.resize_with(source + 1, || None);
                }
                let slot = &mut self.unpacked[source];
                let same = matches!(slot, Some((number, _)) if *number == spot.block);
                if !same {
                    *slot = Some((spot.block, Body::unpacked(packed, *len)));
                }
                match slot {
                    Some((_, text)) => text,
                    None => return "",
                }
            }
        };
        let rest = whole.get(spot.from as usize..).unwrap_or_default();
        let end = memchr::memchr(b'\n', rest.as_bytes());
        &rest[..end.unwrap_or(rest.len())]
    }

    /// Colours of a line.
    pub(super) fn tints(&self, spot: Spot) -> Option<&Arc<[Tint]>> {
        let tints = &self.texts.block(spot)?.tints;
        let at = tints.binary_search_by_key(&spot.from, |(from, _)| *from);
        Some(&tints[at.ok()?].1)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::model::hue::Hue;

    fn line(step: &str, text: &str) -> LogLine {
        let source = LogSource {
            step: step.into(),
            pod: step.into(),
            container: "main".into(),
        };
        LogLine::new(None, source.into(), text)
    }

    #[test]
    fn a_log_of_many_blocks_takes_little_room_and_comes_back_line_by_line() {
        let mut texts = Texts::default();
        let text = |n: usize| format!("INFO line {n:06} GET /orders/{} 200", n * 7 % 9_973);
        let spots: Vec<Spot> = (0..20_000)
            .map(|n| texts.push(&line(["a", "b"][n % 2], &text(n))))
            .collect();
        let whole: usize = (0..20_000).map(|n| text(n).len()).sum();
        assert!(texts.bytes() * 2 < whole, "{} of {whole}", texts.bytes());
        let mut reader = texts.reader();
        for (n, spot) in spots.iter().enumerate() {
            assert_eq!(reader.text(*spot), text(n));
        }
        assert_eq!(&*texts.source(spots[7]).unwrap().step, "b");
        for spot in spots {
            texts.release(spot);
        }
        assert_eq!((texts.bytes(), texts.blocks.len()), (0, 0));
        let again = texts.push(&line("a", "again"));
        assert_eq!(texts.reader().text(again), "again");
    }

    #[test]
    fn colours_stay_with_their_line() {
        let mut texts = Texts::default();
        let tint = Tint {
            from: 0,
            to: 1,
            hue: Hue::Red,
        };
        let plain = texts.push(&line("a", "plain"));
        let mut tinted = line("a", "tinted");
        tinted.tints = Some([tint].into());
        let spot = texts.push(&tinted);
        let reader = texts.reader();
        assert_eq!(reader.tints(spot), tinted.tints.as_ref());
        assert_eq!(reader.tints(plain), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn whatever_is_let_go_the_rest_stays(
            lines in prop::collection::vec((0..3_usize, "[a-zé\\n日]{0,3}", 0..1_000_usize), 1..200),
            gone in prop::collection::vec(any::<bool>(), 200),
        ) {
            let mut texts = Texts::default();
            let lines: Vec<LogLine> = lines
                .iter()
                .map(|(step, text, times)| line(["a", "b", "c"][*step], &text.repeat(*times)))
                .collect();
            let spots: Vec<Spot> = lines.iter().map(|line| texts.push(line)).collect();
            for (spot, _) in spots.iter().zip(&gone).filter(|(_, gone)| **gone) {
                texts.release(*spot);
            }
            let mut reader = texts.reader();
            for ((line, spot), _) in lines.iter().zip(&spots).zip(&gone).filter(|(_, gone)| !**gone) {
                prop_assert_eq!(reader.text(*spot), line.text.replace('\n', " "));
                prop_assert_eq!(texts.source(*spot), Some(&line.source));
            }
        }
    }
}
