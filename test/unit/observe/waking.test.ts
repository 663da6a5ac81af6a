import { expect, it } from 'vitest';
import { applyStatus, canAnswer, type LinkRecord, newLink } from '../../../src/observe/link-record.js';
import type { ServerState, Status } from '../../../src/protocol/status.js';

const moved = (from: ServerState, to: ServerState): Status => ({
  ...{ at: 1, link: 'a', type: 'server-state', from, to },
});
const after = (link: LinkRecord, ...path: ServerState[]) =>
  path.slice(1).reduce((record, to, i) => applyStatus(record, moved(path[i]!, to)), link);

it('a link can answer while a call starts its parked server, and not while one starts that has failed', () => {
  const asleep = after(newLink({ name: 'a' }), 'stopped', 'idle-stopped');
  expect(canAnswer(asleep)).toBe(true);
  const waking = after(asleep, 'idle-stopped', 'starting', 'initializing');
  expect(waking.server).toBe('starting');
  expect(canAnswer(waking)).toBe(true);
  const failed = after(waking, 'initializing', 'ending', 'waiting');
  expect(canAnswer(failed)).toBe(false);
  expect(canAnswer(after(failed, 'waiting', 'starting'))).toBe(false);
  const up = after(waking, 'initializing', 'ready');
  expect(canAnswer(up)).toBe(true);
  expect(canAnswer(after(up, 'ready', 'ending', 'waiting', 'starting'))).toBe(false);
});

it('the first start of a server is no start by a call', () => {
  expect(canAnswer(after(newLink({ name: 'a' }), 'stopped', 'waiting', 'starting'))).toBe(false);
});
