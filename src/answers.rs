//! Answers that are given again until something that they are made of changes.
//!
//! An answer is remembered under its question and under what its caller may see, with the tables that were read for it
//! (`store::reading`) and the point between two changes at which it was begun. It is given again while none of these tables has
//! changed since, as far as has been heard, and as long as what was committed until a moment ago has been heard. So a change shows at
//! once in the answers of the server that made it, and within a second in those of the others, whoever made it.
//!
//! Those who ask the same at the same time wait for one answer; who asked after a change does not take one that was begun before it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use metrics::{Counter, Gauge, counter, gauge};
use quick_cache::sync::Cache;
use quick_cache::{Equivalent, Weighter};

use crate::entities::enums::Role;
use crate::store::{Changes, Point, Reads, Scope, reading};

/// An answer that was not to be remembered is not waited for, for so long.
const FORGET: Duration = Duration::from_secs(1);

/// What an entry takes beside its texts, in bytes: about.
const OVERHEAD: u64 = 256;

/// How many answers are expected: a guess at the size of a small one, in bytes.
const TYPICAL: u64 = 2048;

/// A question, and on what of the data its answer depends.
#[derive(Clone, Copy, Debug, Hash)]
pub struct Question<'a> {
    /// What the caller may ask for.
    pub role: Role,
    /// Whose rows the caller sees.
    pub scope: Scope,
    /// The words of the question, to the letter.
    pub text: &'a [u8],
}

/// The same, kept. Its fields stand as those of [`Question`] do: one finds the other only where both hash alike.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    role: Role,
    scope: Scope,
    text: Box<[u8]>,
}

impl From<Question<'_>> for Key {
    fn from(Question { role, scope, text }: Question<'_>) -> Self {
        Self { role, scope, text: text.into() }
    }
}

impl Equivalent<Key> for Question<'_> {
    fn equivalent(&self, Key { role, scope, text }: &Key) -> bool {
        (self.role, self.scope, self.text) == (*role, *scope, &**text)
    }
}

/// Something that can be given again.
pub trait Answer: Send + Sync + 'static {
    /// How much memory it takes, in bytes.
    fn bytes(&self) -> usize;
}

/// The answers that are remembered, up to a bound of memory. Cheap to clone.
#[derive(Debug)]
pub struct Answers<A>(Arc<Memory<A>>);

impl<A> Clone for Answers<A> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

#[derive(Debug)]
struct Memory<A> {
    changes: Changes,
    given: Given,
    /// None where nothing is to be remembered.
    entries: Option<Cache<Key, Entry<A>, Weight>>,
}

#[derive(Debug)]
enum Entry<A> {
    Known {
        answer: Arc<A>,
        reads: Reads,
        begun: Point,
    },
    /// The last answer was for its caller only, or none to be given again.
    Forgotten {
        at: Instant,
    },
}

impl<A> Clone for Entry<A> {
    fn clone(&self) -> Self {
        match self {
            Self::Known { answer, reads, begun } => Self::Known { answer: Arc::clone(answer), reads: *reads, begun: *begun },
            Self::Forgotten { at } => Self::Forgotten { at: *at },
        }
    }
}

#[derive(Clone, Debug)]
struct Weight;

impl<A: Answer> Weighter<Key, Entry<A>> for Weight {
    fn weight(&self, key: &Key, entry: &Entry<A>) -> u64 {
        let answer = match entry {
            Entry::Known { answer, .. } => answer.bytes(),
            Entry::Forgotten { .. } => 0,
        };
        OVERHEAD + (key.text.len() + answer) as u64
    }
}

/// Answers given again from memory, shared with a neighbour who asked at the same time, or read from the database.
struct Given {
    memory: Counter,
    neighbour: Counter,
    database: Counter,
    bytes: Gauge,
}

impl Given {
    fn new() -> Self {
        Self {
            memory: counter!("rpm_answers_total", "from" => "memory"),
            neighbour: counter!("rpm_answers_total", "from" => "neighbour"),
            database: counter!("rpm_answers_total", "from" => "database"),
            bytes: gauge!("rpm_answers_bytes"),
        }
    }
}

