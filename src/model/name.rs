//! Names for what is made, always the same for the same wish: an answer that is lost can be looked for by them.
//! Apart from the kinds, which have a beginning of their own.

/// Letters of a suffix.
pub const SUFFIX: usize = 5;

/// FNV-1a, 32 bits, over the bytes. Source: Noll, <http://www.isthe.com/chongo/tech/comp/fnv/>.
pub fn fnv1a32(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

/// Five letters and digits that follow from the seed.
pub fn suffix(seed: &str) -> String {
    let mut number = (u64::from(fnv1a32(seed)) << 20) ^ u64::from(fnv1a32(&format!("{seed}|")));
    let mut suffix = String::new();
    for _ in 0..SUFFIX {
        let digit = (number % 36) as u32;
        suffix.extend(char::from_digit(digit, 36));
        number /= 36;
    }
    suffix
}
