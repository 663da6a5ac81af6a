import type { WatchedList } from '../protocol/renewal.js';

/** Hears, of one connection, which lists have changed and which the endpoint asks for. */
export interface ListWatch {
  /** The server has announced a change; `isModern`: the connection speaks MCP 2026-07-28, whose clients subscribe to changes. */
  changed(list: WatchedList, isModern: boolean): void;
  /** The endpoint asks for the list. */
  asked(list: WatchedList): void;
}

const REQUESTS: ReadonlyMap<string, WatchedList> = new Map([
  ['tools/list', 'tools'],
  ['prompts/list', 'prompts'],
  ['resources/list', 'resources'],
  ['resources/templates/list', 'resources'],
]);

const CHANGES: ReadonlyMap<string, WatchedList> = new Map([
  ['notifications/tools/list_changed', 'tools'],
  ['notifications/prompts/list_changed', 'prompts'],
  ['notifications/resources/list_changed', 'resources'],
]);

const D = 'd'.charCodeAt(0);
const T = 't'.charCodeAt(0);

/** The list that a request asks for; undefined for any other request. */
export function askedList(method: string): WatchedList | undefined {
  // Every call asks this, and tools/call ends with another letter.
  return method.charCodeAt(method.length - 1) === T ? REQUESTS.get(method) : undefined;
}

/** The list that a notification says has changed; undefined for any other notification. */
export function changedList(method: string): WatchedList | undefined {
  // Every notification asks this, and progress and log messages end with another letter.
  return method.charCodeAt(method.length - 1) === D ? CHANGES.get(method) : undefined;
}
