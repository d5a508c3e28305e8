// Sees one run of the event log through every transport, with the field's own clients, and demands the same of all of them.
//
//   node transports.mjs '{"url", "token", "after"}'
//
// Reads lines from standard input: `{"count": N}` says how many events there are behind the cursor by now. Each time every
// transport is asked for that many, once from the beginning and, where it is live, on the connection that it has; then prints
// `seen N`. Exits 1 with the difference when two of them do not agree.
import assert from 'node:assert/strict';
import { createInterface } from 'node:readline';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import WebSocket from 'ws';

const { url, token, after } = JSON.parse(process.argv[2]);
const authorization = `Bearer ${token}`;

const FIELDS = `__typename id cursor type occurredAt actor detail week { id title completionRate }
  ... on ActionCompletedEvent { action { code status owners { name } } }
  ... on ActionBlockedEvent { action { code blockerDescription } }
  ... on ActionUpdatedEvent { action { code status } }
  ... on AgentStatusChangedEvent { agent { name status errorLog } }`;
const DOCUMENT = `subscription($after: Cursor) { events(after: $after) { ${FIELDS} } }`;
const PAGE = `query($after: Cursor) { events(after: $after, first: 3) { nodes { ${FIELDS} } endCursor hasNextPage } }`;

/** Events of a subscription as they come; `take` waits until there are so many. */
class Stream {
  events = [];
  #waiting = () => {};

  constructor(iterator) {
    this.iterator = iterator;
    this.work = this.#read();
  }

  async #read() {
    for await (const { data, errors } of this.iterator) {
      assert.equal(errors, undefined, JSON.stringify(errors));
      this.events.push(data.events);
      this.#waiting();
    }
  }

  async take(count) {
    await Promise.race([
      this.work,
      new Promise((resolve) => {
        this.#waiting = () => this.events.length >= count && resolve();
        this.#waiting();
      }),
    ]);
    return this.events.slice(0, count);
  }
}

const ws = createWsClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket, connectionParams: { token }, retryAttempts: 0 });
const sse = createSseClient({ url, headers: { authorization }, retryAttempts: 0 });
const subscribe = {
  'graphql-ws': () => new Stream(ws.iterate({ query: DOCUMENT, variables: { after } })),
  'graphql-sse': () => new Stream(sse.iterate({ query: DOCUMENT, variables: { after } })),
};

async function poll(count) {
  const events = [];
  let cursor = after;
  while (events.length < count) {
    const variables = JSON.stringify({ after: cursor });
    const answer = await fetch(`${url}?${new URLSearchParams({ query: PAGE, variables })}`, { headers: { authorization } });
    const { data, errors } = await answer.json();
    assert.equal(errors, undefined, JSON.stringify(errors));
    events.push(...data.events.nodes);
    cursor = data.events.endCursor;
  }
  return events;
}

/** What an event was at its time is the same for all; what it tells of is shown as it was when the event was first read. */
const settled = (events) => events.map(({ week, action, agent, ...rest }) => ({ ...rest, week: week && week.id, action: action?.code, agent: agent?.name }));

// What is lost must not be waited for.
setTimeout(() => {
  console.error('an event does not come');
  process.exit(1);
}, 90_000).unref();

const live = Object.entries(subscribe).map(([name, open]) => [name, open()]);
for await (const line of createInterface({ input: process.stdin })) {
  const { count } = JSON.parse(line);
  const polled = await poll(count);
  assert.equal(polled.length, count);
  for (const [name, stream] of live) {
    assert.deepEqual(settled(await stream.take(count)), settled(polled), `${name}, live`);
  }
  for (const [name, open] of Object.entries(subscribe)) {
    assert.deepEqual(settled(await open().take(count)), settled(polled), `${name}, replayed`);
  }
  console.log(`seen ${count}`);
}
process.exit(0);
