// Follows the event log as many clients with the field's own libraries, over all transports, and is treated badly meanwhile.
//
//   node subscribers.mjs '{"urls", "tokens", "after", "seed", "clients", "transports"}'
//
// A line `{"finish": ID}` on standard input lets every client go on until it has seen the event with that id. Then prints one
// line: a JSON array with what each client saw, connection by connection. Every choice is made from the seed.
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import WebSocket from 'ws';

const setup = JSON.parse(process.argv[2]);

const DOCUMENT = `subscription($after: Cursor, $types: [EventType!], $owner: [String!]) {
  events(after: $after, types: $types, owner: $owner) { id cursor week { title } } }`;
const PAGE = `query($after: Cursor, $types: [EventType!], $owner: [String!]) {
  events(after: $after, types: $types, owner: $owner, first: 20) { nodes { id cursor } endCursor hasNextPage } }`;

/** How long clients get to see the last event once it is known. */
const FINISH_WITHIN = 60_000;

let last = Infinity;
let overdue = false;

/** Small and seeded (mulberry32): numbers from 0 to 1. */
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Client {
  constructor(number) {
    this.random = randomFrom(setup.seed * 1000 + number);
    this.transport = setup.transports[number % setup.transports.length];
    const round = Math.floor(number / setup.transports.length);
    /** Those who leave it to their library to connect again; the others drop the connection themselves. */
    this.patient = round % 2 === 0;
    this.member = ['admin', 'vip', 'team'][round % 3];
    // The last event is of a type, and of an action of an owner, that all of these see.
    this.filter = [{}, { types: ['ACTION_BLOCKED', 'ACTION_UPDATED'] }, { owner: ['artifacts agent'] }][Math.floor(round / 2) % 3];
    this.after = setup.after;
    this.seen = 0;
    this.connections = [];
  }

  get done() {
    return overdue || this.seen >= last;
  }

  get url() {
    return setup.urls[Math.floor(this.random() * setup.urls.length)];
  }

  /** Where the next connection begins: read anew by the libraries whenever they connect. */
  get variables() {
    const client = this;
    return {
      ...this.filter,
      get after() {
        return client.after;
      },
    };
  }

  connected() {
    this.connections.push([]);
  }

  saw({ id, cursor }) {
    const number = Number(id.split(':')[1]);
    this.connections.at(-1).push(number);
    this.seen = Math.max(this.seen, number);
    this.after = cursor;
  }

  pause(from, to) {
    return sleep(from + (to - from) * this.random());
  }

  /** Connects again and again until everything has been seen. */
  async run() {
    const follow = { ws: followWs, sse: followSse, poll: followPoll }[this.transport];
    while (!this.done) {
      await follow(this).catch((error) => {
        this.trouble = String(error?.message ?? error?.reason ?? error);
      });
      await this.pause(20, 300);
    }
    return {
      transport: this.transport,
      patient: this.patient,
      member: this.member,
      types: this.filter.types ?? null,
      owner: this.filter.owner ? 'Artifacts' : null,
      trouble: this.trouble ?? null,
      connections: this.connections.filter((connection) => connection.length > 0),
    };
  }

  /** Until there is nothing more to see. */
  async finished(stop) {
    while (!this.done && !stop.aborted) await sleep(50);
  }
}

/** Treats a connection badly until `stop`: `drop` ends it hard, `stall` leaves it unread for some time. */
async function harass(client, stop, { drop, stall }) {
  while (!stop.aborted) {
    await client.pause(500, 5000);
    if (stop.aborted) return;
    if (client.random() < 0.3) await stall();
    else if (!client.patient) return drop();
  }
}

