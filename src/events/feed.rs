//! The answers of one subscribed document in one scope, shared by all who subscribe to it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

use super::replay::Pages;
use crate::store::EventFilter;

/// Answers that a feed keeps: what a subscriber may fall behind before it replays the log.
const RECENT_DELIVERIES: usize = 256;

/// The same in bytes; one answer is kept however long it is.
const RECENT_BYTES: usize = 1024 * 1024;

/// What one event is to one document: written out once, sent to many.
#[derive(Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The event's place in the log.
    pub position: i64,
    /// The same as clients know it: where to go on after this.
    pub cursor: Box<str>,
    /// The answer as GraphQL's JSON: an object with `data`, and `errors` where fields failed.
    pub payload: Box<str>,
}

/// A document at work.
#[derive(Debug)]
pub(super) struct Feed<D> {
    pub(super) document: Arc<D>,
    pub(super) filter: EventFilter,
    /// What those who are behind get.
    pub(super) pages: Pages,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// `recent` holds all there is behind `base` up to and including `head`.
    base: i64,
    head: i64,
    recent: VecDeque<Arc<Delivery>>,
    bytes: usize,
    seats: Vec<Seat>,
    free: Vec<usize>,
}

/// A subscriber's place among those who wait.
#[derive(Debug, Default)]
struct Seat {
    /// There while the subscriber waits for more than it has seen.
    waker: Option<Waker>,
    /// What a waiting subscriber has seen, moved on for it.
    seen: i64,
}

/// What a feed has for a subscriber.
pub(super) enum Next {
    Delivery(Arc<Delivery>),
    /// Nothing now; it will be woken.
    Wait,
    /// The feed no longer, or not yet, reaches back that far.
    Behind,
}

impl<D> Feed<D> {
    /// A feed that will be complete behind `base`.
    pub(super) fn new(document: D, filter: EventFilter, base: i64) -> Self {
        let state = State { base, head: base, recent: VecDeque::new(), bytes: 0, seats: Vec::new(), free: Vec::new() };
        Self { document: Arc::new(document), filter, pages: Pages::default(), state: Mutex::new(state) }
    }

    /// Consistent between any two statements that hold it.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a subscriber, to be given back.
    pub(super) fn take_seat(&self) -> usize {
        let mut state = self.lock();
        state.free.pop().unwrap_or_else(|| {
            state.seats.push(Seat::default());
            state.seats.len() - 1
        })
    }

    pub(super) fn leave_seat(&self, seat: usize) {
        let mut state = self.lock();
        state.seats[seat] = Seat::default();
        state.free.push(seat);
    }

    /// What comes next behind a position, which moves along.
    pub(super) fn next(&self, seat: usize, position: &mut i64, cx: &Context<'_>) -> Next {
        let mut state = self.lock();
        *position = (*position).max(state.seats[seat].seen);
        if *position < state.base {
            return Next::Behind;
        }
        let index = state.recent.partition_point(|delivery| delivery.position <= *position);
        if let Some(delivery) = state.recent.get(index) {
            *position = delivery.position;
            return Next::Delivery(Arc::clone(delivery));
        }
        *position = (*position).max(state.head);
        let seen = *position;
        let seat = &mut state.seats[seat];
        seat.seen = seen;
        match &mut seat.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            None => seat.waker = Some(cx.waker().clone()),
        }
        Next::Wait
    }

    /// Takes in what lies between the head and `through`, and wakes who waits for it.
    pub(super) fn append(&self, deliveries: Vec<Arc<Delivery>>, through: i64) {
        let mut woken = Vec::new();
        {
            let mut state = self.lock();
            if !deliveries.is_empty() {
                let head = state.head;
                for seat in &mut state.seats {
                    if let Some(waker) = seat.waker.take() {
                        seat.seen = seat.seen.max(head);
                        woken.push(waker);
                    }
                }
            }
            state.head = through;
            for delivery in deliveries {
                state.bytes += delivery.payload.len();
                state.recent.push_back(delivery);
            }
            while state.is_too_long() {
                if let Some(oldest) = state.recent.pop_front() {
                    state.bytes -= oldest.payload.len();
                    state.base = oldest.position;
                }
            }
        }
        woken.into_iter().for_each(Waker::wake);
    }

    /// The position behind which the feed is complete.
    pub(super) fn base(&self) -> i64 {
        self.lock().base
    }

    /// Goes on at a position without what lies before it. Whoever waits is behind then, and looks for it in the log.
    pub(super) fn skip(&self, position: i64) {
        let mut woken = Vec::new();
        {
            let mut state = self.lock();
            let head = state.head;
            for seat in &mut state.seats {
                if let Some(waker) = seat.waker.take() {
                    seat.seen = seat.seen.max(head);
                    woken.push(waker);
                }
            }
            state.recent.clear();
            (state.base, state.head, state.bytes) = (position, position, 0);
        }
        woken.into_iter().for_each(Waker::wake);
    }
}

