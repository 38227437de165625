//! Overrides from the command line: `train.steps=100` replaces one field before the recipe is checked.

use toml::{Table, Value};

use crate::trainer::error::{Result, TrainError};

/// Sets the field named by a dotted path; a number in the path counts the entries of a list.
pub(super) fn apply(table: &mut Table, assignment: &str, file: &str) -> Result<()> {
    let fail = |message: &str| TrainError::Recipe {
        file: file.to_owned(),
        field: format!("override {assignment:?}"),
        message: message.to_owned(),
    };
    let (path, text) =
        assignment.split_once('=').ok_or_else(|| fail("write it as table.field=value"))?;
    let keys: Vec<&str> = path.trim().split('.').collect();
    let [parents @ .., field] = &keys[..] else {
        return Err(fail("write it as table.field=value"));
    };
    if parents.is_empty() || keys.iter().any(|key| key.is_empty()) {
        return Err(fail("name table and field, as train.steps=100"));
    }
    let mut place = table;
    let mut parents = parents.iter();
    while let Some(key) = parents.next() {
        let entry = place.entry(*key).or_insert_with(|| Value::Table(Table::new()));
        place = match entry {
            Value::Table(inner) => inner,
            Value::Array(list) => {
                let index = parents.next().and_then(|key| key.parse::<usize>().ok());
                let found =
                    index.and_then(|index| list.get_mut(index)).and_then(Value::as_table_mut);
                found.ok_or_else(|| {
                    fail("count the entries of the list from 0, as stage.0.steps=100")
                })?
            }
            _ => return Err(fail("the path leads into a field that is no table")),
        };
    }
    place.insert((*field).to_owned(), value(text.trim()));
    Ok(())
}

/// A TOML value; what is none is taken as a string, so that names need no quotes.
fn value(text: &str) -> Value {
    let parsed = toml::from_str::<Table>(&format!("value = {text}"));
    parsed
        .ok()
        .and_then(|mut table| table.remove("value"))
        .unwrap_or_else(|| Value::String(text.to_owned()))
}
