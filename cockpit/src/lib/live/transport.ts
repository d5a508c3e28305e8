/**
 * Which way events come: WebSocket, else Server-Sent Events, else a question every half minute; and back again.
 *
 * The machine knows nothing of GraphQL or React. It opens channels, keeps the cursor of the last event it has passed on, and gives
 * every channel that it opens the cursor to go on behind, so that a change of channels loses nothing. An event that two channels
 * bring is passed on once.
 */

export type ChannelName = 'websocket' | 'sse' | 'polling';

/** What the machine needs to know of an event. */
export interface Stamped {
  id: string;
  cursor: string;
}

/** Why a channel ended. */
export type Ending =
  /** It broke, or could not be opened. */
  | 'lost'
  /** The session is over: another try needs a renewed one. */
  | 'unauthenticated'
  /** Events behind the cursor have been removed from the log: what is shown must be read anew. */
  | 'expired';

export interface Listener<E extends Stamped> {
  /** It works: events will come. For polling: an answer has come. */
  opened(): void;
  event(event: E): void;
  /** Nothing happened up to this cursor. */
  reached?(cursor: string): void;
  /** It has ended; nothing comes any more. */
  ended(why: Ending): void;
}

/** Opens a channel behind a cursor. Returns what closes it, without a call of `ended`. */
export type Channel<E extends Stamped> = (after: () => string, listener: Listener<E>) => () => void;

export interface Status {
  /** Where events come from now; null while there is no way at all. */
  channel: ChannelName | null;
  /** When something was last heard over it (milliseconds since 1970); null before. */
  heardAt: number | null;
}

export interface Options<E extends Stamped> {
  channels: Record<ChannelName, Channel<E>>;
  /** The cursor to begin behind. */
  after: string;
  onEvent(event: E): void;
  onStatus(status: Status): void;
  /** The session is over. Resolves to whether it has been renewed; when it has not, the machine stops. */
  renew(): Promise<boolean>;
  /** The cursor is too old: read everything anew and give the cursor from before that. */
  restart(): Promise<string>;
}

/** Pauses between tries to get back to a better channel, in milliseconds; the last one goes on. */
export const RETRIES = [1_000, 2_000, 5_000, 10_000, 30_000];

/** How many events are remembered, to pass none on twice. */
const REMEMBERED = 500;

/** From the best to the worst. */
const ORDER: ChannelName[] = ['websocket', 'sse', 'polling'];

const rank = (name: ChannelName | null) => (name === null ? ORDER.length : ORDER.indexOf(name));

export class Transport<E extends Stamped> {
  private cursor: string;
  private readonly seen = new Set<string>();
  private status: Status = { channel: null, heardAt: null };
  /** What is open or being opened, by name. */
  private readonly open = new Map<ChannelName, () => void>();
  private tries = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stopped = false;
  private pausing = false;

  constructor(private readonly options: Options<E>) {
    this.cursor = options.after;
    this.attempt('websocket');
  }

  /** Looks for a better channel at once, for example when the network is back. */
  wake() {
    if (this.stopped || this.pausing || this.status.channel === 'websocket') return;
    this.tries = 0;
    this.improve();
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    this.closeAll();
  }

  private attempt(name: ChannelName) {
    if (this.open.has(name) || this.stopped) return;
    let over = false;
    const current = () => !over && !this.stopped;
    // What a channel says while it is being opened comes before there is anything to close.
    let close: (() => void) | undefined;
    this.open.set(name, () => {
      over = true;
      close?.();
    });
    close = this.options.channels[name](() => this.cursor, {
      opened: () => current() && this.opened(name),
      event: (event) => current() && this.pass(name, event),
      reached: (cursor) => {
        if (current()) this.cursor = cursor;
      },
      ended: (why) => {
        if (!current()) return;
        over = true;
        this.open.delete(name);
        this.ended(name, why);
      },
    });
    if (over) close();
  }

  private opened(name: ChannelName) {
    // A worse channel than what there is has come too late.
    if (rank(name) > rank(this.status.channel)) return this.close(name);
    for (const other of ORDER) if (rank(other) > rank(name)) this.close(other);
    if (name === 'websocket') {
      clearTimeout(this.timer);
      this.timer = undefined;
      this.tries = 0;
      this.close('sse');
    }
    this.heard(name);
    if (name !== 'websocket') this.schedule();
  }

  private pass(name: ChannelName, event: E) {
    if (!this.seen.has(event.id)) {
      this.seen.add(event.id);
      if (this.seen.size > REMEMBERED) this.seen.delete(this.seen.values().next().value as string);
      this.cursor = event.cursor;
      this.options.onEvent(event);
    }
    if (this.status.channel === name) this.heard(name);
  }

  private ended(name: ChannelName, why: Ending) {
    if (why === 'unauthenticated') return void this.pause(() => this.options.renew().then((renewed) => !renewed && this.stop()));
    if (why === 'expired') {
      return void this.pause(async () => {
        this.cursor = await this.options.restart();
      });
    }
    if (this.status.channel === name) this.tell({ ...this.status, channel: null });
    // The next worse one carries on meanwhile, where nothing better does.
    const next = ORDER[ORDER.indexOf(name) + 1];
    if (next && rank(this.status.channel) > rank(next)) this.attempt(next);
    this.schedule();
  }

  /** Closes everything for a step that must come first, then begins again from the best channel. */
  private async pause(step: () => Promise<unknown>) {
    this.pausing = true;
    this.closeAll();
    try {
      await step();
    } catch {
      // The server cannot say now: the next try comes upon the same answer, later.
    }
    this.pausing = false;
    if (this.stopped) return;
    if (this.tries === 0) this.attempt('websocket');
    this.tell({ ...this.status, channel: null });
    this.schedule();
  }

  /** Sees to it that a better channel is tried after a while. */
  private schedule() {
    if (this.timer !== undefined || this.stopped || this.pausing) return;
    const pause = RETRIES[Math.min(this.tries, RETRIES.length - 1)];
    this.tries += 1;
    this.timer = setTimeout(() => this.improve(), pause);
  }

  private improve() {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const name of ORDER) if (rank(name) < rank(this.status.channel)) this.attempt(name);
    this.schedule();
  }

  private close(name: ChannelName) {
    this.open.get(name)?.();
    this.open.delete(name);
  }

  private closeAll() {
    for (const name of ORDER) this.close(name);
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private heard(name: ChannelName) {
    this.tell({ channel: name, heardAt: Date.now() });
  }

  private tell(status: Status) {
    this.status = status;
    this.options.onStatus(status);
  }
}
