import { describe, expect, test } from 'vitest';
import { readLimits } from '../../../src/config/read-limits.js';
import { checkFully } from '../../../src/config/schemas.js';

const placeOf = (...inside: string[]) => ({ file: 'mcp_config.json', path: inside.join('.'), line: 1 });
const read = (limits: Parameters<typeof readLimits>[0], more = {}) =>
  readLimits(limits, { kind: 'stdio', placeOf, totalBytes: 1024 ** 3, ...more });
const MB = 1024 ** 2;

describe('limits of a server', () => {
  test('are sizes and numbers', () => {
    expect(read({ memory: '300MB', cpu: 50, pids: 64 })).toEqual({
      limits: { memory: 300 * MB, cpu: 50, pids: 64 },
      findings: [],
    });
    expect(read({ memory: 314_572_800 }).limits).toEqual({ memory: 300 * MB });
    expect(read(undefined)).toEqual({ limits: undefined, findings: [] });
    expect(read({}).limits).toBeUndefined();
  });

  test.each([
    [{ memory: '64MB' }, ['memory-limit-low']],
    [{ memory: '80MB' }, []],
    [{ memory: '2GB' }, ['memory-limit-high']],
    [{ pids: 16 }, ['pids-limit-low']],
    [{ pids: 32 }, []],
  ])('%j gets the warnings %j', (limits, ids) => {
    const { findings } = read(limits);
    expect(findings.map(({ id }) => id)).toEqual(ids);
    expect(findings.every(({ severity }) => severity === 'warning')).toBe(true);
  });

  test('of a server that runs elsewhere are left out, with a word', () => {
    const { limits, findings } = read({ memory: '300MB' }, { kind: 'http' });
    expect(limits).toBeUndefined();
    expect(findings.map(({ id, path }) => [id, path])).toEqual([['keys-of-other-kind', 'limits']]);
  });

  test.each([
    [{ memory: 'much' }],
    [{ memory: 0 }],
    [{ memory: '1MB' }],
    [{ cpu: 0 }],
    [{ cpu: '50%' }],
    [{ pids: 1 }],
    [{ pids: 6.5 }],
    [{ memroy: '300MB' }],
    ['300MB'],
  ])('%j is an error', (limits) => {
    expect(checkFully('server', { command: 'x', limits }).issues).toHaveLength(1);
  });
});

test('maxServersMemory is a size', () => {
  expect(checkFully('settings', { maxServersMemory: '600MB' }).issues).toEqual([]);
  expect(checkFully('settings', { maxServersMemory: 0 }).issues).toEqual([]);
  expect(checkFully('settings', { maxServersMemory: 'much' }).issues).toHaveLength(1);
});
