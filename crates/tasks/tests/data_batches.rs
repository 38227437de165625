//! Batches: every example once, within size, the same again; and masked batches.

use noctule_tasks::data::{
    BatchPlan, BatchSize, Columns, Corpus, DataError, Dataset, LabelSet, Labels, MaskedBatches,
    Overflow, Table, TextSource, Tokenizer,
};
use std::fs;
use std::path::{Path, PathBuf};

fn tokenizer() -> Tokenizer {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/words");
    Tokenizer::from_folder(&folder).unwrap()
}

fn fresh_folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Lengths without any order, 3 to 60.
fn lengths(count: usize) -> Vec<usize> {
    (0..count).map(|at| 3 + (at * 2_654_435_761) % 58).collect()
}

#[test]
fn an_epoch_holds_every_example_once_within_size() {
    for count in [0, 1, 2, 31, 32, 33, 5000] {
        let lengths = lengths(count);
        for size in [BatchSize::Examples(1), BatchSize::Examples(32), BatchSize::Tokens(640)] {
            let plan = BatchPlan::new(lengths.clone(), size).unwrap();
            for batches in [plan.epoch(7, 0), plan.epoch(7, 1), plan.by_length()] {
                let mut seen: Vec<usize> = batches.concat();
                seen.sort_unstable();
                assert_eq!(seen, (0..count).collect::<Vec<_>>());
                for batch in &batches {
                    let longest = batch.iter().map(|&at| lengths[at]).max().unwrap();
                    match size {
                        BatchSize::Examples(limit) => assert!(batch.len() <= limit),
                        BatchSize::Tokens(limit) => assert!(batch.len() * longest <= limit),
                    }
                }
            }
        }
    }
}

#[test]
fn epochs_repeat_by_seed_and_differ_between() {
    let plan = BatchPlan::new(lengths(500), BatchSize::Examples(16)).unwrap();
    let again = BatchPlan::new(lengths(500), BatchSize::Examples(16)).unwrap();
    assert_eq!(plan.epoch(1, 3), again.epoch(1, 3));
    assert_ne!(plan.epoch(1, 3), plan.epoch(1, 4));
    assert_ne!(plan.epoch(1, 3), plan.epoch(2, 3));
    // A change of the generator or of the way of drawing would break resumed runs: pinned.
    assert_eq!(plan.epoch(1, 3)[0], PINNED_FIRST_BATCH);
}

const PINNED_FIRST_BATCH: [usize; 16] =
    [303, 477, 187, 71, 150, 382, 34, 208, 498, 324, 440, 92, 266, 403, 113, 55];

#[test]
fn bucketing_saves_padding() {
    let lengths = lengths(5000);
    let plan = BatchPlan::new(lengths.clone(), BatchSize::Examples(32)).unwrap();
    let padded: usize = plan
        .epoch(1, 0)
        .iter()
        .map(|batch| batch.len() * batch.iter().map(|&at| lengths[at]).max().unwrap())
        .sum();
    let filled: usize = lengths.iter().sum();
    assert!((padded as f64) < 1.03 * filled as f64, "{padded} for {filled}");
}

#[test]
fn sizes_that_cannot_work_are_refused() {
    for size in [BatchSize::Examples(0), BatchSize::Tokens(59)] {
        let error = BatchPlan::new(vec![3, 60], size).unwrap_err();
        assert!(matches!(error, DataError::Setting { .. }), "{error}");
    }
}

