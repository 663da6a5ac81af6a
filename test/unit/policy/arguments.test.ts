import { describe, expect, test, vi } from 'vitest';
import { argumentsStage } from '../../../src/policy/arguments.js';
import { KnownToolsOf } from '../../../src/policy/known-tools.js';
import type { GuardedClient } from '../../../src/policy/stage.js';
import { eventually } from '../../helpers/eventually.js';
import { guardedPair, someClient } from '../../helpers/guarded-pair.js';

/** A client whose server has the tool `t` with this schema. Returns what is answered instead of the server, else `passed`. */
function withSchema(inputSchema: unknown) {
  const unchecked: string[] = [];
  const client: GuardedClient = {
    ...someClient,
    ask: async () => ({ result: { tools: [{ name: 't', inputSchema }] } }),
  };
  const known = new KnownToolsOf({ now: () => 0 });
  const stages = [argumentsStage(known, (_, __, why) => unchecked.push(why)), known.stage()];
  const pair = guardedPair(
    stages.flatMap((stageFor) => stageFor(client, { checkArguments: true }) ?? []),
    client,
  );
  let id = 0;
  const call = async (args: unknown) => {
    id += 1;
    const raw = typeof args === 'string' ? args : JSON.stringify(args);
    const before = pair.atServer.length + pair.atClient.length;
    await pair.fromClient(
      `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"t"${raw === undefined ? '' : `,"arguments":${raw}`}}}`,
    );
    await eventually(() => expect(pair.atServer.length + pair.atClient.length).toBe(before + 1));
    const last = pair.atClient.at(-1);
    const answer = last && (JSON.parse(last) as { id: number; error: { code: number; message: string } });
    return answer && answer.id === id ? `${answer.error.code} ${answer.error.message}` : 'passed';
  };
  return { ...pair, call, unchecked };
}

const object = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more });
const wrong = (what: string) => `-32602 Wrong arguments for t: ${what}.`;

describe('arguments', () => {
  test.each<[string, object, unknown, string]>([
    ['a right one passes', object({ city: { type: 'string' } }), { city: 'Hà Nội' }, 'passed'],
    ['a wrong type', object({ city: { type: 'string' } }), { city: 5 }, wrong('city must be string')],
    ['a missing one', object({}, { required: ['city'] }), {}, wrong('city is missing')],
    ['no arguments at all', object({}, { required: ['city'] }), undefined, wrong('city is missing')],
    ['an unknown one', object({}, { additionalProperties: false }), { b: 1 }, wrong('b is not known')],
    ['no object', object({}), [1], wrong('the arguments must be object')],
    [
      'a place inside',
      object({ list: { type: 'array', items: object({ n: { type: 'number' } }) } }),
      { list: [{ n: 1 }, { n: 'secret' }] },
      wrong('list/1/n must be number'),
    ],
    [
      'one of a list',
      object({ unit: { enum: ['C', 'F'] } }),
      { unit: 'K' },
      wrong('unit must be one of "C", "F"'),
    ],
    [
      '2020-12',
      object({ t: { prefixItems: [{ type: 'number' }] } }),
      { t: ['x'] },
      wrong('t/0 must be number'),
    ],
    [
      'draft-07',
      {
        $schema: 'http://json-schema.org/draft-07/schema#',
        ...object({ t: { items: [{ type: 'number' }] } }),
      },
      { t: ['x'] },
      wrong('t/0 must be number'),
    ],
    ['a name of a prototype', object({}, { required: ['constructor'] }), {}, wrong('constructor is missing')],
    [
      '__proto__',
      object({}, { additionalProperties: false }),
      '{"__proto__":1}',
      wrong('__proto__ is not known'),
    ],
  ])('%s', async (_, schema, args, answer) => {
    expect(await withSchema(schema).call(args)).toBe(answer);
  });

  test('the error never has the value', async () => {
    const { call, atClient } = withSchema(object({ key: { type: 'string', pattern: '^a', maxLength: 3 } }));
    await call({ key: 'hunter2-secret' });
    expect(atClient.join()).not.toContain('hunter2');
    expect(atClient.join()).toContain('"path":"/key"');
  });
});

describe('what cannot be checked passes, and that is said', () => {
  const evil = object({ s: { type: 'string', pattern: '^(a+)+$' } });

  test('a pattern that takes for ever', { timeout: 20_000 }, async () => {
    const { call, unchecked } = withSchema(evil);
    const since = performance.now();
    expect(await call({ s: `${'a'.repeat(60)}!` })).toBe('passed');
    expect(await call({ s: `${'a'.repeat(60)}!` })).toBe('passed');
    // Without a bound it takes longer than the test may.
    expect(performance.now() - since).toBeLessThan(10_000);
    expect(unchecked).toEqual(['too-slow', 'too-slow']);
  });

  test('a schema that refers to itself twice', { timeout: 20_000 }, async () => {
    const half = { required: ['z'], properties: { a: { $ref: '#' } } };
    const { call, unchecked } = withSchema({ anyOf: [half, { ...half }, { not: {} }] });
    const deep = `${'{"z":1,"a":'.repeat(60)}{}${'}'.repeat(60)}`;
    expect(['passed', expect.stringContaining('-32602')]).toContainEqual(await call(deep));
    expect(unchecked.length).toBeLessThanOrEqual(1);
  });

  test.each<[string, unknown]>([
    ['no schema', undefined],
    ['a reference to elsewhere', { $ref: 'https://example.com/x.json' }],
    ['a draft that is not known', { $schema: 'http://json-schema.org/draft-04/schema#', type: 'object' }],
    ['a schema that is none', { type: 'objekt' }],
    ['a very long schema', object({ a: { description: 'x'.repeat(200_000) } })],
  ])('%s', async (_, schema) => {
    const { call, unchecked } = withSchema(schema);
    expect(await call({ a: 1 })).toBe('passed');
    expect(unchecked).toEqual(['no-schema']);
  });

  test('very long arguments', async () => {
    const { call, unchecked } = withSchema(object({ a: { type: 'number' } }));
    expect(await call({ a: 'x'.repeat(2_000_000) })).toBe('passed');
    expect(unchecked).toEqual(['too-long']);
  });
});

test('names that a client makes up are no lines of the log', async () => {
  const unchecked: string[] = [];
  const known = new KnownToolsOf({ now: () => 0 });
  const client = { ...someClient, ask: async () => ({ result: { tools: [] } }) };
  const stage = argumentsStage(known, (_, tool) => unchecked.push(tool))(client, { checkArguments: true })!;
  const pair = guardedPair([stage], client);
  for (const id of [1, 2])
    await pair.fromClient({ id, method: 'tools/call', params: { name: `made-up-${id}` } });
  await vi.waitFor(() => expect(pair.atServer).toHaveLength(2));
  expect(unchecked).toEqual([]);
});
