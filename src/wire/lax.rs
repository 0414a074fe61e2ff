//! Single values that take whatever JSON they meet: text, number, flag, right or wrong.
//! Apart from the shapes of Argo, because leniency is one rule: a wrong type is noted, never an error, and never allocated.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Text borrowed from the input where it has no escapes. Numbers and booleans count as their text; null as absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text<'a>(Found<'a>);

/// What stood there. One word of tag inside the text's own three: a node has a dozen of these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Found<'a> {
    #[default]
    Nothing,
    Text(Cow<'a, str>),
    Wrong,
}

impl<'a> Text<'a> {
    /// The text, where there is one.
    pub fn get(&self) -> Option<&str> {
        match &self.0 {
            Found::Text(text) => Some(text),
            Found::Nothing | Found::Wrong => None,
        }
    }

    /// The text, where there is one and it is not empty.
    pub fn filled(&self) -> Option<&str> {
        self.get().filter(|text| !text.is_empty())
    }

    /// The text, or `""`.
    pub fn or_empty(&self) -> &str {
        self.get().unwrap_or("")
    }

    /// A list or an object stood where text belongs.
    pub fn is_wrong(&self) -> bool {
        matches!(self.0, Found::Wrong)
    }

    fn of(value: impl Into<Cow<'a, str>>) -> Self {
        Self(Found::Text(value.into()))
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self::of(text)
    }
}

/// A whole number; text that holds one counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Number(Option<u64>);

impl Number {
    /// The number, where there is one.
    pub fn get(self) -> Option<u64> {
        self.0
    }
}

/// Yes or no; the texts `true` and `false` count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flag(Option<bool>);

impl Flag {
    /// True only where `true` stood.
    pub fn is_set(self) -> bool {
        self.0 == Some(true)
    }

    /// What stood there; `None` where neither did.
    pub fn said(self) -> Option<bool> {
        self.0
    }
}

/// Whether anything but null stood here. Nothing of it is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Present(bool);

impl Present {
    /// Something stood here.
    pub fn is_set(self) -> bool {
        self.0
    }
}

pub(super) fn drain_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<(), A::Error> {
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

pub(super) fn drain_seq<'de, A: SeqAccess<'de>>(mut seq: A) -> Result<(), A::Error> {
    while seq.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

/// The visitor methods for the scalar types, each mapped to one expression.
macro_rules! scalars {
    ($value:ty, $text:ident => $on_text:expr, $number:ident => $on_number:expr, $flag:ident => $on_flag:expr, $on_null:expr) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("any JSON value")
        }
        fn visit_str<E>(self, $text: &str) -> Result<$value, E> {
            Ok($on_text)
        }
        fn visit_u64<E>(self, $number: u64) -> Result<$value, E> {
            Ok($on_number)
        }
        fn visit_i64<E>(self, $number: i64) -> Result<$value, E> {
            Ok($on_number)
        }
        fn visit_f64<E>(self, $number: f64) -> Result<$value, E> {
            Ok($on_number)
        }
        fn visit_bool<E>(self, $flag: bool) -> Result<$value, E> {
            Ok($on_flag)
        }
        fn visit_unit<E>(self) -> Result<$value, E> {
            Ok($on_null)
        }
    };
}

pub(super) use scalars;

struct TextVisitor<'a>(PhantomData<&'a ()>);

impl<'de: 'a, 'a> Visitor<'de> for TextVisitor<'a> {
    type Value = Text<'a>;
    scalars!(Text<'a>, text => Text::of(text.to_owned()), number => Text::of(number.to_string()), flag => Text::of(flag.to_string()), Text::default());
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'a>, E> {
        Ok(Text::of(text))
    }
    fn visit_string<E>(self, text: String) -> Result<Text<'a>, E> {
        Ok(Text::of(text))
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Text<'a>, A::Error> {
        drain_map(map)?;
        Ok(Text(Found::Wrong))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Text<'a>, A::Error> {
        drain_seq(seq)?;
        Ok(Text(Found::Wrong))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor(PhantomData))
    }
}

struct NumberVisitor;

impl<'de> Visitor<'de> for NumberVisitor {
    type Value = Number;
    scalars!(Number, text => Number(text.parse().ok()), number => Number(whole(number)), _flag => Number(None), Number(None));
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Number, A::Error> {
        drain_map(map)?;
        Ok(Number(None))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Number, A::Error> {
        drain_seq(seq)?;
        Ok(Number(None))
    }
}

/// A number as a whole one: through its text, which is exact for integers and refuses fractions and negatives.
fn whole(number: impl ToString) -> Option<u64> {
    number.to_string().parse().ok()
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor)
    }
}

struct FlagVisitor;

impl<'de> Visitor<'de> for FlagVisitor {
    type Value = Flag;
    scalars!(Flag, text => Flag(text.parse().ok()), _number => Flag(None), flag => Flag(Some(flag)), Flag(None));
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Flag, A::Error> {
        drain_map(map)?;
        Ok(Flag(None))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Flag, A::Error> {
        drain_seq(seq)?;
        Ok(Flag(None))
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FlagVisitor)
    }
}

struct PresentVisitor;

impl<'de> Visitor<'de> for PresentVisitor {
    type Value = Present;
    scalars!(Present, _text => Present(true), _number => Present(true), _flag => Present(true), Present(false));
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Present, A::Error> {
        drain_map(map)?;
        Ok(Present(true))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Present, A::Error> {
        drain_seq(seq)?;
        Ok(Present(true))
    }
}

impl<'de> Deserialize<'de> for Present {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PresentVisitor)
    }
}
