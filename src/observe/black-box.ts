import type { Cause } from '../protocol/diagnosis.js';
import { type FrameRecord, FrameRing } from '../protocol/frame-ring.js';
import type { Status, StatusEvent } from '../protocol/status.js';
import { type Clock, systemClock } from '../time/clock.js';
import { eventLine } from './black-box-event.js';
import {
  type BlackBoxFile,
  type BlackBoxRecord,
  FORMAT,
  type FrameLine,
  VERSION,
  type WhyWritten,
} from './black-box-file.js';
import type { Observer } from './observer.js';
import { Redactor } from './redact.js';
import { redactValues } from './redact-values.js';

/** Frames and events of each link that are kept: enough for the minutes before most ends. */
const KEPT = 200;
/** A link that ends again and again is written about once in this time for each reason, in milliseconds. */
const WRITTEN_EVERY_MS = 60_000;
/** When a network fails, all links end at once: files of all links at a time, and the time for one more in milliseconds. */
const MAX_AT_ONCE = 10;
const ONE_MORE_MS = 10_000;

/** Events that may come with every message: the next one in a row is only counted. */
const COUNTED: ReadonlySet<StatusEvent['type']> = new Set([
  'invalid-message',
  'answer-unreadable',
  'oversize-message',
  'stale-reply',
  'reply-unmatched',
  'queue-full',
  'drain-progress',
  'server-requests-refused',
]);

/** Ends of a connection that are part of its life. */
const PLANNED: ReadonlySet<Cause> = new Set(['closed-by-endpoint', 'endpoint-restarting']);

/** An event, and how many frames came before it. */
interface Kept {
  status: Status;
  times: number;
  frames: number;
}

interface LinkBox {
  ring: FrameRing;
  events: Kept[];
  /** Links of this name that have not ended: a changed link may begin before its predecessor has stopped. */
  users: number;
  /** When the last file was written, by reason, clock time in milliseconds. */
  writtenAt: Map<WhyWritten, number>;
  unwritten: number;
}

export interface BlackBoxOptions {
  /** Version of mcp-pipe. */
  version: string;
  secrets: readonly string[];
  /** Receives what is to be kept. Called after the event, so that what follows from it at once is in it as well. */
  write: (file: BlackBoxFile) => void;
  clock?: Clock;
}

/**
 * The last frames and events of each link, which are written when something goes wrong. Metadata only: see `BlackBoxFile`.
 */
// D143
export class BlackBox implements Observer {
  readonly name = 'black-box';
  readonly #options: BlackBoxOptions;
  readonly #clock: Clock;
  readonly #redactor: Redactor;
  readonly #links = new Map<string, LinkBox>();
  /** Files that may be written now. */
  #room = MAX_AT_ONCE;
  #roomAt: number;

  constructor(options: BlackBoxOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#redactor = new Redactor(options.secrets);
    this.#roomAt = this.#clock.now();
  }

  /** Names of the links that have a black box. */
  get links(): readonly string[] {
    return [...this.#links.keys()];
  }

  ringOf(link: string): FrameRing {
    const box = this.#links.get(link) ?? {
      ring: new FrameRing(KEPT),
      events: [],
      users: 0,
      writtenAt: new Map(),
      unwritten: 0,
    };
    box.users += 1;
    this.#links.set(link, box);
    return box.ring;
  }

  onPlan({ secrets }: { secrets: readonly string[] }): void {
    this.#redactor.add(secrets);
  }

  onSecrets(secrets: readonly string[]): void {
    this.#redactor.add(secrets);
  }