impl std::fmt::Debug for Given {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Given").finish_non_exhaustive()
    }
}

impl<A: Answer> Answers<A> {
    /// Remembers answers up to a bound, in bytes; with 0 none.
    #[must_use]
    pub fn new(changes: Changes, bytes: u64) -> Self {
        let expected = usize::try_from(bytes / TYPICAL).unwrap_or(usize::MAX);
        let entries = (bytes > 0).then(|| Cache::with_weighter(expected, bytes, Weight));
        Self(Arc::new(Memory { changes, given: Given::new(), entries }))
    }

    /// Remembers none.
    #[must_use]
    pub fn none() -> Self {
        Self::new(Changes::default(), 0)
    }

    /// The answer to a question where it is known and still holds.
    pub async fn find(&self, question: Question<'_>) -> Option<Arc<A>> {
        let entry = self.0.entries.as_ref()?.get(&question)?;
        let Entry::Known { answer, reads, begun } = entry else { return None };
        // In this order: what is heard while one waits counts.
        let holds = reads.is_in_time() && self.0.changes.are_current().await && self.0.changes.hold(&reads, begun);
        if holds {
            self.0.given.memory.increment(1);
        }
        holds.then_some(answer)
    }

    /// Answers a question, once for all who ask it at the same time; an `Err` is an answer that is not to be given again.
    ///
    /// # Errors
    /// What `work` gives as such.
    pub async fn answer<R>(&self, question: Question<'_>, work: impl Future<Output = Result<A, R>>) -> Result<Arc<A>, R> {
        let Some(entries) = &self.0.entries else { return work.await.map(Arc::new) };
        if !self.0.changes.are_current().await {
            self.0.given.database.increment(1);
            return work.await.map(Arc::new);
        }
        let key = Key::from(question);
        loop {
            match entries.get_value_or_guard_async(&key).await {
                Ok(Entry::Known { answer, reads, begun }) => {
                    // That of a neighbour who asked the same, unless it is an old one.
                    if reads.is_in_time() && self.0.changes.hold(&reads, begun) {
                        self.0.given.neighbour.increment(1);
                        return Ok(answer);
                    }
                    entries.remove_if(&key, |entry| matches!(entry, Entry::Known { begun: own, .. } if *own == begun));
                }
                Ok(Entry::Forgotten { at }) if at.elapsed() < FORGET => {
                    self.0.given.database.increment(1);
                    return work.await.map(Arc::new);
                }
                Ok(Entry::Forgotten { at }) => {
                    entries.remove_if(&key, |entry| matches!(entry, Entry::Forgotten { at: own } if *own == at));
                }
                Err(guard) => {
                    self.0.given.database.increment(1);
                    let begun = self.0.changes.point();
                    let (outcome, reads) = reading(work).await;
                    let outcome = outcome.map(Arc::new);
                    let entry = match &outcome {
                        Ok(answer) if reads.can_be_shared() => Entry::Known { answer: Arc::clone(answer), reads, begun },
                        _ => Entry::Forgotten { at: Instant::now() },
                    };
                    // Fails when the entry was removed meanwhile, which is as well.
                    let _ = guard.insert(entry);
                    self.0.given.bytes.set(entries.weight() as f64);
                    return outcome;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::hash::{BuildHasher, RandomState};

    use super::*;

    #[test]
    fn a_question_finds_what_is_kept_of_it() {
        let question = Question { role: Role::Team, scope: Scope::All, text: b"{ weeks }" };
        let (key, hasher) = (Key::from(question), RandomState::new());
        assert!(question.equivalent(&key));
        assert_eq!(hasher.hash_one(question), hasher.hash_one(&key));
        for other in [
            Question { role: Role::Vip, ..question },
            Question { scope: Scope::Nothing, ..question },
            Question { text: b"{ weeks } ", ..question },
        ] {
            assert!(!other.equivalent(&key), "{other:?}");
        }
    }
}
