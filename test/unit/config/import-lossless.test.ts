import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { convert } from '../../../src/config/import/convert.js';
import { HARMLESS_KEYS } from '../../../src/config/import/entry-keys.js';
import { readForeign } from '../../../src/config/import/read.js';
import { EnvVariables } from '../../../src/config/move-secrets.js';
import { formatImportNote } from '../../../src/messages/index.js';
import { runs } from '../../helpers/runs.js';

/** Keys that programs give to the entry of a server, and some that nobody does. */
const ENTRY_KEYS = [
  ...['command', 'args', 'env', 'cwd', 'envFile', 'endpoint', 'type', 'transport', 'transportType', 'cmd'],
  ...['environment', 'envs', 'env_keys', 'env_vars', 'url', 'serverUrl', 'httpUrl', 'uri', 'headers'],
  ...['http_headers', 'env_http_headers', 'bearer_token_env_var', 'tools', 'includeTools', 'enabledTools'],
  ...['enabled_tools', 'available_tools', 'excludeTools', 'disabledTools', 'disabled_tools', 'disabled'],
  ...['enabled', 'isActive', 'handshake', 'priority', 'rotate', 'accountGroup', 'timeout', 'autoApprove'],
  ...['alwaysAllow', 'trust', 'oauth', 'auth', 'watchPaths', 'dev', 'sandboxEnabled', 'settings', 'source'],
  ...['registryUrl', 'customUserVars', 'proxy', 'serverInstructions', 'initTimeout', 'options', 'scopes'],
  ...['name', 'description', 'gallery', 'constructor', 'toString', 'unheard', 'of', '__x'],
];
/** Keys beside the servers. */
const ROOT_KEYS = [
  ...['mcpEndpoint', 'mcp_endpoint', 'MCP_ENDPOINT', 'endpoints', 'mcpServerConfig', 'connection', 'webUI'],
  ...['xiaozhi', 'users', 'systemConfig', 'mcp', 'ide', 'theme', 'tools', 'permission', 'extensions'],
  ...['globalShortcut', 'sandbox', 'projects', 'constructor', 'unheard'],
];

let count = 0;
/** A text that occurs nowhere else, so that it can be found again. */
const leaf = fc.constant(0).map(() => `leaf-${++count}-`);
const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 3 },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom('a', 'path', 'args', 'env', 'enabled', 'allow', 'deny', 'description'),
      tie('value'),
      {
        maxKeys: 3,
      },
    ),
    fc.constantFrom(null, true, 7),
  ),
})).value;
const some = (keys: readonly string[]) => fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 6 });

/** Every text, with its path as notes write it. */
function leaves(inside: unknown, path: string): [path: string, text: string][] {
  if (typeof inside === 'string') return inside.startsWith('leaf-') ? [[path, inside]] : [];
  if (Array.isArray(inside)) return inside.flatMap((one, i) => leaves(one, `${path}[${i}]`));
  if (typeof inside !== 'object' || inside === null) return [];
  return Object.entries(inside).flatMap(([key, one]) => leaves(one, path === '' ? key : `${path}.${key}`));
}

const isUnder = (path: string, key: string) =>
  path === key || path.startsWith(`${key}.`) || path.startsWith(`${key}[`);

async function importOf(file: unknown, program: string) {
  const location = { program, file: '/p/x.json', workspace: undefined };
  const found = await readForeign(JSON.stringify(file), location);
  const variables = new EnvVariables(() => undefined);
  const result = convert(found ? [found] : [], {
    ...{ variables, taken: [], keepSecretsInline: false, folder: '/p', home: '/h', pathSeparator: '/' },
  });
  const taken = JSON.stringify([result.servers, variables.lines, result.endpoint]);
  const named = result.notes.flatMap(({ params }) => [
    ...('keys' in params ? params.keys : []),
    ...('key' in params ? [params.key] : []),
  ]);
  return { taken, named, notes: result.notes };
}

