import { expect, test } from 'vitest';
import { type AddOptions, add } from '../../../src/cli/commands/add.js';
import type { CommandLine } from '../../../src/cli/describe/localized-command.js';
import { type RemoteOptions, targetFrom } from '../../../src/cli/remote-options.js';
import { UsageError } from '../../../src/protocol/errors.js';

const URL = 'https://h/mcp';
const SECRET = 'made-up-secret';

function idOf(error: unknown): string | undefined {
  expect(error).toBeInstanceOf(UsageError);
  expect(String(error)).not.toContain(SECRET);
  return (error as UsageError).said?.id;
}

test.each<[string | undefined, RemoteOptions, object | undefined]>([
  [undefined, { http: URL }, { remote: { type: 'http', url: URL, headers: {} } }],
  [
    undefined,
    { ws: 'ws://h/', header: ['A: b', 'C:d'] },
    { remote: { type: 'ws', headers: { A: 'b', C: 'd' } } },
  ],
  [URL, { insecure: 'h' }, { remote: { url: URL, insecureHost: 'h' } }],
  [URL, { header: ['A: b:c'] }, { remote: { type: undefined, url: URL, headers: { A: 'b:c' } } }],
  // An endpoint has such an address: nobody may call it by accident.
  ['wss://h/', {}, { name: 'wss://h/' }],
  ['calc', {}, { name: 'calc' }],
  [undefined, {}, undefined],
])('%j with %j is the target %j', (name, options, target) => {
  const found = targetFrom(name, undefined, options, true);
  if (target === undefined) expect(found).toBeUndefined();
  else expect(found).toMatchObject(target);
});

test.each<[string | undefined, string[] | undefined, RemoteOptions, string]>([
  ['calc', undefined, { http: URL }, 'remote-and-target'],
  [undefined, ['node'], { http: URL }, 'remote-and-target'],
  [URL, ['node'], {}, 'remote-and-target'],
  [undefined, undefined, { http: URL, sse: URL }, 'remote-and-target'],
  ['calc', undefined, { header: ['A: b'] }, 'header-without-remote'],
  ['calc', undefined, { insecure: 'h' }, 'header-without-remote'],
  [undefined, undefined, { http: URL, header: [SECRET] }, 'header-option'],
])('%j -- %j with %j is wrong: %s', (name, dashes, options, id) => {
  let error: unknown;
  try {
    targetFrom(name, dashes, options, true);
  } catch (thrown) {
    error = thrown;
  }
  expect(idOf(error)).toBe(id);
});

test.each<[string, string | undefined, string[] | undefined, AddOptions, string]>([
  ['a', undefined, undefined, { transport: 'http' }, 'no-address-to-add'],
  ['a', URL, undefined, { transport: 'pigeon' }, 'unknown-transport-to-add'],
  ['a', URL, undefined, { transport: 'stdio' }, 'no-command-to-add'],
  ['a', 'not-an-address', undefined, {}, 'no-command-to-add'],
  ['a', `{"url": "${SECRET}"`, undefined, {}, 'entry-json'],
  ['a', '{}', undefined, {}, 'entry-json'],
  ['a', '{}', ['node'], {}, 'remote-and-target'],
  ['a', URL, ['node'], {}, 'remote-and-target'],
  ['a', undefined, ['node'], { header: ['A: b'] }, 'header-without-remote'],
  ['a', URL, undefined, { header: [SECRET] }, 'header-option'],
])('mcp-pipe add %s %s -- %j with %j is wrong: %s', async (name, url, afterDashes, options, id) => {
  const line = { afterDashes, commandNames: [] } as unknown as CommandLine;
  expect(idOf(await add(name, url, line, options).catch((error: unknown) => error))).toBe(id);
});
