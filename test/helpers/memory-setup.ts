import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { SKIPPED_IN_MEMORY } from './memory-skips.js';
import { skipListed } from './skips.js';

skipListed(SKIPPED_IN_MEMORY, 'memory-skips.ts');

/** Functions that open something outside of this process, and what they open. */
const OUTSIDE = {
  child_process: 'a child process',
  'net.client.socket': 'a socket',
  'tracing:net.server.listen:asyncStart': 'a listening socket',
};
const opened: string[] = [];
const note = (_message: unknown, name: string | symbol) => {
  opened.push(OUTSIDE[name as keyof typeof OUTSIDE]);
};

beforeAll(() => {
  for (const name of Object.keys(OUTSIDE)) subscribe(name, note);
});

afterEach(() => {
  expect(opened.splice(0), 'what was opened outside of memory').toEqual([]);
});

afterAll(() => {
  for (const name of Object.keys(OUTSIDE)) unsubscribe(name, note);
});
