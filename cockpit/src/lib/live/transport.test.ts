import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RETRIES, Transport, type Channel, type ChannelName, type Ending, type Listener, type Stamped, type Status } from './transport';

/** A channel that the test plays: what was opened behind which cursor, and what it says. */
interface Opened extends Listener<Stamped> {
  name: ChannelName;
  after: string;
  closed: boolean;
}

function world(restart = () => Promise.resolve('c100'), renew = () => Promise.resolve(true)) {
  const opened: Opened[] = [];
  const events: string[] = [];
  const statuses: Status[] = [];
  const channel =
    (name: ChannelName): Channel<Stamped> =>
    (after, listener) => {
      const one: Opened = { ...listener, name, after: after(), closed: false };
      opened.push(one);
      return () => (one.closed = true);
    };
  const transport = new Transport<Stamped>({
    channels: { websocket: channel('websocket'), sse: channel('sse'), polling: channel('polling') },
    after: 'c0',
    onEvent: ({ id }) => events.push(id),
    onStatus: (status) => statuses.push(status),
    renew,
    restart,
  });
  return {
    transport,
    opened,
    events,
    /** The last one of a name. */
    last: (name: ChannelName) => opened.filter((one) => one.name === name).at(-1)!,
    /** Those that are open or being opened. */
    alive: () => opened.filter((one) => !one.closed && !ended.has(one)).map(({ name }) => name),
    now: () => statuses.at(-1)?.channel,
    lose(name: ChannelName, why: Ending = 'lost') {
      const one = opened.filter((each) => each.name === name).at(-1)!;
      ended.add(one);
      one.ended(why);
    },
  };
}

const ended = new Set<Opened>();
const event = (number: number): Stamped => ({ id: `e${number}`, cursor: `c${number}` });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('it begins with a socket behind the cursor that it was given, and passes on what comes', () => {
  const { opened, events, last, now } = world();
  expect(opened.map(({ name, after }) => [name, after])).toEqual([['websocket', 'c0']]);
  last('websocket').opened();
  last('websocket').event(event(1));
  last('websocket').event(event(2));
  expect([events, now()]).toEqual([['e1', 'e2'], 'websocket']);
});

test('a lost socket gives way to a stream, that to polling, each behind the last event', () => {
  const { last, lose, now, alive } = world();
  last('websocket').opened();
  last('websocket').event(event(1));
  lose('websocket');
  expect([now(), last('sse').after]).toEqual([null, 'c1']);
  last('sse').opened();
  last('sse').event(event(2));
  expect(now()).toBe('sse');
  lose('sse');
  expect([now(), last('polling').after]).toEqual([null, 'c2']);
  last('polling').opened();
  expect([now(), alive()]).toEqual(['polling', ['polling']]);
});

test('it goes back to the socket when that works again, and closes what carried on meanwhile', () => {
  const { last, lose, now, alive } = world();
  lose('websocket');
  last('sse').opened();
  last('sse').event(event(7));
  vi.advanceTimersByTime(RETRIES[0]!);
  expect(last('websocket').after).toBe('c7');
  last('websocket').opened();
  expect([now(), alive()]).toEqual(['websocket', ['websocket']]);
  vi.advanceTimersByTime(10 * 60_000);
  expect(alive()).toEqual(['websocket']);
});

test('from polling both better ways are tried, and the stream is taken while the socket stays away', () => {
  const { last, lose, now, alive } = world();
  lose('websocket');
  lose('sse');
  last('polling').opened();
  vi.advanceTimersByTime(RETRIES[0]!);
  expect(alive()).toEqual(['polling', 'websocket', 'sse']);
  lose('websocket');
  last('sse').opened();
  expect([now(), alive()]).toEqual(['sse', ['sse']]);
});

test('tries become rarer, and never end', () => {
  const { opened, lose, last, alive } = world();
  lose('websocket');
  last('sse').opened();
  const at: number[] = [];
  const begun = Date.now();
  for (let round = 0; round < RETRIES.length + 2; round += 1) {
    const before = opened.length;
    while (opened.length === before) vi.advanceTimersByTime(500);
    at.push(Date.now() - begun);
    lose('websocket');
  }
  const pauses = at.map((time, round) => time - (at[round - 1] ?? 0));
  expect(pauses).toEqual([...RETRIES, RETRIES.at(-1), RETRIES.at(-1)]);
  expect(alive()).toEqual(['sse']);
});

test('an event that two ways bring is passed on once, and does not turn the cursor back', () => {
  const { last, lose, events } = world();
  lose('websocket');
  last('sse').opened();
  vi.advanceTimersByTime(RETRIES[0]!);
  last('sse').event(event(1));
  last('sse').event(event(2));
  const socket = last('websocket');
  socket.opened();
  socket.event(event(1));
  expect(events).toEqual(['e1', 'e2']);
  lose('websocket');
  expect(last('sse').after).toBe('c2');
});

test('what a closed channel still says is not heard', () => {
  const { last, lose, events, now } = world();
  lose('websocket');
  const stream = last('sse');
  stream.opened();
  vi.advanceTimersByTime(RETRIES[0]!);
  last('websocket').opened();
  stream.event(event(9));
  stream.ended('lost');
  expect([events, now()]).toEqual([[], 'websocket']);
});

test('polling moves the cursor also when nothing happened', () => {
  const { last, lose } = world();
  lose('websocket');
  lose('sse');
  last('polling').reached?.('c5');
  last('polling').opened();
  vi.advanceTimersByTime(RETRIES[0]!);
  expect(last('websocket').after).toBe('c5');
});

test('a session that is over is renewed before the next try; where it cannot be, it stops', async () => {
  const renewed = world();
  renewed.lose('websocket', 'unauthenticated');
  expect(renewed.alive()).toEqual([]);
  await vi.advanceTimersByTimeAsync(0);
  expect(renewed.alive()).toEqual(['websocket']);

  const over = world(undefined, () => Promise.resolve(false));
  over.lose('websocket', 'unauthenticated');
  await vi.advanceTimersByTimeAsync(10 * 60_000);
  expect(over.alive()).toEqual([]);
});

test('a server that refuses what was renewed a moment ago is not asked without end', async () => {
  const { opened, lose } = world();
  for (let round = 0; round < 5; round += 1) {
    lose('websocket', 'unauthenticated');
    await vi.advanceTimersByTimeAsync(RETRIES[0]! / 2);
  }
  expect(opened.filter(({ name }) => name === 'websocket').length).toBeLessThan(4);
});

test('a cursor that is too old is replaced by one from before everything is read anew', async () => {
  const { last, lose } = world();
  last('websocket').opened();
  lose('websocket', 'expired');
  await vi.advanceTimersByTimeAsync(0);
  expect(last('websocket').after).toBe('c100');
});

test('it tries at once when it is woken, and ends when it is stopped', () => {
  const { transport, last, lose, opened, alive } = world();
  lose('websocket');
  last('sse').opened();
  transport.wake();
  expect(alive()).toEqual(['sse', 'websocket']);
  transport.stop();
  expect(alive()).toEqual([]);
  const count = opened.length;
  vi.advanceTimersByTime(10 * 60_000);
  expect(opened.length).toBe(count);
});