#[test]
fn a_batch_is_padded_to_its_longest() {
    let path = fresh_folder("dataset").join("a.tsv");
    fs::write(&path, "t\tp\ty\ngood\tbad\t1\nthe movie was good\tthe film\t0\n").unwrap();
    let columns =
        Columns { header: true, text: "t".into(), pair: Some("p".into()), label: Some("y".into()) };
    let table = Table::read(&path, &columns).unwrap();
    let labels = LabelSet::of_table(&table).unwrap();
    let encode = |max| Dataset::encode(&table, &tokenizer(), Some(&labels), max, Overflow::Refuse);
    let batch = encode(9).unwrap().batch(&[1, 0]);
    assert_eq!((batch.tokens, batch.lengths.as_slice()), (9, &[9, 5][..]));
    assert_eq!(batch.ids[..9], [2, 5, 6, 7, 9, 3, 5, 14, 3]);
    assert_eq!(batch.ids[9..], [2, 9, 3, 10, 3, 0, 0, 0, 0]);
    assert_eq!(batch.segments, [0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0]);
    assert_eq!(batch.labels, Some(Labels::Classes(vec![0, 1])));
    let message = encode(8).unwrap_err().to_string();
    assert!(message.contains("a.tsv: line 3: gives 9 tokens"), "{message}");
}

fn corpus(texts: &[String]) -> Corpus {
    Corpus::encode(texts, &tokenizer(), &mut |_| {}).unwrap()
}

/// Documents of many lengths, one of them empty.
fn documents(count: usize) -> Vec<String> {
    (0..count).map(|at| "the movie was good bad film ".repeat(at * 13 % 9)).collect()
}

#[test]
fn chunks_lose_nothing() {
    for (count, max_tokens) in [(1, 3), (2, 3), (30, 5), (30, 16), (40, 1000)] {
        let texts: Vec<String> = documents(count + 1).split_off(1);
        let corpus = corpus(&texts);
        let documents: Vec<Vec<u32>> = (0..count).map(|at| corpus.document(at)).collect();
        let expected = documents.join(&3);
        let batches = MaskedBatches::new(corpus, &tokenizer(), max_tokens, 1, 5).unwrap();
        let order = batches.order(0);
        let mut chunks = vec![Vec::new(); batches.chunks()];
        for step in 0..batches.steps() {
            let batch = batches.batch(&order, 0, step);
            let mut ids = batch.ids.clone();
            for (&place, &id) in batch.target_positions.iter().zip(&batch.target_ids) {
                ids[place] = id;
            }
            assert_eq!((ids[0], *ids.last().unwrap()), (2, 3));
            assert!(ids.len() <= max_tokens);
            chunks[order[step] as usize] = ids[1..ids.len() - 1].to_vec();
        }
        assert_eq!(chunks.concat(), expected, "{count} {max_tokens}");
    }
}

#[test]
fn masking_has_the_shares_of_bert() {
    let tokenizer = tokenizer();
    let batches = MaskedBatches::new(corpus(&documents(3000)), &tokenizer, 64, 8, 11).unwrap();
    let order = batches.order(2);
    let (mut content, mut targets, mut masked, mut kept) = (0, 0, 0, 0);
    for step in 0..batches.steps() {
        let batch = batches.batch(&order, 2, step);
        assert_eq!(batch.ids.len(), batch.lengths.len() * batch.tokens);
        assert!(batch.target_positions.is_sorted_by(|a, b| a < b));
        content += batch.ids.iter().filter(|&&id| id >= 4).count();
        targets += batch.target_ids.len();
        for (&place, &id) in batch.target_positions.iter().zip(&batch.target_ids) {
            assert!(id > 4 && place % batch.tokens < batch.lengths[place / batch.tokens]);
            assert!(batch.ids[place] >= 4);
            masked += usize::from(batch.ids[place] == 4);
            kept += usize::from(batch.ids[place] == id);
        }
    }
    let share = |part: usize, whole: usize| part as f64 / whole as f64;
    assert!(targets > 8000, "{targets}");
    assert!((share(targets, content) - 0.15).abs() < 0.005, "{}", share(targets, content));
    assert!((share(masked, targets) - 0.8).abs() < 0.02, "{}", share(masked, targets));
    assert!((share(kept, targets) - 0.1).abs() < 0.02, "{}", share(kept, targets));
}

