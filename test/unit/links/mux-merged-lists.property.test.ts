import * as next from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { LIST_METHODS, type ListKind, pageOf } from '../../../src/links/mux/items.js';
import { runs } from '../../helpers/runs.js';

/** Odd values that servers were seen to write, or might, in the place of any member. */
const odd = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0, -1, 1.5, '', 'object', 'x', [], {}, [null], ['a', 1], [[]]),
  fc.constantFrom<unknown>({ type: 'object' }, { type: 'array' }, { type: ['object', 'null'] }, { x: null }),
  fc.constantFrom<unknown>('2025-13-01T00:00:00Z', '2025-02-30T00:00:00Z', '2025-01-01T00:00:00Z', 'user'),
  fc.constantFrom<unknown>('@huge@', { deep: '@huge@' }, ['@huge@'], '\ud800', 'x'.repeat(10_000)),
  fc.jsonValue({ maxDepth: 3 }),
);
const schema = fc.oneof(
  odd,
  fc.record(
    {
      type: fc.oneof(fc.constantFrom<unknown>('object', 'array', 'nothing', ['object']), odd),
      properties: fc.oneof(
        fc.dictionary(
          fc.constantFrom('a', 'b', '__proto__', 'constructor', '$ref', 'ữ'),
          fc.oneof(
            odd,
            fc.constantFrom<unknown>(
              { type: 'string', pattern: '(' },
              { type: 'number', minimum: 'one' },
              { $ref: '#/$defs/none' },
              { $ref: 'https://example.org/schema.json' },
              { enum: [] },
              { format: 'no-such-format' },
              { $id: 'same', type: 'string' },
              { type: 'integer', nullable: true },
            ),
          ),
        ),
        odd,
      ),
      required: fc.oneof(fc.constantFrom<unknown>(['a'], ['a', 'a'], 'a', [1]), odd),
      $schema: fc.oneof(fc.constantFrom<unknown>('http://json-schema.org/draft-04/schema#', 'x'), odd),
      $id: odd,
      additionalProperties: odd,
      anyOf: odd,
    },
    { requiredKeys: [] },
  ),
);
const icons = fc.oneof(
  odd,
  fc.array(fc.record({ src: odd, mimeType: odd, sizes: odd, theme: odd }, { requiredKeys: [] })),
);
const name = fc.oneof(fc.constantFrom<unknown>('echo', '', 'echo', '加法', 'a.b', 'x'.repeat(200)), odd);
const common = { name, title: odd, description: odd, icons, _meta: odd, future: odd };
const hints = fc.oneof(
  odd,
  fc.record(
    {
      ...{ title: odd, readOnlyHint: odd, destructiveHint: odd, idempotentHint: odd, openWorldHint: odd },
      ...{ audience: odd, priority: odd, lastModified: odd },
    },
    { requiredKeys: [] },
  ),
);
/** Most of an item is as it should be, as a rule: what is wrong stands alone. */
const lone = (members: Record<string, fc.Arbitrary<unknown>>, base: object) =>
  fc
    .oneof(...Object.entries(members).map(([key, value]) => value.map((one) => [key, one] as const)))
    .map(([key, one]) => ({ ...base, [key]: one }));
const MEMBERS: Record<ListKind, { members: Record<string, fc.Arbitrary<unknown>>; base: object }> = {
  tools: {
    members: {
      ...{ ...common, inputSchema: schema, outputSchema: schema, annotations: hints },
      execution: fc.oneof(odd, fc.record({ taskSupport: fc.oneof(fc.constant('optional'), odd) })),
    },
    base: { name: 'base', inputSchema: { type: 'object' } },
  },
  prompts: {
    members: {
      ...common,
      arguments: fc.oneof(
        odd,
        fc.array(fc.record({ name: odd, description: odd, required: odd }, { requiredKeys: [] })),
      ),
    },
    base: { name: 'base' },
  },
  resources: {
    members: {
      ...{ ...common, uri: fc.oneof(fc.constant('x:y'), odd) },
      ...{ mimeType: odd, size: odd, annotations: hints },
    },
    base: { uri: 'x:base', name: 'base' },
  },
  templates: {
    members: {
      ...common,
      uriTemplate: fc.oneof(fc.constant('x:{y}'), odd),
      mimeType: odd,
      annotations: hints,
    },
    base: { uriTemplate: 'x:{base}', name: 'base' },
  },
};
const itemOf = (kind: ListKind) => {
  const { members, base } = MEMBERS[kind];
  return fc.oneof(fc.record(members, { requiredKeys: [] }), lone(members, base));
};

/** A client whose server answers each list with the bytes in `answers`. */
async function clients(answers: Map<string, string>) {
  const serve = async (side: InMemoryTransport) => {
    side.onmessage = (message) => {
      const { id, method } = message as { id?: number; method?: string };
      if (id === undefined) return;
      const result =
        method === 'initialize'
          ? {
              protocolVersion: '2025-11-25',
              capabilities: { tools: {}, prompts: {}, resources: {} },
              serverInfo: { name: 'merged', version: '1' },
            }
          : JSON.parse(answers.get(method!) ?? '{}');
      void side.send({ jsonrpc: '2.0', id, result } as never);
    };
    await side.start();
  };
  const [oldSide, oldServer] = InMemoryTransport.createLinkedPair();
  const [newSide, newServer] = InMemoryTransport.createLinkedPair();
  await Promise.all([serve(oldServer), serve(newServer)]);
  const old = new Client({ name: 'old', version: '1' });
  const fresh = new next.Client({ name: 'new', version: '1' });
  await old.connect(oldSide);
  await fresh.connect(newSide as never);
  onTestFinished(async () => {
    await old.close();
    await fresh.close();
  });
  return [old, fresh] as const;
}

it.each([...LIST_METHODS])(
  'whatever a server answers to %s, the clients of both SDKs take the merged list',
  async (method, list) => {
    const answers = new Map<string, string>();
    const both = await clients(answers);
    const listed = async (client: (typeof both)[number]): Promise<unknown[]> => {
      if (list.kind === 'tools') return (await client.listTools()).tools;
      if (list.kind === 'prompts') return (await client.listPrompts()).prompts;
      if (list.kind === 'resources') return (await client.listResources()).resources;
      return (await client.listResourceTemplates()).resourceTemplates;
    };
    const items = fc.array(fc.oneof({ weight: 9, arbitrary: itemOf(list.kind) }, odd), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(items, async (value) => {
        const text = JSON.stringify(value).replaceAll('"@huge@"', '1e999');
        const reply = Buffer.from(`{"jsonrpc":"2.0","id":1,"result":{"${list.member}":${text}}}`);
        const page = await pageOf(reply, list, 'objects');
        const merged = page!.items.map(({ bytes }) => bytes.toString('utf8')).join(',');
        answers.set(method, `{"${list.member}":[${merged}]}`);
        for (const client of both) expect(await listed(client)).toHaveLength(page!.items.length);
        // What was left out or repaired is named, and nothing else is touched.
        const untouched = page!.items.filter(({ bytes }) => text.includes(bytes.toString('utf8')));
        const leftOut = page!.faults.filter(({ isLeftOut }) => isLeftOut).length;
        expect(page!.items.length + leftOut).toBe(value.length);
        expect(untouched.length).toBeGreaterThanOrEqual(value.length - page!.faults.length);
      }),
      { seed: 7, numRuns: runs(400) },
    );
  },
);
