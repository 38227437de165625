//! The tables of `bench/engine/README.md` say what the record says. A test that fails prints the rows as they should be.

use serde_json::Value;

const README: &str = include_str!("../../../bench/engine/README.md");
const RECORD: &str = include_str!("../../../bench/engine/records/amd-zen3-avx2.json");

fn record() -> Value {
    serde_json::from_str(RECORD).unwrap()
}

fn number(value: &Value, pointer: &str) -> f64 {
    value.pointer(pointer).and_then(Value::as_f64).unwrap_or_else(|| panic!("{pointer}: {value}"))
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("{field}: {value}"))
}

fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value[field].as_array().unwrap_or_else(|| panic!("{field}: {value}"))
}

/// `128x768x3072 W1A1 | avx2 | 0.512 | ...`
fn product_row(row: &Value) -> String {
    let shape: Vec<String> = list(row, "shape").iter().map(Value::to_string).collect();
    format!(
        "| {} W1A{} | {} | {:.3} | {:.0} | {:.0} % | {:.2}x |",
        shape.join("x"),
        row["activations"],
        text(row, "kernel"),
        number(row, "/latency_ms/best"),
        number(row, "/gops"),
        number(row, "/share_of_limit") * 100.0,
        number(row, "/row_major_ratio"),
    )
}

/// `bert-base W1A1 | 128 | 1 | 27.27 | ...`
fn network_row(row: &Value) -> String {
    let peer = |name: &str| {
        let peers = list(&row["comparison"], "peers");
        let peer = peers.iter().find(|peer| peer["name"] == name).unwrap();
        format!("{:.1}, {:.2}x", number(peer, "/latency_ms/median"), number(peer, "/ratio"))
    };
    format!(
        "| {} W1A{} | {} | {} | {:.2} | {:.2} | {:.0} % | {} | {} | {} |",
        text(row, "network"),
        row["activations"],
        row["tokens"],
        row["threads"],
        number(row, "/latency_ms/median"),
        number(row, "/latency_ms/best"),
        number(row, "/outside_products") * 100.0,
        peer("ort-float"),
        peer("ort-int8"),
        peer("openvino"),
    )
}

fn check(rows: &[String]) {
    let missing: Vec<&String> =
        rows.iter().filter(|row| !README.lines().any(|line| line == **row)).collect();
    assert!(missing.is_empty(), "bench/engine/README.md lacks {missing:#?}");
}

#[test]
fn every_network_of_the_record_is_in_the_readme() {
    let record = record();
    let rows: Vec<String> = list(&record, "networks").iter().map(network_row).collect();
    assert_eq!(rows.len(), 24);
    check(&rows);
    let lines =
        README.lines().filter(|line| line.contains(" W1A") && line.matches('|').count() == 10);
    assert_eq!(lines.count(), rows.len(), "rows of no record");
}

#[test]
fn every_product_in_the_readme_is_one_of_the_record() {
    let record = record();
    let rows: Vec<String> = list(&record, "products").iter().map(product_row).collect();
    let said =
        README.lines().filter(|line| line.contains("x768") && line.matches('|').count() == 7);
    let said: Vec<&str> = said.collect();
    assert!(said.len() >= 12, "{said:#?}");
    let unknown: Vec<&&str> =
        said.iter().filter(|line| !rows.iter().any(|row| row == *line)).collect();
    assert!(unknown.is_empty(), "{unknown:#?}\nthe record has {rows:#?}");
}

#[test]
fn the_readme_has_the_limits_and_versions_of_the_record() {
    let record = record();
    let limit = list(&record, "limits").iter().find(|limit| limit["kernel"] == "avx2").unwrap();
    let versions = &record["networks"][0]["comparison"]["versions"];
    for said in [
        format!("bit products {:.0} GOPS (AVX2)", number(limit, "/binary_gops")),
        format!("{:.0} of one-bit codes", number(limit, "/one_bit_gops")),
        format!("ONNX Runtime {}", text(versions, "onnxruntime")),
        format!("OpenVINO {}", text(versions, "openvino")),
    ] {
        assert!(README.contains(&said), "{said}");
    }
}
