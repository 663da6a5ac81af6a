import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/ajv';
import fc from 'fast-check';
import { parse } from 'jsonc-parser';
import { afterEach, describe, expect, test } from 'vitest';
import { kubernetesCopies } from '../../../scripts/kubernetes-copies.js';
import { docsFile, docsText, schemaFile, schemaText } from '../../../scripts/reference.js';
import { SETTINGS } from '../../../src/config/defaults.js';
import { runs } from '../../helpers/runs.js';
import { calc, load, removeFolders } from './workspace.js';

afterEach(removeFolders);

const ROOT = join(import.meta.dirname, '../../..');
const schema = JSON.parse(readFileSync(schemaFile, 'utf8'));
const validate = new AjvJsonSchemaValidator().getValidator(schema);
const accepts = (value: unknown) => validate(value).valid;

describe('what is generated', () => {
  test('schema/mcp_config.schema.json is what npm run schema writes', () => {
    expect(readFileSync(schemaFile, 'utf8')).toBe(schemaText());
  });

  test('docs/configuration.md is what npm run schema writes', () => {
    const page = readFileSync(docsFile, 'utf8');
    expect(page).toBe(docsText(page));
  });

  test('copies in deploy/k8s are those that npm run schema writes', () => {
    for (const [path, text] of kubernetesCopies())
      expect(readFileSync(join(ROOT, path), 'utf8'), path).toBe(text);
  });

  test('describes every key and every setting, with its default', () => {
    const { properties } = schema.definitions.server;
    for (const [key, value] of Object.entries<{ description?: string }>(properties)) {
      expect(value.description, key).toMatch(/\.$/);
    }
    for (const [name, { default: value }] of Object.entries(SETTINGS)) {
      expect(schema.properties.settings.properties[name]).toMatchObject({ default: value });
    }
  });

  test('ships in the package', () => {
    const { files } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(files).toContain('schema');
  });
});

describe('the JSON Schema accepts', () => {
  const configs = readdirSync(join(ROOT, 'test/fixtures/configs'))
    .filter((file) => file.endsWith('.json'))
    .map((file) => `test/fixtures/configs/${file}`);
  test.each([
    'mcp_config.minimal.json',
    'mcp_config.example.json',
    'mcp_config.multi-token.json',
    ...configs,
  ])('%s', (file) => {
    const value = parse(readFileSync(join(ROOT, file), 'utf8'), [], { allowTrailingComma: true });
    expect(validate(value)).toMatchObject({ valid: true });
  });

  test('every configuration that the loader accepts without complaint', async () => {
    const text = fc.constantFrom('a', '', './x', 'stdio', 'sse', 'Streamable_HTTP', 'true');
    const value = fc.oneof(
      text,
      fc.boolean(),
      fc.integer(),
      fc.constant(null),
      fc.array(text, { maxLength: 2 }),
    );
    const { properties } = schema.definitions.server;
    const key = fc.constantFrom(...Object.keys(properties), 'tools', '_note', '//', 'unknown');
    const entry = fc.oneof(fc.dictionary(key, value, { maxKeys: 4 }), value);
    const setting = fc.constantFrom(...Object.keys(SETTINGS), 'other');
    const config = fc.record(
      {
        mcpServers: fc.dictionary(fc.constantFrom('a', '_b', '//c'), entry, { maxKeys: 2 }),
        servers: fc.dictionary(fc.constant('d'), entry),
        settings: fc.dictionary(setting, fc.oneof(fc.integer(), fc.double({ noNaN: true }), text)),
        inputs: value,
        _comment: value,
      },
      { requiredKeys: [] },
    );
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(config, async (given) => {
        // As opencode writes it: it is read, and editors do not suggest it.
        const entries = Object.values({ ...given.mcpServers, ...given.servers });
        if (entries.some((one) => Array.isArray((one as { command?: unknown } | null)?.command))) return true;
        const { servers, findings } = await load(given);
        // What is wrong in a server that is not started is kept back, but it is wrong.
        if ([...findings, ...servers.flatMap((server) => server.findings)].length > 0) return true;
        accepted++;
        return accepts(JSON.parse(JSON.stringify(given)));
      }),
      { numRuns: runs(400), seed: 7 },
    );
    expect(accepted).toBeGreaterThan(runs(400) / 40);
  });
});

test('the JSON Schema and the loader agree on what stands beside the servers', async () => {
  const odd = fc.constantFrom<unknown>(null, 4, true, 'both', []);
  const words = (...good: string[]) =>
    fc.oneof({ weight: 5, arbitrary: fc.constantFrom<unknown>(...good) }, odd);
  const wishes = {
    mode: words('auto', 'pipe', 'mux'),
    prefix: words('auto', 'always', 'never'),
    separator: words('', '__', 'a b', '-'),
  };
  const key = fc.constantFrom('MCP_ENDPOINT', '_x', '//', 'deadbeef', 'eyJ.x.y');
  const token = fc.record(
    { ...wishes, maxTools: words('x').map((text) => (text === 'x' ? 3 : text)), startSlotMs: fc.constant(3) },
    { requiredKeys: [] },
  );
  const tokens = fc.oneof(fc.dictionary(key, token, { maxKeys: 2 }), odd);
  const verdicts = { accepted: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(fc.record({ ...wishes, tokens }, { requiredKeys: [] }), async (given) => {
      const { findings } = await load({ ...calc(), ...given });
      const isFine = accepts(JSON.parse(JSON.stringify({ ...calc(), ...given })));
      verdicts[isFine ? 'accepted' : 'refused']++;
      // Editors take what begins with _ for a comment whatever it holds.
      if (JSON.stringify(given).includes('"_x"')) return;
      expect(isFine).toBe(findings.length === 0);
    }),
    { numRuns: runs(300), seed: 7 },
  );
  expect(Math.min(verdicts.accepted, verdicts.refused)).toBeGreaterThan(runs(300) / 6);
});

describe('the JSON Schema marks', () => {
  test.each([
    [calc({ disabled: 'true' })],
    [calc({ args: ['--port', 8080] })],
    [calc({ args: '-y' })],
    [calc({ env: { A: 1 } })],
    [calc({ comand: 'x' })],
    [calc({ handshake: 'quick' })],
    [calc({ tools: { allowed: ['x'] } })],
    [calc({ tools: { allow: 'x' } })],
    [{ mode: 'both' }],
    [{ prefix: 'sometimes' }],
    [{ separator: 'a b' }],
    [{ tokens: { MCP_ENDPOINT: { maxToolz: 1 } } }],
    [{ tokens: { MCP_ENDPOINT: { startSlotMs: 1 } } }],
    [{ tokens: { 'eyJ.x.y': {} } }],
    [{ mcpServer: {} }],
    [{ settings: { maxDelayMS: 1 } }],
    [{ settings: { minDelayMs: 9 } }],
    [{ settings: { maxDelayMs: 2 ** 31 } }],
    [{ mcpServers: { three: 'node x.js' } }],
  ])('%j', (config) => {
    expect(accepts(config)).toBe(false);
  });
});

test('"$schema" is no unknown key to the loader', async () => {
  const { findings } = await load({ $schema: './schema/mcp_config.schema.json', ...calc() });
  expect(findings).toEqual([]);
});
