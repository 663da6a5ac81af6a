import { describe, expect, test } from 'vitest';
import { applyFeed } from '../../../src/protocol/apply-feed.js';
import { sampleSnapshot } from '../../helpers/page-sample.js';

const before = sampleSnapshot('faults', 'en', 1_790_000_000_000);

describe('a change of the feed', () => {
  test('leaves what has not changed the same object', () => {
    const after = applyFeed(before, { type: 'change', at: 5, servers: { memory: { perMinute: 7 } } });
    expect(after.at).toBe(5);
    expect(after.links).toBe(before.links);
    expect(after.machine).toBe(before.machine);
    const changed = after.servers.filter((one, i) => one !== before.servers[i]);
    expect(changed.map(({ name, perMinute }) => [name, perMinute])).toEqual([['memory', 7]]);
    expect(before.servers.find(({ name }) => name === 'memory')!.perMinute).toBe(1.4);
  });

  test('takes members away that are null, and items', () => {
    const servers = { 'gia-vang': { why: null, lastWords: null }, notes: null };
    const after = applyFeed(before, { type: 'change', at: 5, servers, machine: { readAt: null } });
    expect(after.servers.find(({ name }) => name === 'gia-vang')).not.toHaveProperty('why');
    expect(after.servers.map(({ name }) => name)).toEqual(
      before.servers.map(({ name }) => name).filter((name) => name !== 'notes'),
    );
    expect(after.machine).not.toHaveProperty('readAt');
    expect(after.machine.pid).toBe(before.machine.pid);
  });

  test('adds items behind the others', () => {
    const added = { ...before.servers[0]!, name: 'new' };
    const after = applyFeed(before, { type: 'change', at: 5, servers: { new: added } });
    expect(after.servers.at(-1)).toEqual(added);
    expect(after.servers).toHaveLength(before.servers.length + 1);
  });
});
