//! Folders: what is saved comes back, what is damaged is named.

use crate::nets::{channel_arch, ready, text_arch};
use crate::stepping::tempfile;
use noctule_train::model::{Head, HostTensor, Model, Optimizer, Precision, WeightForm};
use std::fs;
use std::path::Path;

fn saved() -> (Model, std::path::PathBuf) {
    let mut model = ready(&channel_arch(), &Precision::uniform(WeightForm::Split, 2), 1);
    model.labels = vec!["no".to_owned(), "yes".to_owned()];
    model.extras.insert("code".to_owned(), serde_json::json!({ "n": 4 }));
    let folder = tempfile();
    model.save(&folder).unwrap();
    (model, folder)
}

#[test]
fn a_model_comes_back_as_it_was_and_is_not_written_over() {
    let (model, folder) = saved();
    assert_eq!(Model::load(&folder).unwrap(), model);
    let again = model.save(&folder).unwrap_err().to_string();
    assert!(again.contains("exists already"), "{again}");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 2, "temporary files stay");
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn labels_are_counted() {
    let mut model = ready(&text_arch(Head::Pooled { classes: 3 }), &Precision::float(), 1);
    model.labels = vec!["no".to_owned(), "yes".to_owned()];
    let error = model.save(&tempfile()).unwrap_err().to_string();
    assert!(error.contains("2 labels for 3 classes"), "{error}");
}

fn refusal(damage: impl Fn(&Path)) -> String {
    let (_, folder) = saved();
    damage(&folder);
    let error = Model::load(&folder).unwrap_err().to_string();
    fs::remove_dir_all(folder).unwrap();
    error
}

fn edit(folder: &Path, from: &str, to: &str) {
    let path = folder.join("model.json");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from} is not in {text}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn damaged_folders_are_refused_by_file_and_field() {
    let cases: [(&str, &str, [&str; 2]); 6] = [
        ("\"version\": 1", "\"version\": 2", ["model.json", "version is 2"]),
        ("\"heads\": 2", "\"heads\": 3", ["model.json", "not a multiple"]),
        ("\"ffn\": 24", "\"ffn\": 25", ["model.safetensors", "intermediate.dense.bias has shape"]),
        ("\"layers\": 2", "\"layers\": 3", ["model.safetensors", "is missing"]),
        ("\"layers\": 2", "\"layers\": 1", ["model.safetensors", "belongs to no such network"]),
        ("\"width\": 16,", "\"width\": 16, \"depth\": 1,", ["model.json", "depth"]),
    ];
    for (from, to, words) in cases {
        let error = refusal(|folder| edit(folder, from, to));
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    }
}

#[test]
fn every_cut_of_the_tensors_is_refused() {
    let (_, folder) = saved();
    let path = folder.join("model.safetensors");
    let whole = fs::read(&path).unwrap();
    for length in (0..whole.len()).step_by(997) {
        fs::write(&path, &whole[..length]).unwrap();
        let error = Model::load(&folder).unwrap_err().to_string();
        assert!(error.contains("model.safetensors"), "{error}");
    }
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_number_that_is_none_is_refused() {
    let error = refusal(|folder| {
        let path = folder.join("model.safetensors");
        let mut bytes = fs::read(&path).unwrap();
        let end = bytes.len();
        bytes[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
        fs::write(path, bytes).unwrap();
    });
    assert!(error.contains("holds NaN at index"), "{error}");
    let mut model = ready(&channel_arch(), &Precision::float(), 1);
    let bias = HostTensor { shape: vec![1], data: vec![f32::INFINITY] };
    model.params.set("classifier.bias", bias);
    assert!(model.save(&tempfile()).unwrap_err().to_string().contains("classifier.bias"));
}

#[test]
fn the_memory_of_another_network_is_refused() {
    let (model, folder) = saved();
    let path = folder.join("optimizer.safetensors");
    Optimizer::fresh(&model.params).save(&path).unwrap();
    assert!(Optimizer::load(&path, &model).is_ok());
    let other = ready(&text_arch(Head::MaskedWords), &Precision::float(), 1);
    let error = Optimizer::load(&path, &other).unwrap_err().to_string();
    assert!(error.contains("another network"), "{error}");
    let foreign = Optimizer::load(&folder.join("model.safetensors"), &model).unwrap_err();
    assert!(foreign.to_string().contains("is not the optimizer's"), "{foreign}");
    fs::remove_dir_all(folder).unwrap();
}
