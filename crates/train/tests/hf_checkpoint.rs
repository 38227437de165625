//! Checkpoint folders: one saved by `transformers`, and crafted ones with one thing wrong each.

use noctule_train::hf::{
    BertConfig, Checkpoint, HfError, HiddenAct, HostTensor, Overwrite, Presence, canonical_name,
    tensor_table,
};
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tiny-bert")
}

fn fresh_folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hf").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Tensors as bytes, so that a test can spoil one of them.
type Raw = BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>;

/// The fixture's tensors under the names of its file.
fn raw() -> Raw {
    let checkpoint = Checkpoint::read(&fixture()).unwrap();
    let tensors = checkpoint.tensors.into_iter().map(|(name, HostTensor { shape, data })| {
        let prefix = if name.starts_with("classifier") { "" } else { "bert." };
        let bytes = data.iter().flat_map(|value| value.to_le_bytes()).collect();
        (format!("{prefix}{name}"), (Dtype::F32, shape, bytes))
    });
    tensors.collect()
}

fn safetensors_bytes(raw: &Raw) -> Vec<u8> {
    let views = raw.iter().map(|(name, (dtype, shape, bytes))| {
        (name, TensorView::new(*dtype, shape.clone(), bytes).unwrap())
    });
    safetensors::serialize(views, None).unwrap()
}

fn write_folder(name: &str, raw: &Raw) -> PathBuf {
    let folder = fresh_folder(name);
    fs::copy(fixture().join("config.json"), folder.join("config.json")).unwrap();
    fs::write(folder.join("model.safetensors"), safetensors_bytes(raw)).unwrap();
    folder
}

#[track_caller]
fn check_message(error: HfError, parts: &[&str]) {
    let message = error.to_string();
    assert!(!message.contains('\n'), "{message}");
    for part in parts {
        assert!(message.contains(part), "\"{part}\" is not in: {message}");
    }
}

/// Reads the fixture with `spoil` done to its tensors and expects an error of these parts.
#[track_caller]
fn check_tensors(name: &str, spoil: impl FnOnce(&mut Raw), parts: &[&str]) {
    let mut raw = raw();
    spoil(&mut raw);
    let folder = write_folder(name, &raw);
    check_message(Checkpoint::read(&folder).unwrap_err(), parts);
}

#[test]
fn a_folder_of_transformers_is_read() {
    let checkpoint = Checkpoint::read(&fixture()).unwrap();
    let config = &checkpoint.config;
    assert_eq!((config.vocab_size, config.hidden_size, config.num_hidden_layers), (121, 24, 2));
    assert_eq!((config.num_attention_heads, config.intermediate_size), (3, 40));
    assert_eq!((config.max_position_embeddings, config.type_vocab_size), (32, 2));
    assert_eq!((config.hidden_act, config.layer_norm_eps), (HiddenAct::Gelu, 1e-12));
    assert_eq!(config.labels, ["negative", "neutral", "positive"]);
    assert_eq!(config.given_labels().unwrap(), config.labels);
    assert!(checkpoint.has_pooler() && checkpoint.has_classifier());
    assert!(checkpoint.ignored.is_empty());
    assert_eq!(checkpoint.tensors.len(), tensor_table(config).len());
    assert_eq!(checkpoint.tensors["classifier.weight"].shape, [3, 24]);
}