#[test]
fn masked_batches_repeat_by_epoch_and_step() {
    let make =
        |seed| MaskedBatches::new(corpus(&documents(90)), &tokenizer(), 32, 4, seed).unwrap();
    let (first, again, other) = (make(1), make(1), make(2));
    let batch =
        |batches: &MaskedBatches, epoch, step| batches.batch(&batches.order(epoch), epoch, step);
    assert_eq!(batch(&first, 3, 5), batch(&again, 3, 5));
    assert_ne!(batch(&first, 3, 5), batch(&first, 4, 5));
    assert_ne!(batch(&first, 3, 5), batch(&first, 3, 6));
    assert_ne!(batch(&first, 3, 5), batch(&other, 3, 5));
}

#[test]
fn masked_settings_that_cannot_work_are_refused() {
    let make = |texts: &[String], max, chunks| {
        MaskedBatches::new(corpus(texts), &tokenizer(), max, chunks, 1).map(|_| ())
    };
    assert!(make(&documents(9), 2, 1).is_err());
    assert!(make(&documents(9), 3, 0).is_err());
    assert!(make(&documents(1), 8, 1).is_err());
    assert!(make(&[], 8, 1).is_err());
}

#[test]
fn documents_are_held_back_evenly_and_none_is_in_both() {
    let texts: Vec<String> = (1..=10).map(|count| "film ".repeat(count)).collect();
    let lengths = |corpus: &Corpus| -> Vec<usize> {
        (0..corpus.documents()).map(|at| corpus.document(at).len()).collect()
    };
    let [train, dev] = corpus(&texts).hold_back(2);
    assert_eq!(lengths(&dev), [5, 10]);
    assert_eq!(lengths(&train), [1, 2, 3, 4, 6, 7, 8, 9]);
    assert_eq!(corpus(&texts).hold_back(0), [corpus(&texts), corpus(&[])]);
    assert_eq!(corpus(&texts).hold_back(100)[1].documents(), 5);
}

fn sources(folder: &Path) -> Vec<TextSource> {
    fs::write(folder.join("a.txt"), "the movie\ngood film\n").unwrap();
    fs::write(folder.join("b.tsv"), "s\ty\nbad cafe\t1\n").unwrap();
    vec![
        TextSource { path: folder.join("a.txt"), column: None, header: true },
        TextSource { path: folder.join("b.tsv"), column: Some("s".into()), header: true },
    ]
}

#[test]
fn the_cache_serves_until_anything_changes() {
    let folder = fresh_folder("corpus-cache");
    let (sources, tokenizer, cache) = (sources(&folder), tokenizer(), folder.join("cache"));
    let mut calls = 0;
    let mut open = |sources: &[TextSource]| {
        Corpus::open(sources, &tokenizer, Some(&cache), &mut |_| calls += 1).unwrap()
    };
    let first = open(&sources);
    assert_eq!((first.documents(), first.tokens()), (3, 6));
    assert_eq!(first.document(2), [10, 11]);
    assert_eq!(open(&sources), first);
    fs::write(folder.join("a.txt"), "the movie\ngood film x\n").unwrap();
    let second = open(&sources);
    assert_eq!(second.tokens(), 7);
    assert_eq!(open(&sources[..1]).documents(), 2);
    assert_eq!(calls, 3);
    assert_eq!(fs::read_dir(&cache).unwrap().count(), 3);
}

#[test]
fn a_damaged_cache_is_named() {
    let folder = fresh_folder("corpus-damaged");
    let (sources, tokenizer) = (sources(&folder), tokenizer());
    let cache = folder.join("cache");
    let open = || Corpus::open(&sources, &tokenizer, Some(&cache), &mut |_| {});
    open().unwrap();
    let path = fs::read_dir(&cache).unwrap().next().unwrap().unwrap().path();
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        fs::write(&path, &whole[..at]).unwrap();
        assert!(matches!(open(), Err(DataError::Cache { .. })), "cut at {at}");
        let mut flipped = whole.clone();
        flipped[at] ^= 0x10;
        fs::write(&path, &flipped).unwrap();
        assert!(matches!(open(), Err(DataError::Cache { .. })), "flipped at {at}");
    }
    fs::write(&path, &whole).unwrap();
    open().unwrap();
}
