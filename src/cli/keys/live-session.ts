import { type LiveLines, liveLines } from '../../observe/live-lines.js';
import { rowsOf } from '../../observe/live-rows.js';
import { type LiveView, withWords } from '../../observe/live-state.js';
import { callsViewLines, heightOfView, logViewLines } from '../../observe/live-views.js';
import type { LogRing } from '../../observe/log-ring.js';
import type { Redactor } from '../../observe/redact.js';
import type { RunningCall } from '../../protocol/stats.js';
import { LINKS, type LiveMode, pressed, type Shown } from './live-mode.js';
import { LogView } from './log-view.js';
import type { Key } from './read-keys.js';

export interface LiveSessionOptions {
  /** The current facts and the words, without the size of the terminal. */
  view: () => Omit<LiveView, 'columns' | 'rows' | 'keys'>;
  calls: () => readonly RunningCall[];
  ring: LogRing;
  /** The level of the log. */
  level: string;
  redactor: Redactor;
  /** Called when something else is to be shown. */
  changed: () => void;
}

/** Ages are shown in whole seconds. */
const TICK_MS = 1_000;
const NOTHING: Shown = { rows: 0, log: { total: 0, first: 0, height: 0 }, calls: { count: 0, height: 0 } };

/** What the live block shows of a run, and how keys change it. Keys look only; none changes what runs (D155). */
export class LiveSession {
  readonly #options: LiveSessionOptions;
  #mode: LiveMode = LINKS;
  #log: LogView | undefined;
  #size = { columns: 80, rows: 24 };
  #shown: Shown = NOTHING;

  constructor(options: LiveSessionOptions) {
    this.#options = options;
  }

  readonly press = (keys: readonly Key[]): void => {
    for (const key of keys) {
      this.#to(pressed(this.#mode, key, this.#shown));
    }
    if (keys.length > 0) this.#options.changed();
  };

  readonly draw = (size: { columns: number; rows: number }): LiveLines => {
    this.#size = size;
    const view: LiveView = { ...this.#options.view(), ...size };
    // What the end waits for is in the rows.
    if (view.links.every(({ state }) => state === 'draining' || state === 'closed')) this.#to(LINKS);
    const height = heightOfView(size);
    const mode = this.#mode;
    if (mode.view === 'log' && this.#log) {
      const opened = { ...this.#log.lines(size.columns), last: mode.last };
      const { first, lines } = opened;
      this.#shown = { ...this.#shown, log: { total: first + lines.length, first, height } };
      return { lines: logViewLines(opened, view), nextMs: TICK_MS, isWhole: true };
    }
    if (mode.view === 'calls') {
      const calls = this.#calls();
      this.#shown = { ...this.#shown, calls: { count: calls.length, height } };
      return { lines: callsViewLines(calls, mode.above, view), nextMs: TICK_MS, isWhole: true };
    }
    const keys = {
      chosen: mode.view === 'links' ? mode.chosen : undefined,
      isHelp: mode.view === 'links' && mode.isHelp,
    };
    this.#shown = { ...this.#shown, rows: rowsOf(withWords(view)).all.length };
    return liveLines({ ...view, keys });
  };

  close(): void {
    this.#log?.close();
    this.#log = undefined;
  }

  #to(mode: LiveMode): void {
    const before = this.#mode;
    this.#mode = mode;
    if (mode.view === 'log' && before.view === 'log') return;
    this.close();
    if (mode.view !== 'log') return;
    const { ring, level, redactor, changed, view } = this.#options;
    const now = { ...view(), ...this.#size };
    const row = rowsOf(withWords(now)).all.find(({ number }) => number === mode.number);
    if (row === undefined) {
      this.#mode = LINKS;
      return;
    }
    const { about, name } = row;
    this.#log = new LogView({
      ...{ ring, level, redactor, changed, about, title: name.trim(), colour: now.colour },
    });
  }

  #calls(): RunningCall[] {
    return [...this.#options.calls()].sort((a, b) => b.ageMs - a.ageMs);
  }
}