#[test]
fn writing_and_reading_keep_everything() {
    let mut first = Checkpoint::read(&fixture()).unwrap();
    let folder = fresh_folder("written");
    first.save(&folder, Overwrite::No).unwrap();
    assert_eq!(Checkpoint::read(&folder).unwrap(), first);
    check_message(first.save(&folder, Overwrite::No).unwrap_err(), &["written: not empty"]);
    first.tensors.get_mut("classifier.bias").unwrap().data[0] = 7.0;
    first.save(&folder, Overwrite::Yes).unwrap();
    assert_eq!(Checkpoint::read(&folder).unwrap(), first);
    let names: Vec<_> = fs::read_dir(&folder).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

#[test]
fn names_have_one_form() {
    for (name, canonical) in [
        ("bert.pooler.dense.weight", "pooler.dense.weight"),
        ("pooler.dense.weight", "pooler.dense.weight"),
        ("bert.embeddings.LayerNorm.gamma", "embeddings.LayerNorm.weight"),
        ("encoder.layer.0.output.LayerNorm.beta", "encoder.layer.0.output.LayerNorm.bias"),
        ("gamma", "gamma"),
    ] {
        assert_eq!(canonical_name(name), canonical);
    }
    let expected = Checkpoint::read(&fixture()).unwrap();
    let legacy = |name: String| {
        let name = name.strip_prefix("bert.").map_or(name.clone(), String::from);
        name.replace("LayerNorm.weight", "LayerNorm.gamma")
            .replace("LayerNorm.bias", "LayerNorm.beta")
    };
    let renamed = raw().into_iter().map(|(name, tensor)| (legacy(name), tensor)).collect();
    let folder = write_folder("legacy", &renamed);
    assert_eq!(Checkpoint::read(&folder).unwrap().tensors, expected.tensors);
}

#[test]
fn pooler_and_classifier_may_be_absent_but_whole() {
    let mut raw = raw();
    raw.retain(|name, _| !name.contains("pooler") && !name.contains("classifier"));
    raw.insert("cls.predictions.bias".into(), (Dtype::I64, vec![1], vec![0; 8]));
    raw.insert("bert.embeddings.position_ids".into(), (Dtype::I64, vec![1], vec![0; 8]));
    let checkpoint = Checkpoint::read(&write_folder("headless", &raw)).unwrap();
    assert!(!checkpoint.has_pooler() && !checkpoint.has_classifier());
    assert_eq!(checkpoint.ignored, ["bert.embeddings.position_ids", "cls.predictions.bias"]);
    let folder = fresh_folder("headless-written");
    checkpoint.save(&folder, Overwrite::No).unwrap();
    assert_eq!(Checkpoint::read(&folder).unwrap().tensors, checkpoint.tensors);
    let half = |raw: &mut Raw| drop(raw.remove("classifier.bias").unwrap());
    check_tensors("half-head", half, &["\"classifier.bias\" of shape [3] is missing;"]);
}

#[test]
fn broken_tensors_are_named() {
    let name = "bert.encoder.layer.1.output.dense.weight";
    let missing = |raw: &mut Raw| drop(raw.remove(name).unwrap());
    let parts = ["\"encoder.layer.1.output.dense.weight\" of shape [24, 40] is missing;"];
    check_tensors("missing", missing, &parts);
    let no_layer = |raw: &mut Raw| raw.retain(|name, _| !name.contains("layer.1."));
    check_tensors(
        "no-layer",
        no_layer,
        &["encoder.layer.1.attention.self.query.weight", "(and 15 more)"],
    );
    let turned = |raw: &mut Raw| raw.get_mut(name).unwrap().1 = vec![40, 24];
    check_tensors("turned", turned, &[name, "shape [40, 24]", "[24, 40]"]);
    let integers = |raw: &mut Raw| raw.get_mut(name).unwrap().0 = Dtype::I32;
    check_tensors("integers", integers, &[name, "type I32", "F32, F16 and BF16"]);
    let twice = |raw: &mut Raw| {
        let copy = raw[name].clone();
        raw.insert(name["bert.".len()..].into(), copy);
    };
    check_tensors("twice", twice, &[name, "second time"]);
    for (value, word) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf"), (f32::NEG_INFINITY, "-inf")] {
        let poison = |raw: &mut Raw| {
            let at = (3 * 40 + 5) * 4;
            raw.get_mut(name).unwrap().2[at..at + 4].copy_from_slice(&value.to_le_bytes());
        };
        check_tensors("poison", poison, &[name, &format!("is {word} at index [3, 5]")]);
    }
}

#[test]
fn broken_files_are_named() {
    let raw = raw();
    let folder = write_folder("files", &raw);
    let weights = folder.join("model.safetensors");
    let whole = fs::read(&weights).unwrap();
    for length in [0, 4, 8, 100, whole.len() / 2, whole.len() - 1] {
        fs::write(&weights, &whole[..length]).unwrap();
        let parts = ["model.safetensors: cut short or not a safetensors file"];
        check_message(Checkpoint::read(&folder).unwrap_err(), &parts);
    }
    fs::remove_file(&weights).unwrap();
    check_message(Checkpoint::read(&folder).unwrap_err(), &["files: neither model.safetensors"]);
    fs::remove_file(folder.join("config.json")).unwrap();
    check_message(Checkpoint::read(&folder).unwrap_err(), &["config.json: cannot be read"]);
}