async function followWs(client) {
  const stop = new AbortController();
  let socket;
  const ws = createWsClient({
    url: () => client.url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: () => ({ token: setup.tokens[client.member] }),
    retryAttempts: client.patient ? Infinity : 0,
    shouldRetry: () => true,
    retryWait: () => client.pause(20, 300),
    on: {
      connected: (connected) => {
        socket = connected;
        client.connected();
      },
    },
  });
  const work = (async () => {
    for await (const { data, errors } of ws.iterate({ query: DOCUMENT, variables: client.variables })) {
      if (errors && !data?.events) throw errors[0];
      client.saw(data.events);
      if (client.done) return;
    }
  })();
  const bad = harass(client, stop.signal, {
    drop: () => socket?.terminate(),
    async stall() {
      const stream = socket?._socket;
      stream?.pause();
      await client.pause(500, 3000);
      stream?.resume();
    },
  });
  try {
    await Promise.race([work, client.finished(stop.signal)]);
  } finally {
    stop.abort();
    work.catch(() => {});
    bad.catch(() => {});
    await ws.dispose();
    socket?.terminate();
  }
}

async function followSse(client) {
  const stop = new AbortController();
  let stalled = Promise.resolve();
  const sse = createSseClient({
    url: () => client.url,
    headers: () => ({ authorization: `Bearer ${setup.tokens[client.member]}` }),
    retryAttempts: client.patient ? Infinity : 0,
    retry: () => client.pause(20, 300),
    // A connection, as seen from here, is one request. Its bytes pass a gate, so that a stall reaches the server.
    fetchFn: async (...request) => {
      const { body, status, headers } = await fetch(...request);
      client.connected();
      const gate = new TransformStream({
        async transform(chunk, out) {
          await stalled;
          out.enqueue(chunk);
        },
      });
      return new Response(body?.pipeThrough(gate), { status, headers });
    },
  });
  // Not by iteration: the library would queue what it reads, across its connections.
  const work = new Promise((resolve, reject) => {
    sse.subscribe(
      { query: DOCUMENT, variables: client.variables },
      {
        next({ data, errors }) {
          if (errors && !data?.events) return reject(errors[0]);
          client.saw(data.events);
          if (client.done) resolve();
        },
        error: reject,
        complete: resolve,
      },
    );
  });
  const bad = harass(client, stop.signal, {
    drop: () => sse.dispose(),
    async stall() {
      stalled = client.pause(500, 3000);
      await stalled;
    },
  });
  try {
    await Promise.race([work, client.finished(stop.signal)]);
  } finally {
    stop.abort();
    work.catch(() => {});
    bad.catch(() => {});
    sse.dispose();
  }
}

async function followPoll(client) {
  client.connected();
  let etag;
  let address;
  while (!client.done) {
    const variables = JSON.stringify({ ...client.filter, after: client.after });
    const url = `${client.url}?${new URLSearchParams({ query: PAGE, variables })}`;
    if (url !== address) [address, etag] = [url, undefined];
    const headers = { authorization: `Bearer ${setup.tokens[client.member]}`, ...(etag && { 'if-none-match': etag }) };
    const answer = await fetch(url, { headers, signal: AbortSignal.timeout(5000) });
    if (answer.status === 304) {
      await answer.arrayBuffer();
      client.unchanged = (client.unchanged ?? 0) + 1;
    } else {
      const body = await answer.json();
      if (!body.data?.events) throw new Error(JSON.stringify(body.errors));
      etag = answer.headers.get('etag') ?? undefined;
      body.data.events.nodes.forEach((event) => client.saw(event));
      client.after = body.data.events.endCursor;
      if (body.data.events.hasNextPage) continue;
    }
    await client.pause(50, 400);
  }
}

const clients = Array.from({ length: setup.clients }, (_, number) => new Client(number));
createInterface({ input: process.stdin }).once('line', (line) => {
  last = JSON.parse(line).finish;
  setTimeout(() => (overdue = true), FINISH_WITHIN).unref();
});
const logs = await Promise.all(clients.map((client) => client.run()));
process.stdout.write(`${JSON.stringify(logs)}\n`, () => process.exit(0));
