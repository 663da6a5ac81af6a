import type { Frame } from '../../../protocol/frame.js';
import { paramAsJson } from '../../../protocol/mcp.js';
import type { Call, Calls } from './calls.js';

/** The levels of log messages, the most verbose first (MCP "Logging"; RFC 5424 §6.2.1). */
const LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'];

/**
 * Log messages of a server of an earlier revision, which has one level for all its calls, for calls that ask for a level each
 * or for none. The server is set to the most verbose level that any call has asked for, and left there: a change would reach it
 * while other calls run. What a call has not asked for is dropped here.
 */
// D209
export class LogLevels {
  readonly #calls: Calls;
  readonly #setLevel: (level: string) => void;
  #set = LEVELS.length;

  /** `setLevel` gets the level as JSON text. */
  constructor(calls: Calls, setLevel: (level: string) => void) {
    this.#calls = calls;
    this.#setLevel = setLevel;
  }

  /** A call asks for messages of this level and above; undefined: for none. Call it before the call is sent. */
  wanted(level: string | undefined): void {
    const index = level === undefined ? -1 : LEVELS.indexOf(level);
    if (index < 0 || index >= this.#set) return;
    this.#set = index;
    this.#setLevel(JSON.stringify(level));
  }

  /** The message goes to the call that began last of those that want it: servers do not say which one it belongs to. */
  take(frame: Frame): void {
    const json = paramAsJson(frame, 'level');
    const level = json === undefined ? -1 : LEVELS.indexOf(JSON.parse(json) as string);
    const call = this.#calls.newest((each) => wants(each, level));
    if (call?.exchange && !call.exchange.isHeld) call.exchange.send(frame);
  }
}

function wants({ exchange, isModern, parts: { logLevel } }: Call, level: number): boolean {
  if (!exchange) return false;
  // Without a session nobody could have set a level.
  if (!isModern) return true;
  const least = logLevel === undefined ? -1 : LEVELS.indexOf(logLevel);
  return least >= 0 && (level < 0 || level >= least);
}