  onStatus(status: Status): void {
    const { type, link } = status;
    if (type === 'server-stderr') return;
    this.#note(link, status);
    for (const other of status.alsoLinks ?? []) this.#note(other, status);
    const why = whyToWrite(status);
    const box = this.#links.get(link);
    if (!box) return;
    if (why && this.#mayWrite(box, why)) setImmediate(() => this.#write(link, why));
    if (type === 'link-state' && status.to === 'closed' && --box.users <= 0) this.#links.delete(link);
  }

  /** What is known of the link now; undefined for a link that is not known. */
  read(link: string, why: WhyWritten): BlackBoxFile | undefined {
    const box = this.#links.get(link);
    if (!box) return undefined;
    const { unwritten } = box;
    const file: BlackBoxFile = {
      ...{ format: FORMAT, version: VERSION, mcpPipe: this.#options.version, pid: process.pid, link, why },
      ...{ at: Date.now(), unwritten, records: this.#records(box) },
    };
    // Texts may be cut, and end with a part of a secret.
    return redactValues((text) => this.#redactor.redactCut(text), file) as BlackBoxFile;
  }

  #note(link: string, status: Status): void {
    const box = this.#links.get(link);
    if (!box) return;
    const { events, ring } = box;
    const last = events.at(-1);
    if (last && last.status.type === status.type && COUNTED.has(status.type)) last.times += 1;
    else events.push({ status, times: 1, frames: ring.written });
    if (events.length > KEPT) events.shift();
  }

  #mayWrite(box: LinkBox, why: WhyWritten): boolean {
    const now = this.#clock.now();
    const before = box.writtenAt.get(why);
    this.#room = Math.min(MAX_AT_ONCE, this.#room + (now - this.#roomAt) / ONE_MORE_MS);
    this.#roomAt = now;
    if (this.#room < 1 || (before !== undefined && now - before < WRITTEN_EVERY_MS)) {
      box.unwritten += 1;
      return false;
    }
    this.#room -= 1;
    box.writtenAt.set(why, now);
    return true;
  }

  #write(link: string, why: WhyWritten): void {
    const file = this.read(link, why);
    if (!file) return;
    this.#links.get(link)!.unwritten = 0;
    this.#options.write(file);
  }

  /** Frames and events in the order in which they came. */
  #records({ ring, events }: LinkBox): BlackBoxRecord[] {
    const frames = frameLines(ring.records(), Date.now() - this.#clock.now());
    const first = ring.written - frames.length;
    const records: BlackBoxRecord[] = [];
    let next = 0;
    for (const { status, times, frames: before } of events) {
      while (next < frames.length && first + next < before) records.push(frames[next++]!);
      records.push(eventLine(status, times));
    }
    return [...records, ...frames.slice(next)].slice(-2 * KEPT);
  }
}

function whyToWrite(status: Status): WhyWritten | undefined {
  switch (status.type) {
    case 'down': {
      const { cause, openForMs } = status.diagnosis;
      // The log says all there is to say of a dial that failed.
      if (openForMs === undefined) return undefined;
      return PLANNED.has(cause) && status.pending === 0 ? undefined : 'connection-ended';
    }
    case 'server-down':
      return status.why === 'not-started' ? undefined : 'server-ended';
    default:
      return undefined;
  }
}

/** Frames as lines of the file. Of a reply of mcp-pipe itself, method and duration are those of its request. */
function frameLines(frames: readonly FrameRecord[], offsetMs: number): FrameLine[] {
  const asked = new Map<string, FrameRecord>();
  return frames.map((frame) => {
    const { to, kind, id, bytes, code } = frame;
    let { method, name, tookMs } = frame;
    const isRequest = kind === 'request';
    // The address of a resource is an argument.
    if (method === 'resources/read') name = undefined;
    if (id !== undefined) {
      // The two sides count their ids apart.
      const key = `${isRequest === (to === 'server') ? 'endpoint' : 'server'} ${id}`;
      const request = asked.get(key);
      if (isRequest) asked.set(key, frame);
      else if (request && kind !== 'notification') {
        method ??= request.method;
        if (method !== 'resources/read') name ??= request.name;
        tookMs ??= frame.at - request.at;
        asked.delete(key);
      }
    }
    return {
      at: rounded(frame.at + offsetMs),
      to,
      kind,
      ...(method === undefined ? {} : { method }),
      ...(name === undefined ? {} : { name }),
      ...(id === undefined ? {} : { id: String(id) }),
      bytes,
      ...(tookMs === undefined ? {} : { tookMs: rounded(tookMs) }),
      ...(code === undefined ? {} : { code }),
    };
  });
}

function rounded(ms: number): number {
  return Math.round(ms * 100) / 100;
}