describe('nothing of a foreign file disappears: it is taken, named in a note, or known to be harmless', () => {
  test.each(['Cursor', 'opencode', 'Gemini CLI', 'LibreChat'])('in an entry, of %s', async (program) => {
    await fc.assert(
      fc.asyncProperty(some(ENTRY_KEYS), async (entry) => {
        const { taken, named } = await importOf({ mcpServers: { s: { command: 'x', ...entry } } }, program);
        for (const [path, text] of leaves(entry, '')) {
          const [key = ''] = /^[^.[]+/.exec(path) ?? [];
          const isKnown = HARMLESS_KEYS.has(key) || key.startsWith('_');
          const isNamed = named.some((one) => isUnder(path, one));
          expect(isKnown || isNamed || taken.includes(text) || `${path} is lost; ${named}`).toBe(true);
        }
      }),
      { numRuns: runs(400) },
    );
  });

  test.each(['xiaozhi-client', 'opencode', ''])('beside the servers, of %j', async (program) => {
    await fc.assert(
      fc.asyncProperty(some(ROOT_KEYS), async (root) => {
        const { taken, named } = await importOf({ ...root, mcpServers: { s: { command: 'x' } } }, program);
        for (const [path, text] of leaves(root, '')) {
          // Where "mcp" holds servers, a note names the server and the key in its entry.
          const inEntry = path.replace(/^mcp\.(servers\.)?[^.[]+\./, '');
          const isNamed = named.some((one) => isUnder(path, one) || isUnder(inEntry, one));
          // What xiaozhi-client notes of a tool is what the server itself says.
          const isKnown =
            /^mcpServerConfig\.\w+\.tools\.\w+\.description/.test(path) ||
            (inEntry !== path && HARMLESS_KEYS.has(/^[^.[]*/.exec(inEntry)![0]));
          expect(isKnown || isNamed || taken.includes(text) || `${path} is lost; ${named}`).toBe(true);
        }
      }),
      { numRuns: runs(400) },
    );
  });
});

test('whatever JSON says, reading it ends, and what is imported can be written down', async () => {
  const keys = fc.constantFrom(
    ...ROOT_KEYS,
    ...ENTRY_KEYS,
    'mcpServers',
    'servers',
    'mcp_servers',
    'mcp.servers',
    '__proto__',
  );
  const anything = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'medium', maxDepth: 5 },
      leaf,
      fc.constantFrom(null, true, 0, ''),
      fc.array(tie('value')),
      fc.array(fc.tuple(keys, tie('value')), { maxLength: 6 }).map((pairs) => {
        const made = {};
        for (const [key, one] of pairs)
          Object.defineProperty(made, key, { value: one, enumerable: true, configurable: true });
        return made;
      }),
    ),
  })).value;
  await fc.assert(
    fc.asyncProperty(
      anything,
      fc.constantFrom('', 'opencode', 'LibreChat', 'Codex'),
      async (file, program) => {
        const { taken, notes } = await importOf(file, program);
        expect(JSON.parse(taken)).toHaveLength(3);
        for (const note of notes)
          for (const lang of ['en', 'vi'] as const)
            expect(formatImportNote(note, lang)).not.toMatch(/undefined|\[object/);
      },
    ),
    { numRuns: runs(1_500) },
  );
});

test.each([
  { command: ['x', 'y'], args: 'z' },
  { command: { path: 'x', args: ['y'] }, args: { z: 1 } },
])('arguments that are no list, beside others: %j', async (entry) => {
  expect((await importOf({ mcpServers: { s: entry } }, '')).named).toContain('args');
});

describe('what one word says of every server', () => {
  const read = async (file: string, root: object) => {
    const found = await readForeign(JSON.stringify(root), { program: '', file, workspace: '/p' });
    const result = convert([found!], {
      ...{ variables: new EnvVariables(() => undefined), taken: [], keepSecretsInline: false },
      ...{ folder: '/p', home: '/h', pathSeparator: '/' as const },
    });
    return { ...result, entries: Object.fromEntries(result.servers.map(({ name, entry }) => [name, entry])) };
  };
  const local = { type: 'local', command: ['x'] };

  test('opencode: all tools are hidden, but for those that are named', async () => {
    const tools = { '*': false, a_echo: true };
    const { entries, notes } = await read('/p/opencode.json', { mcp: { a: local, b: local }, tools });
    expect(entries).toEqual({
      a: { command: 'x', tools: { allow: ['echo'] } },
      b: { command: 'x', disabled: true },
    });
    expect(notes).toEqual([]);
  });

  test('Gemini CLI: a copy of its settings is read as they are', async () => {
    const root = { mcpServers: { a: { command: 'x', env: { K: '$MY_KEY' } } } };
    expect((await read('/p/settings.json', root)).entries.a).toMatchObject({
      env: { K: ['$', '{MY_KEY}'].join('') },
    });
    expect((await read('/p/other.json', root)).entries.a).toMatchObject({ env: { K: '$MY_KEY' } });
  });

  test('a server whose name cannot be used gets another one', async () => {
    const root = JSON.parse('{"mcpServers": {"__proto__": {"command": "x"}}}') as object;
    expect((await read('/p/x.json', root)).servers.map(({ name }) => name)).toEqual(['__proto__-import']);
  });
});