#[test]
fn half_precision_is_read() {
    let expected = Checkpoint::read(&fixture()).unwrap();
    let mut raw = raw();
    for (_, bytes) in raw.values_mut().map(|(dtype, _, bytes)| (*dtype = Dtype::BF16, bytes)) {
        *bytes = bytes.chunks(4).flat_map(|word| [word[2], word[3]]).collect();
    }
    let half = vec![0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00];
    raw.insert("classifier.bias".into(), (Dtype::F16, vec![3], half));
    let found = Checkpoint::read(&write_folder("half", &raw)).unwrap();
    assert_eq!(found.tensors["classifier.bias"].data, [1.0, -2.0, 2f32.powi(-24)]);
    let name = "encoder.layer.0.intermediate.dense.weight";
    let cut = |value: &f32| f32::from_bits(value.to_bits() & 0xffff_0000);
    let expected: Vec<f32> = expected.tensors[name].data.iter().map(cut).collect();
    assert_eq!(found.tensors[name].data, expected);
}

#[test]
fn shards_are_read_together() {
    let all = raw();
    let folder = write_folder("shards", &all);
    fs::remove_file(folder.join("model.safetensors")).unwrap();
    let (mut parts, mut map) = ([Raw::new(), Raw::new()], serde_json::Map::new());
    for (at, (name, tensor)) in all.into_iter().enumerate() {
        map.insert(name.clone(), json!(format!("part-{}.safetensors", at % 2)));
        parts[at % 2].insert(name, tensor);
    }
    let index = folder.join("model.safetensors.index.json");
    fs::write(&index, json!({ "weight_map": map }).to_string()).unwrap();
    fs::write(folder.join("part-0.safetensors"), safetensors_bytes(&parts[0])).unwrap();
    let lacking = Checkpoint::read(&folder).unwrap_err();
    check_message(lacking, &["part-1.safetensors: cannot be read"]);
    fs::write(folder.join("part-1.safetensors"), safetensors_bytes(&parts[1])).unwrap();
    let expected = Checkpoint::read(&fixture()).unwrap();
    assert_eq!(Checkpoint::read(&folder).unwrap(), expected);
    for (bad, part) in
        [(json!({"a": "../x"}), "../x"), (json!({}), "empty"), (json!({"a": 1}), "1")]
    {
        fs::write(&index, json!({ "weight_map": bad }).to_string()).unwrap();
        check_message(Checkpoint::read(&folder).unwrap_err(), &["\"weight_map\"", part]);
    }
}

#[test]
fn a_checkpoint_that_does_not_fit_is_not_written() {
    let whole = Checkpoint::read(&fixture()).unwrap();
    let folder = fresh_folder("unwritten");
    let check = |spoil: &dyn Fn(&mut Checkpoint), parts: &[&str]| {
        let mut checkpoint = whole.clone();
        spoil(&mut checkpoint);
        check_message(checkpoint.save(&folder, Overwrite::No).unwrap_err(), parts);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    };
    check(&|c| drop(c.tensors.remove("pooler.dense.bias")), &["pooler.dense.bias", "missing"]);
    check(
        &|c| {
            let tensor = HostTensor { shape: vec![1], data: vec![0.0] };
            c.tensors.insert("extra".into(), tensor);
        },
        &["\"extra\"", "no tensor of this network"],
    );
    let bias = "classifier.bias";
    let set = |c: &mut Checkpoint, shape: &[usize], data: &[f32]| {
        let tensor = HostTensor { shape: shape.to_vec(), data: data.to_vec() };
        c.tensors.insert(bias.into(), tensor);
    };
    check(&|c| set(c, &[2], &[0.0; 2]), &[bias, "shape [2]", "[3]"]);
    check(&|c| set(c, &[3], &[0.0; 2]), &[bias, "2 elements"]);
    check(&|c| set(c, &[3], &[0.0, f32::NAN, 0.0]), &[bias, "NaN at index [1]"]);
}

