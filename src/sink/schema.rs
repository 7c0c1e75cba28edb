//! The JSON Schema (draft 2020-12) of a line of output, made from the record types themselves.

use std::io::{self, Write};

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{Schema, json_schema};
use serde_json::Value;

use crate::model::Record;

/// Writes the schema of a record, indented and ended by a line feed. It has no `$id`: the text is the same wherever it is
/// kept.
///
/// # Errors
/// What writing to `out` gives.
pub fn write(out: &mut dyn Write) -> io::Result<()> {
    let mut text = serde_json::to_vec_pretty(&schema())?;
    text.push(b'\n');
    out.write_all(&text)
}

fn schema() -> Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize().with_transform(AsWritten);
    let mut schema = settings.into_generator().into_root_schema_for::<Record>();
    schema.insert("title".into(), TITLE.into());
    schema.insert("description".into(), DESCRIPTION.into());
    schema
}

/// Makes the schema say what is written, where the derived one says what would be understood: a key without a value is left
/// out and never `null`, only formats of the standard are named, and `kind` is described.
#[derive(Clone)]
struct AsWritten;

impl Transform for AsWritten {
    fn transform(&mut self, schema: &mut Schema) {
        without_null(schema);
        with_standard_format(schema);
        if let Some(kind) = schema.pointer_mut("/properties/kind").and_then(Value::as_object_mut) {
            kind.insert("description".into(), KIND.into());
        }
        transform_subschemas(self, schema);
    }
}

fn without_null(schema: &mut Schema) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(choices)) = schema.get_mut("anyOf") {
        choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            schema.remove("anyOf");
            only.into_iter().for_each(|(key, value)| drop(schema.insert(key, value)));
        }
    }
}

fn with_standard_format(schema: &mut Schema) {
    let Some(format) = schema.get("format").and_then(Value::as_str) else { return };
    if format == "ip" {
        let Value::Object(choice) = Value::from(json_schema!({
            "anyOf": [{ "format": "ipv4" }, { "format": "ipv6" }]
        })) else {
            return;
        };
        schema.remove("format");
        choice.into_iter().for_each(|(key, value)| drop(schema.insert(key, value)));
    } else if format.starts_with("uint") || format.starts_with("int") {
        schema.remove("format");
    }
}

const TITLE: &str = "ntlmscope record";
const DESCRIPTION: &str = "One line of the output of ntlmscope. `kind` tells the kinds of records apart. A key whose value is \
                           not known is left out. A name here does not change its meaning; new keys may be added.";
const KIND: &str = "What the record is about.";

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;
    use serde_json::json;

    fn as_json() -> Value {
        let mut out = Vec::new();
        write(&mut out).unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    /// Calls `visit` with the path and the body of every object in `value`.
    fn walk(value: &Value, path: &str, visit: &mut dyn FnMut(&str, &serde_json::Map<String, Value>)) {
        match value {
            Value::Object(object) => {
                visit(path, object);
                object.iter().for_each(|(key, value)| walk(value, &format!("{path}/{key}"), visit));
            }
            Value::Array(values) => values.iter().for_each(|value| walk(value, path, visit)),
            _ => {}
        }
    }

    #[test]
    fn it_is_a_valid_schema_of_draft_2020_12() {
        assert_eq!(as_json()["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert!(as_json().get("$id").is_none());
        jsonschema::meta::validate(&as_json()).unwrap();
    }

    #[test]
    fn example_records_validate() {
        let validator = jsonschema::options().should_validate_formats(true).build(&as_json()).unwrap();
        for record in example::records() {
            let value = serde_json::to_value(&record).unwrap();
            validator.validate(&value).unwrap_or_else(|error| panic!("{error} in {value}"));
        }
    }

    #[test]
    fn wrong_records_do_not_validate() {
        let validator = jsonschema::options().should_validate_formats(true).build(&as_json()).unwrap();
        let auth = serde_json::to_value(&example::records()[0]).unwrap();
        let wrong: [(&str, Value); 9] = [
            ("/kind", json!("kdc")),
            ("/kind", json!("logon")),
            ("/id", json!("1234")),
            ("/client/ip", json!("10.0.0")),
            ("/client/port", json!(70000)),
            ("/carrier", json!("pigeon")),
            ("/ntlm/version", json!("ntlmv3")),
            ("/outcome/result", Value::Null),
            ("/ntlm/user", Value::Null),
        ];
        for (at, value) in wrong {
            let mut record = auth.clone();
            *record.pointer_mut(at).unwrap() = value.clone();
            assert!(!validator.is_valid(&record), "{at} may not be {value}");
        }
        for required in ["kind", "id", "ts", "frames", "source", "client", "server", "mechanism", "outcome"] {
            let mut record = auth.clone();
            record.as_object_mut().unwrap().remove(required).unwrap();
            assert!(!validator.is_valid(&record), "{required} is required");
        }
    }

    #[test]
    fn a_kind_of_record_is_told_by_its_constant() {
        let kinds: Vec<_> = as_json()["oneOf"]
            .as_array()
            .unwrap()
            .iter()
            .map(|kind| kind["properties"]["kind"]["const"].clone())
            .collect();
        assert_eq!(kinds, ["auth", "kdc", "alert", "opaque", "stats"]);
    }

    #[test]
    fn every_property_is_described_and_none_is_null() {
        let mut properties = 0;
        walk(&as_json(), "", &mut |path, object| {
            assert_ne!(object.get("type"), Some(&json!("null")), "{path}");
            if path.ends_with("/properties") {
                for (name, property) in object {
                    properties += 1;
                    assert!(property["description"].is_string(), "{path}/{name}");
                }
            }
        });
        assert!(properties > 80, "{properties}");
    }
}
