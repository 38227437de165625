//! Teaches a network by a recipe.
mod error;
mod files;
mod fingerprint;
mod schedule;
mod scores;
mod seeds;