impl State {
    fn is_too_long(&self) -> bool {
        self.recent.len() > RECENT_DELIVERIES || (self.bytes > RECENT_BYTES && self.recent.len() > 1)
    }
}

#[cfg(test)]
mod tests {
    use std::task::Context;

    use super::*;

    fn delivery(position: i64, bytes: usize) -> Arc<Delivery> {
        Arc::new(Delivery { position, cursor: position.to_string().into(), payload: "x".repeat(bytes).into() })
    }

    fn feed(base: i64) -> Feed<()> {
        Feed::new((), EventFilter::default(), base)
    }

    fn read(feed: &Feed<()>, seat: usize, position: &mut i64) -> Option<i64> {
        match feed.next(seat, position, &Context::from_waker(Waker::noop())) {
            Next::Delivery(delivery) => Some(delivery.position),
            Next::Wait => None,
            Next::Behind => panic!("behind"),
        }
    }

    fn is_behind(feed: &Feed<()>, seat: usize, mut position: i64) -> bool {
        matches!(feed.next(seat, &mut position, &Context::from_waker(Waker::noop())), Next::Behind)
    }

    #[test]
    fn a_subscriber_reads_in_order_and_waits_at_the_head() {
        let feed = feed(10);
        let (seat, mut position) = (feed.take_seat(), 10);
        assert_eq!(read(&feed, seat, &mut position), None);
        feed.append(vec![delivery(12, 1), delivery(15, 1)], 17);
        assert_eq!(read(&feed, seat, &mut position), Some(12));
        assert_eq!(read(&feed, seat, &mut position), Some(15));
        assert_eq!(read(&feed, seat, &mut position), None);
        assert_eq!(position, 17, "what is not for it has been passed");
    }

    #[test]
    fn what_is_kept_is_bounded_in_number_and_in_bytes() {
        let feed = feed(0);
        let seat = feed.take_seat();
        let last = i64::try_from(RECENT_DELIVERIES).expect("a small number") + 1;
        feed.append((1..=last).map(|position| delivery(position, 1)).collect(), last);
        assert_eq!(feed.base(), 1);
        assert!(is_behind(&feed, seat, 0) && !is_behind(&feed, seat, 1));
        feed.append(vec![delivery(last + 1, RECENT_BYTES), delivery(last + 2, RECENT_BYTES)], last + 2);
        assert_eq!(feed.base(), last + 1);
        assert_eq!(read(&feed, seat, &mut (last + 1)), Some(last + 2));
    }

    #[test]
    fn who_waits_is_behind_when_the_feed_goes_on_elsewhere() {
        let feed = feed(0);
        let (seat, mut position) = (feed.take_seat(), 0);
        feed.append(vec![delivery(5, 1)], 10);
        assert_eq!([(); 2].map(|()| read(&feed, seat, &mut position)), [Some(5), None]);
        feed.skip(50);
        assert!(is_behind(&feed, seat, position));
        let _ = feed.next(seat, &mut position, &Context::from_waker(Waker::noop()));
        assert_eq!(position, 10, "it has seen all there was until then");
        let (late, mut position) = (feed.take_seat(), 50);
        feed.append(vec![delivery(51, 1)], 51);
        assert_eq!(read(&feed, late, &mut position), Some(51));
    }

    /// Who has waited since long ago has missed nothing of what was not for it, however much came at once then.
    #[test]
    fn a_long_wait_does_not_count_as_falling_behind() {
        let feed = feed(0);
        let (seat, mut position) = (feed.take_seat(), 0);
        assert_eq!(read(&feed, seat, &mut position), None);
        feed.append(Vec::new(), 1000);
        feed.append((1001..=2000).map(|position| delivery(position, 1)).collect(), 2000);
        assert!(is_behind(&feed, seat, position));
        let _ = feed.next(seat, &mut position, &Context::from_waker(Waker::noop()));
        assert_eq!(position, 1000);
    }
}