#[test]
fn the_table_has_the_parameters_of_bert_base() {
    let mut config = Checkpoint::read(&fixture()).unwrap().config;
    config.vocab_size = 30_522;
    config.hidden_size = 768;
    config.num_hidden_layers = 12;
    config.num_attention_heads = 12;
    config.intermediate_size = 3072;
    config.max_position_embeddings = 512;
    let table = tensor_table(&config);
    let trunk = table.iter().filter(|spec| spec.presence != Presence::Classifier);
    let parameters: usize = trunk.map(|spec| spec.shape.iter().product::<usize>()).sum();
    // The known size of bert-base-uncased without heads.
    assert_eq!(parameters, 109_482_240);
}

/// Reads the fixture's configuration with `changes` made to it; null removes a field.
fn config_with(name: &str, changes: Value) -> Result<BertConfig, HfError> {
    let text = fs::read(fixture().join("config.json")).unwrap();
    let mut object: Value = serde_json::from_slice(&text).unwrap();
    for (field, value) in changes.as_object().unwrap() {
        object[field] = value.clone();
    }
    let path = fresh_folder(name).join("config.json");
    fs::write(&path, object.to_string()).unwrap();
    BertConfig::read(&path)
}

#[test]
fn bad_fields_are_named() {
    for (field, value, part) in [
        ("vocab_size", json!(null), "missing"),
        ("hidden_size", json!(0), "is 0; give a whole number"),
        ("hidden_size", json!(-1), "is -1"),
        ("hidden_size", json!(24.5), "is 24.5"),
        ("num_hidden_layers", json!("2"), "is \"2\""),
        ("num_hidden_layers", json!(4_000_000_000_000_u64), "1 to 1024"),
        ("intermediate_size", json!(1e30), "give a whole number"),
        ("num_attention_heads", json!(5), "does not divide hidden_size 24"),
        ("hidden_act", json!("silu"), "\"gelu\", \"relu\", \"gelu_new\""),
        ("hidden_act", json!(null), "missing"),
        ("model_type", json!("roberta"), "supported are: \"bert\""),
        ("model_type", json!(null), "missing"),
        ("position_embedding_type", json!("relative_key"), "\"absolute\""),
        ("layer_norm_eps", json!(0), "above 0"),
        ("layer_norm_eps", json!("x"), "above 0"),
        ("id2label", json!({"0": "a", "2": "b"}), "\"1\""),
        ("id2label", json!({"0": "a", "1": "a"}), "\"a\" twice"),
        ("id2label", json!({}), "empty"),
        ("id2label", json!([]), "give an object"),
        ("label2id", json!({"negative": 1, "neutral": 0, "positive": 2}), "\"negative\""),
        ("num_labels", json!(2), "3 names"),
        ("problem_type", json!("multi_label_classification"), "single_label_classification"),
        ("problem_type", json!("regression"), "3 labels"),
    ] {
        let error = config_with("field", json!({ field: value })).unwrap_err();
        check_message(error, &["config.json", &format!("\"{field}\""), part]);
    }
    let path = fresh_folder("json").join("config.json");
    for text in ["", "[]", "{\"a\":"] {
        fs::write(&path, text).unwrap();
        check_message(BertConfig::read(&path).unwrap_err(), &["config.json: not a JSON object"]);
    }
}

#[test]
fn defaults_are_those_of_transformers() {
    let bare = json!({"id2label": null, "label2id": null});
    let config = config_with("defaults", bare).unwrap();
    assert_eq!(config.labels, ["LABEL_0", "LABEL_1"]);
    assert_eq!(config.given_labels(), None);
    let changes = json!({"id2label": null, "label2id": null, "num_labels": 1,
        "problem_type": "regression", "hidden_act": "gelu_new", "position_embedding_type": "absolute"});
    let config = config_with("regression", changes).unwrap();
    assert_eq!((config.num_labels(), config.hidden_act), (1, HiddenAct::GeluNew));
    let path = fresh_folder("again").join("config.json");
    fs::write(&path, config.to_json()).unwrap();
    assert_eq!(BertConfig::read(&path).unwrap(), config);
}
