//! Objects and lists that take whatever JSON they meet, as [`super::lax`] does for single values.
//! Apart from those, because these are read from the inside out.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::lax::{Text, drain_map, drain_seq, scalars};

/// An object of shape `T`, or nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Obj<T> {
    value: Option<T>,
    wrong: bool,
}

impl<T> Default for Obj<T> {
    fn default() -> Self {
        Self {
            value: None,
            wrong: false,
        }
    }
}

impl<T> Obj<T> {
    /// The object, where there is one.
    pub fn get(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// The object by value, where there is one.
    pub fn into_inner(self) -> Option<T> {
        self.value
    }

    /// Something else stood where an object belongs.
    pub fn is_wrong(&self) -> bool {
        self.wrong
    }
}

/// A list of `T`; what is not a list is an empty one.
#[derive(Clone, Debug, PartialEq)]
pub struct List<T> {
    items: Vec<T>,
    wrong: bool,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            wrong: false,
        }
    }
}

impl<T> List<T> {
    /// The items.
    pub fn get(&self) -> &[T] {
        &self.items
    }

    /// Something else stood where a list belongs.
    pub fn is_wrong(&self) -> bool {
        self.wrong
    }
}

/// An object read as pairs in the order they stand, so that duplicates stay visible.
#[derive(Clone, Debug, PartialEq)]
pub struct Pairs<'a, T> {
    items: Vec<(Text<'a>, T)>,
    present: bool,
    wrong: bool,
}

impl<T> Default for Pairs<'_, T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            present: false,
            wrong: false,
        }
    }
}

impl<'a, T> Pairs<'a, T> {
    /// Names and values.
    pub fn get(&self) -> &[(Text<'a>, T)] {
        &self.items
    }

    /// The value of the first pair of that name.
    pub fn find(&self, name: &str) -> Option<&T> {
        self.items
            .iter()
            .find(|(key, _)| key.get() == Some(name))
            .map(|(_, value)| value)
    }

    /// An object stood here, be it empty.
    pub fn is_present(&self) -> bool {
        self.present
    }

    /// Something else stood where an object belongs.
    pub fn is_wrong(&self) -> bool {
        self.wrong
    }
}

struct ObjVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjVisitor<T> {
    type Value = Obj<T>;
    scalars!(Obj<T>, _text => wrong_obj(), _number => wrong_obj(), _flag => wrong_obj(), Obj::default());
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Obj<T>, A::Error> {
        Ok(Obj {
            value: Some(T::deserialize(MapAccessDeserializer::new(map))?),
            wrong: false,
        })
    }
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Obj<T>, A::Error> {
        drain_seq(seq)?;
        Ok(wrong_obj())
    }
}

fn wrong_obj<T>() -> Obj<T> {
    Obj {
        value: None,
        wrong: true,
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Obj<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ObjVisitor(PhantomData))
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = List<T>;
    scalars!(List<T>, _text => wrong_list(), _number => wrong_list(), _flag => wrong_list(), List::default());
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List<T>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(List {
            items,
            wrong: false,
        })
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<List<T>, A::Error> {
        drain_map(map)?;
        Ok(wrong_list())
    }
}

fn wrong_list<T>() -> List<T> {
    List {
        items: Vec::new(),
        wrong: true,
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
}

struct PairsVisitor<'a, T>(PhantomData<(&'a (), T)>);

impl<'de: 'a, 'a, T: Deserialize<'de>> Visitor<'de> for PairsVisitor<'a, T> {
    type Value = Pairs<'a, T>;
    scalars!(Pairs<'a, T>, _text => wrong_pairs(), _number => wrong_pairs(), _flag => wrong_pairs(), Pairs::default());
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'a, T>, A::Error> {
        let mut items = Vec::new();
        while let Some(pair) = map.next_entry()? {
            items.push(pair);
        }
        Ok(Pairs {
            items,
            present: true,
            wrong: false,
        })
    }
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Pairs<'a, T>, A::Error> {
        drain_seq(seq)?;
        Ok(wrong_pairs())
    }
}

fn wrong_pairs<'a, T>() -> Pairs<'a, T> {
    Pairs {
        items: Vec::new(),
        present: false,
        wrong: true,
    }
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for Pairs<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PairsVisitor(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::wire::lax::{Flag, Number, Present};
    use serde::Deserialize as Derive;

    #[derive(Derive, Default, Debug, PartialEq)]
    #[serde(default)]
    struct Shape<'a> {
        #[serde(borrow)]
        text: Text<'a>,
        #[serde(borrow)]
        inner: Obj<Inner<'a>>,
        number: Number,
        flag: Flag,
        #[serde(borrow)]
        list: List<Text<'a>>,
        #[serde(borrow)]
        pairs: Pairs<'a, Text<'a>>,
        present: Present,
    }

    #[derive(Derive, Default, Debug, PartialEq)]
    #[serde(default)]
    struct Inner<'a> {
        #[serde(borrow)]
        name: Text<'a>,
    }

    #[test]
    fn any_type_is_taken_in_any_place() {
        let values = [
            "null",
            "1",
            "-1",
            "1.5",
            "\"3\"",
            "\"a\\nb\"",
            "true",
            "[1,[2,{\"a\":null}]]",
            "{\"name\":[{}],\"x\":{\"y\":[1]}}",
        ];
        for value in values {
            let json = format!(
                r#"{{"text":{value},"inner":{value},"number":{value},"flag":{value},"list":{value},"pairs":{value},"present":{value},"unknown":{value}}}"#
            );
            serde_json::from_str::<Shape<'_>>(&json).unwrap();
        }
    }

    #[test]
    fn numbers_count_as_text_and_text_as_numbers() {
        let shape: Shape<'_> =
            serde_json::from_str(r#"{"text":12,"number":"34","flag":"true","inner":7}"#).unwrap();
        assert_eq!(shape.text.get(), Some("12"));
        assert_eq!(shape.number.get(), Some(34));
        assert!(shape.flag.is_set());
        assert!(shape.inner.is_wrong());
    }

    #[test]
    fn plain_text_is_borrowed_from_the_input() {
        let json = r#"{"inner":{"name":"plain"}}"#;
        let shape: Shape<'_> = serde_json::from_str(json).unwrap();
        let inner = shape.inner.get().unwrap();
        let name = inner.name.get().unwrap();
        assert!(json.as_bytes().as_ptr_range().contains(&name.as_ptr()));
    }
}
