//! A few colours for many: those of the picture where they are few enough, else the means of its largest groups.
//! Apart from sixels, because it is about colours only.

use std::collections::HashMap;

use crate::model::picture::Picture;

/// Colours that every terminal with sixels has registers for.
pub(super) const MOST: usize = 256;
/// Bits of each part by which colours are told apart.
const BITS: u32 = 5;

/// Colours, and which of them each pixel is.
pub(super) struct Palette {
    pub(super) colours: Vec<[u8; 3]>,
    pub(super) pixels: Vec<u8>,
}

/// Pixels of one colour, or of colours that are as good as one.
#[derive(Clone, Copy, Default)]
struct Group {
    sums: [u64; 3],
    count: u64,
}

impl Group {
    fn mean(&self) -> [u8; 3] {
        let count = self.count.max(1);
        self.sums
            .map(|sum| u8::try_from(sum / count).unwrap_or(u8::MAX))
    }
}

fn key(pixel: [u8; 3]) -> usize {
    pixel
        .iter()
        .fold(0, |key, part| key << BITS | usize::from(part >> (8 - BITS)))
}

/// The palette of a picture.
pub(super) fn of(picture: &Picture) -> Palette {
    let (all, _) = picture.rgb().as_chunks::<3>();
    exact(all).unwrap_or_else(|| near(all))
}

fn exact(all: &[[u8; 3]]) -> Option<Palette> {
    let mut known: HashMap<[u8; 3], u8> = HashMap::new();
    let (mut colours, mut pixels) = (Vec::new(), Vec::with_capacity(all.len()));
    for pixel in all {
        let at = match known.get(pixel) {
            Some(at) => *at,
            None => {
                let at = u8::try_from(colours.len()).ok()?;
                known.insert(*pixel, at);
                colours.push(*pixel);
                at
            }
        };
        pixels.push(at);
    }
    Some(Palette { colours, pixels })
}

/// Median cut: the group that is spread widest, for as many pixels as it has, is cut in two until there are enough.
fn near(all: &[[u8; 3]]) -> Palette {
    let mut groups = vec![Group::default(); 1 << (3 * BITS)];
    for pixel in all {
        let group = &mut groups[key(*pixel)];
        group.count += 1;
        for (sum, part) in group.sums.iter_mut().zip(pixel) {
            *sum += u64::from(*part);
        }
    }
    let found: Vec<usize> = (0..groups.len())
        .filter(|at| groups[*at].count > 0)
        .collect();
    let mut boxes = vec![found];
    while boxes.len() < MOST {
        let worth = |keys: &Vec<usize>| match keys.len() {
            0 | 1 => 0,
            _ => widest(keys, &groups).1 * keys.iter().map(|at| groups[*at].count).sum::<u64>(),
        };
        let Some((at, _)) = (boxes.iter().map(worth).enumerate())
            .filter(|(_, worth)| *worth > 0)
            .max_by_key(|(_, worth)| *worth)
        else {
            break;
        };
        let mut keys = boxes.swap_remove(at);
        let (part, _) = widest(&keys, &groups);
        keys.sort_by_key(|at| groups[*at].mean()[part]);
        let half = keys.iter().map(|at| groups[*at].count).sum::<u64>() / 2;
        let mut seen = 0;
        let cut = keys.iter().position(|at| {
            seen += groups[*at].count;
            seen >= half
        });
        let cut = cut.map_or(1, |cut| cut + 1).clamp(1, keys.len() - 1);
        boxes.push(keys.split_off(cut));
        boxes.push(keys);
    }
    let (mut colours, mut of_key) = (Vec::new(), vec![0_u8; groups.len()]);
    for (number, keys) in boxes.iter().enumerate() {
        let mut sum = Group::default();
        for at in keys {
            // There are no more boxes than numbers.
            of_key[*at] = u8::try_from(number).unwrap_or(u8::MAX);
            sum.count += groups[*at].count;
            for (to, from) in sum.sums.iter_mut().zip(groups[*at].sums) {
                *to += from;
            }
        }
        colours.push(sum.mean());
    }
    let pixels = all.iter().map(|pixel| of_key[key(*pixel)]).collect();
    Palette { colours, pixels }
}

/// Which part of their colours is spread widest, and how wide.
fn widest(keys: &[usize], groups: &[Group]) -> (usize, u64) {
    let spread = |part: usize| {
        let parts = keys.iter().map(|at| groups[*at].mean()[part]);
        let (low, high) = parts.fold((u8::MAX, 0), |(low, high), part| {
            (low.min(part), high.max(part))
        });
        u64::from(high.saturating_sub(low))
    };
    let all = (0..3).map(|part| (part, spread(part)));
    all.max_by_key(|(_, spread)| *spread).unwrap_or((0, 0))
}
