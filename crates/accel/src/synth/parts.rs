//! Runs Yosys over parts: first to see what they are made of, level by level, then to map them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use super::{
    Cache, SynthError, Target, Tool,
    cache::{io, key},
    dump::{self, Inside},
    script, stat,
    tree::Tree,
    units::{Part, Sources},
};

/// How far a run is.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// What is done: "read" or "map".
    pub work: &'static str,
    /// With which part.
    pub part: &'a Part,
    /// The number of the part, from 1 on.
    pub number: usize,
    /// Parts to do (of this level, for "read").
    pub of: usize,
}

/// What is told of each step, when it is done.
pub type Note<'a> = dyn FnMut(&Step<'_>) + 'a;

/// The parts of one configuration and family.
pub(super) struct Parts<'a> {
    pub(super) sources: Sources,
    pub(super) target: Target,
    pub(super) yosys: &'a Tool,
    pub(super) cache: &'a Cache,
}

impl Parts<'_> {
    /// Hash of everything that a part's answers come from: texts, parameters, tool and its commands.
    fn key(&self, part: &Part) -> String {
        let commands = self.target.library().to_owned() + &self.target.map(true);
        let forms = script::primitives(self.target);
        let recipe = self.sources.recipe(part);
        key(&part.module, &format!("{}\n{commands}\n{forms}\n{recipe}", self.yosys.version))
    }

    /// The parts below a top, elaborated level by level.
    pub(super) fn tree(&self, top: &Part, note: &mut Note) -> Result<Tree, SynthError> {
        let mut tree = Tree::default();
        let mut level = BTreeSet::from([top.clone()]);
        while !level.is_empty() {
            self.elaborate(&level, note)?;
            for part in &level {
                tree.inside.insert(part.clone(), self.inside(part)?.units);
            }
            let next = level.iter().flat_map(|part| &tree.inside[part]).map(|(part, _)| part);
            let fresh = next.filter(|part| !tree.inside.contains_key(part)).cloned();
            level = fresh.collect();
        }
        Ok(tree)
    }

    /// The cells of each part of a tree.
    pub(super) fn cells(
        &self,
        tree: &Tree,
        note: &mut Note,
    ) -> Result<BTreeMap<Part, stat::Cells>, SynthError> {
        self.map(tree, note)?;
        let cells = |part: &Part| {
            let kept = self.cache.get(&self.key(part), "stat");
            Ok((part.clone(), kept.ok_or_else(|| lost(part))?))
        };
        tree.inside.keys().map(cells).collect()
    }

    fn inside(&self, part: &Part) -> Result<Inside, SynthError> {
        self.cache.get(&self.key(part), "inside").ok_or_else(|| lost(part))
    }

    fn elaborate(&self, level: &BTreeSet<Part>, note: &mut Note) -> Result<(), SynthError> {
        let fresh = |part: &&Part| self.cache.get::<Inside>(&self.key(part), "inside").is_none();
        let job = |part| vec![(part, self.key(part), Inside::default())];
        let batches: Vec<Batch> = level.iter().filter(fresh).map(job).collect();
        let line =
            |(part, key, _): &script::Job| script::elaborate(part, key, &self.sources, self.target);
        let text: String = batches.iter().flatten().map(line).collect();
        self.run("read", &batches, &text, note, &|folder, batch| {
            batch.iter().try_for_each(|(part, key, _)| {
                let text = text_of(&folder.join(key).with_extension("dump"))?;
                let inside = dump::parse(&text, &self.sources).ok_or_else(|| {
                    let reason = format!("a unit in {part} has a parameter that is no integer");
                    SynthError::Failed { tool: "Yosys".into(), reason }
                })?;
                self.cache.put(key, "inside", &inside)
            })
        })
    }

    fn map(&self, tree: &Tree, note: &mut Note) -> Result<(), SynthError> {
        let mut jobs = Vec::new();
        for part in tree.inside.keys() {
            let key = self.key(part);
            if self.cache.get::<stat::Cells>(&key, "stat").is_none() {
                jobs.push((part, key, self.inside(part)?));
            }
        }
        let batches = batches(jobs);
        let line = |batch: &Batch| script::map(batch, &self.sources, self.target);
        let text = script::library(self.target) + &batches.iter().map(line).collect::<String>();
        self.run("map", &batches, &text, note, &|folder, batch| {
            let Some((_, first, _)) = batch.first() else { return Ok(()) };
            let text = text_of(&folder.join(first).with_extension("stat"))?;
            batch.iter().try_for_each(|(part, key, _)| {
                let cells = stat::parse(&text, key)?;
                stat::resources(&part.module, &cells)?;
                self.cache.put(key, "stat", &cells)
            })
        })
    }

    /// One Yosys for all batches; each answer is kept as soon as it is there.
    fn run(
        &self,
        work: &'static str,
        batches: &[Batch],
        text: &str,
        note: &mut Note,
        keep: &dyn Fn(&Path, &Batch) -> Result<(), SynthError>,
    ) -> Result<(), SynthError> {
        if batches.is_empty() {
            return Ok(());
        }
        let room = self.cache.room()?;
        let folder = room.path();
        write_sources(&self.sources, folder)?;
        let file = folder.join("parts.ys");
        fs::write(&file, text).map_err(io(&file))?;
        let of = batches.iter().map(Vec::len).sum();
        let (mut left, mut number) = (batches, 0);
        self.yosys.run_looking(&["-q", "parts.ys"], folder, &mut || {
            // One after the other, as the script has them.
            while let Some((batch, rest)) = left.split_first().filter(|(b, _)| is_done(folder, b)) {
                keep(folder, batch)?;
                for (part, _, _) in batch {
                    number += 1;
                    note(&Step { work, part, number, of });
                }
                left = rest;
            }
            Ok(())
        })
    }
}

/// Parts that go through Yosys together.
type Batch<'a> = Vec<script::Job<'a>>;

/// Most parts of a batch: what a kill loses.
const BATCH: usize = 8;

/// Parts alone, but for those with memories and no units: of these, several share the reading of the table of memories' forms.
fn batches(jobs: Vec<script::Job<'_>>) -> Vec<Batch<'_>> {
    let shares = |(_, _, inside): &script::Job| inside.memories && inside.units.is_empty();
    let (shared, alone): (Vec<_>, Vec<_>) = jobs.into_iter().partition(shares);
    let mut batches: Vec<Batch> = alone.into_iter().map(|job| vec![job]).collect();
    batches.extend(shared.chunks(BATCH).map(<[_]>::to_vec));
    batches
}

fn is_done(folder: &Path, batch: &Batch) -> bool {
    batch.first().is_some_and(|(_, key, _)| folder.join(key).with_extension(script::DONE).exists())
}

/// Writes all files that the scripts read.
pub(super) fn write_sources(sources: &Sources, folder: &Path) -> Result<(), SynthError> {
    let cells = (script::CELLS_FILE.to_owned(), script::CELLS.to_owned());
    let own = sources.files().map(|(name, text)| (name, text.to_owned()));
    for (name, text) in own.chain(sources.ports()).chain([cells]) {
        let path = folder.join(name);
        fs::write(&path, text).map_err(io(&path))?;
    }
    Ok(())
}

/// The text of a file.
pub(super) fn text_of(path: &Path) -> Result<String, SynthError> {
    fs::read_to_string(path).map_err(io(path))
}

fn lost(part: &Part) -> SynthError {
    let reason = format!("it ended without an answer for {part}");
    SynthError::Failed { tool: "Yosys".into(), reason }
}
