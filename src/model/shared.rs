//! Lists that many records have in common.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

/// A list that does not change, put into JSON once for all the records that hold it.
#[derive(Debug)]
pub struct Shared<T>(Option<Arc<Listed<T>>>);

#[derive(Debug)]
struct Listed<T> {
    items: Vec<T>,
    json: Option<Box<RawValue>>,
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Deref for Shared<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.0.as_ref().map(|listed| listed.items.as_slice()).unwrap_or_default()
    }
}

impl<T: Serialize> From<Vec<T>> for Shared<T> {
    fn from(items: Vec<T>) -> Self {
        if items.is_empty() {
            return Self::default();
        }
        let json = to_raw_value(&items).ok();
        Self(Some(Arc::new(Listed { items, json })))
    }
}

impl<T: Serialize> Serialize for Shared<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_ref().and_then(|listed| listed.json.as_ref()) {
            Some(json) => json.serialize(serializer),
            None => serializer.collect_seq(self.iter()),
        }
    }
}

impl<T: JsonSchema> JsonSchema for Shared<T> {
    fn inline_schema() -> bool {
        Vec::<T>::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        Vec::<T>::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        Vec::<T>::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Vec::<T>::json_schema(generator)
    }
}

/// The lists that the rows of a table make, by the rows that hold: of the many there might be only a few ever come up.
#[derive(Debug)]
pub struct Lists<T>(BTreeMap<u32, Shared<T>>);

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Serialize> Lists<T> {
    /// The list of those rows (at most 32 are looked at) that hold.
    pub fn of<Row>(
        &mut self,
        rows: &[Row],
        holds: impl Fn(&Row) -> bool,
        item: impl Fn(&Row) -> T,
    ) -> Shared<T> {
        let all = || (0..u32::BITS).map(|bit| 1 << bit).zip(rows);
        let held = all().filter(|(_, row)| holds(row)).fold(0_u32, |held, (bit, _)| held | bit);
        let made = || all().filter(|(bit, _)| held & bit != 0).map(|(_, row)| item(row)).collect::<Vec<_>>();
        self.0.entry(held).or_insert_with(|| made().into()).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_holds_what_its_rows_say_and_is_the_same_json_as_a_plain_one() {
        let mut lists = Lists::default();
        for wanted in [&[][..], &[2], &[1, 3], &[1, 2, 3], &[1, 3]] {
            let list: Shared<u8> = lists.of(&[1, 2, 3], |row| wanted.contains(row), |row| *row);
            assert_eq!(&*list, wanted);
            assert_eq!(serde_json::to_string(&list).unwrap(), serde_json::to_string(wanted).unwrap());
        }
        assert_eq!(lists.0.len(), 4, "one for each that came up");
    }
}
