//! Stacks that were sampled, laid into one another: a box is as wide as the share of the samples in which it was on the stack.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::svg::{Anchor, DARK, Picture};

const WIDTH: f64 = 1000.0;
const LINE: f64 = 18.0;
/// Left out of a picture: less than this share of all samples.
const LEAST: f64 = 0.008;
/// About the width of a letter.
const LETTER: f64 = 5.9;

/// A function and what it called.
#[derive(Default)]
struct Frame {
    samples: u32,
    calls: BTreeMap<String, Self>,
}

/// All samples.
pub(super) struct Flame(Frame);

impl Flame {
    /// From what `perf script -F ip,sym` prints: a stack is lines of an address and a name, the innermost first, with an empty line behind.
    ///
    /// Shown are the server's functions by the last two parts of their paths, a few crates, and what the kernel is asked for: polls of futures within futures, and what stands
    /// between them, say nothing.
    pub(super) fn read(script: &str) -> Self {
        let mut all = Frame::default();
        for stack in script.split("\n\n") {
            let names = stack.lines().rev().filter_map(|line| line.trim().split_once(' ')).filter_map(|(_, name)| told(name));
            let mut names: Vec<String> = names.collect();
            names.dedup();
            if stack.trim().is_empty() {
                continue;
            }
            all.samples += 1;
            let mut at = &mut all;
            for name in names {
                at = at.calls.entry(name).or_default();
                at.samples += 1;
            }
        }
        assert!(all.samples > 0, "perf has seen nothing");
        Self(all)
    }

    /// Each frame of more than the least share as a line: its depth, its share, and what of that is its own.
    pub(super) fn text(&self) -> String {
        fn lines(out: &mut String, name: &str, frame: &Frame, all: f64, depth: usize) {
            let own = frame.samples - frame.calls.values().map(|call| call.samples).sum::<u32>();
            let share = |samples: u32| f64::from(samples) / all * 100.0;
            let _ = writeln!(out, "{:5.1} {:5.1}  {}{name}", share(frame.samples), share(own), "  ".repeat(depth));
            for (name, call) in by_size(frame, all) {
                lines(out, name, call, all, depth + 1);
            }
        }
        let mut out = format!("{} samples; per cent in all, own\n", self.0.samples);
        lines(&mut out, "all", &self.0, f64::from(self.0.samples), 0);
        out
    }

    /// The picture: callers above what they call.
    pub(super) fn picture(&self, title: &str) -> String {
        fn depth(frame: &Frame, all: f64) -> usize {
            by_size(frame, all).into_iter().map(|(_, call)| 1 + depth(call, all)).max().unwrap_or_default()
        }
        fn boxes(picture: &mut Picture, frame: &Frame, all: f64, [x, y]: [f64; 2]) {
            let mut left = x;
            for (name, call) in by_size(frame, all) {
                let share = f64::from(call.samples) / all;
                let width = share * (WIDTH - 20.0);
                let label = format!("{name} {:.1} %", share * 100.0);
                picture.rect([left, y, (width - 1.0).max(0.5), LINE - 1.0], colour(name), &label);
                let letters = ((width - 6.0) / LETTER).max(0.0) as usize;
                let shown = if label.chars().count() <= letters { &label } else { name };
                if letters >= 3 {
                    let cut: String = shown.chars().take(letters).collect();
                    picture.text([left + 3.0, y + 12.5], Anchor::Start, 10, 400, DARK, &cut);
                }
                boxes(picture, call, all, [left, y + LINE]);
                left += width;
            }
        }
        let all = f64::from(self.0.samples);
        let mut picture = Picture::new();
        picture.text([10.0, 20.0], Anchor::Start, 13, 600, DARK, title);
        boxes(&mut picture, &self.0, all, [10.0, 32.0]);
        picture.finish(WIDTH, 42.0 + depth(&self.0, all) as f64 * LINE, title)
    }
}

/// What a frame called, the largest first, without what is too small.
fn by_size(frame: &Frame, all: f64) -> Vec<(&str, &Frame)> {
    let mut calls: Vec<(&str, &Frame)> = frame
        .calls
        .iter()
        .filter(|(_, call)| f64::from(call.samples) / all >= LEAST)
        .map(|(name, call)| (name.as_str(), call))
        .collect();
    calls.sort_by_key(|(_, call)| std::cmp::Reverse(call.samples));
    calls
}

/// Blue is the server's own.
fn colour(name: &str) -> &'static str {
    match name {
        "memory" => "#f1b4c0",
        "tokio_postgres" => "#ffdf5d",
        _ if name.starts_with("kernel") => "#d1d5da",
        _ if SHOWN.iter().any(|(_, shown)| *shown == name) => "#b3e0b8",
        _ => "#79b8ff",
    }
}

/// Crates that are shown by their names alone, and what they are called; the layers of HTTP are many and lie within one another.
const SHOWN: [(&str, &str); 8] = [
    ("hyper", "hyper, axum"),
    ("axum", "hyper, axum"),
    ("tower_http", "hyper, axum"),
    ("tokio_postgres", "tokio_postgres"),
    ("postgres_protocol", "tokio_postgres"),
    ("async_graphql", "async_graphql"),
    ("serde_json", "serde_json"),
    ("serde", "serde_json"),
];

/// The allocator's functions, by how they begin.
const ALLOCATOR: [&str; 8] = ["_rjem_", "je_", "malloc", "free", "calloc", "realloc", "__rust_alloc", "__rust_dealloc"];

/// How a function is shown, if at all.
fn told(symbol: &str) -> Option<String> {
    // Of writev no other frame is left on the stack.
    if let Some(call) = symbol.strip_prefix("__x64_sys_").or_else(|| (symbol == "do_writev").then_some("writev")) {
        return Some(format!("kernel: {call}"));
    }
    if ALLOCATOR.iter().any(|begin| symbol.starts_with(begin)) {
        return Some("memory".to_owned());
    }
    let name = plain(symbol);
    match name.split("::").next().unwrap_or_default() {
        "rpm_api" => Some(short(&name)),
        of => SHOWN.iter().find(|(name, _)| *name == of).map(|(_, shown)| (*shown).to_owned()),
    }
}

/// A name without generic arguments, closures and hashes; of `<Type as Trait>::method` the type's.
fn plain(symbol: &str) -> String {
    let mut name = symbol.replace("->", "");
    if let Some(rest) = name.strip_prefix('<')
        && let Some(end) = closing(rest)
    {
        let of = rest[..end].split(" as ").next().unwrap_or_default().trim_start_matches(['&', '*']);
        name = of.to_owned() + &rest[end + 1..];
    }
    let (mut outside, mut depth) = (String::new(), 0_usize);
    for letter in name.chars() {
        match letter {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            _ if depth == 0 => outside.push(letter),
            _ => {}
        }
    }
    let says = |part: &&str| !part.is_empty() && !part.starts_with('{') && !is_hash(part);
    outside.split("::").filter(says).collect::<Vec<_>>().join("::")
}

/// Where the bracket closes that was opened before.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 1;
    text.char_indices().find_map(|(at, letter)| {
        depth += i32::from(letter == '<') - i32::from(letter == '>');
        (depth == 0).then_some(at)
    })
}

fn is_hash(part: &str) -> bool {
    part.len() == 17 && part.starts_with('h') && part[1..].chars().all(|letter| letter.is_ascii_hexdigit())
}

/// The last two parts of a path.
fn short(name: &str) -> String {
    let parts: Vec<&str> = name.split("::").collect();
    parts[parts.len().saturating_sub(2)..].join("::")
}
