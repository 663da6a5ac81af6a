import { describe, expect, test, vi } from 'vitest';
import { type AllowedOptions, allowedStage } from '../../../src/policy/allowed.js';
import { KnownToolsOf } from '../../../src/policy/known-tools.js';
import { type NameFault, type NamesOptions, namesStage } from '../../../src/policy/names.js';
import type { GuardedClient } from '../../../src/policy/stage.js';
import type { AskOutcome } from '../../../src/protocol/ask.js';
import type { Grant } from '../../../src/protocol/grant.js';
import { frameOf, guardedPair, someClient } from '../../helpers/guarded-pair.js';

const tool = (name: string, readOnly?: boolean) => ({
  name,
  description: `does ${name}`,
  ...(readOnly === undefined ? {} : { annotations: { readOnlyHint: readOnly } }),
});
const TOOLS = [tool('get_a', true), tool('get_b', false), tool('delete_a'), tool('constructor', true)];
const listOf = (tools: readonly object[], id: number | string = 1, more = {}) => ({
  id,
  result: { tools, ...more },
});
const call = (id: number, name: string) => ({ id, method: 'tools/call', params: { name, arguments: {} } });
const list = (id: number) => ({ id, method: 'tools/list' });

interface Rules extends Partial<AllowedOptions>, Partial<NamesOptions> {
  grant?: Grant;
}

/** A guarded client whose server has these tools when it is asked for its list. */
function withRules(
  { tools = {}, readOnly = false, rename = {}, describe = {}, grant }: Rules,
  has?: readonly object[],
) {
  const faults: NameFault[] = [];
  let asked = 0;
  const client: GuardedClient = {
    ...someClient,
    grant,
    ask: async (): Promise<AskOutcome> => {
      asked += 1;
      return has ? { result: { tools: has } } : { error: { code: -31006, message: 'not now' } };
    },
  };
  const known = new KnownToolsOf({ now: () => 0 });
  const options = { tools, readOnly, rename, describe };
  const stages = [namesStage(known, (_, fault) => faults.push(fault)), allowedStage(known), known.stage()];
  const pair = guardedPair(
    stages.flatMap((stageFor) => stageFor(client, options) ?? []),
    client,
  );
  return { ...pair, faults, asked: () => asked };
}

const codes = (texts: readonly string[]) =>
  texts.map((text) => (JSON.parse(text) as { error?: { code: number } }).error?.code ?? 'result');

describe('allow and deny', () => {
  test('a denied tool is not in the list, whose other bytes stay', async () => {
    const { fromClient, fromServer, atClient } = withRules({ tools: { deny: ['delete_*'] } });
    await fromClient(list(1));
    const items = TOOLS.map((one) => ` ${JSON.stringify(one).replace(',', ' , ')}`);
    await fromServer(`{"id":1, "jsonrpc":"2.0","result":{"_meta":{ },"tools":[${items}],"nextCursor":"x"}}`);
    const shown = items.filter((text) => !text.includes('delete')).map((text) => text.trim());
    expect(atClient).toEqual([
      `{"id":1, "jsonrpc":"2.0","result":{"_meta":{ },"tools":[${shown}],"nextCursor":"x"}}`,
    ]);
  });

  test.each([
    ['as it is', '"delete_a"'],
    ['escaped', '"delete\\u005fa"'],
    [
      'all of it escaped',
      `"${[...'delete_a'].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`,
    ],
    ['in capitals', '"DELETE_A"'],
    ['with a full-width letter', '"ｄelete_a"'],
    ['with a letter of Greek', '"dеlete_a"'],
    ['with a zero-width space', '"delete_a\\u200b"'],
    ['a name of a prototype', '"__proto__"'],
    ['a very long name', `"${'delete_a'.repeat(1_000)}"`],
  ])('a denied tool is not called: %s', async (_, name) => {
    const { fromClient, atServer, atClient } = withRules({ tools: { deny: ['delete_*'] } }, TOOLS);
    await fromClient(
      `{"params":{"arguments":{},"name":${name}},"jsonrpc":"2.0","id":1,"method":"tools/call"}`,
    );
    expect(atServer).toEqual([]);
    expect(codes(atClient)).toEqual([-32602]);
  });

  test('a name that ends with a zero, for programs in C, is none', async () => {
    const { fromClient, atServer, atClient } = withRules({ tools: { deny: ['delete_*'] } }, TOOLS);
    await fromClient('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"delete_a\\u0000"}}');
    expect(atServer).toEqual([]);
    expect(codes(atClient)).toEqual([-32600]);
  });

  test('a tool that a prototype has is called where the server has it', async () => {
    const { fromClient, atServer } = withRules({ tools: { deny: ['delete_*'] } }, TOOLS);
    await fromClient(call(1, 'constructor'));
    expect(atServer).toHaveLength(1);
  });

  test('nothing gets past the filter in a batch', async () => {
    const { fromClient, atServer } = withRules({ tools: { allow: ['get_*'] } }, TOOLS);
    const [good, bad] = [call(1, 'get_a'), call(2, 'delete_a')].map((one) => frameOf(one));
    await fromClient(`[${good},${bad}]`, `[[${bad}],${good}]`, `[${bad}]`, `[${bad},7]`);
    expect(atServer.join()).not.toContain('delete_a');
    expect(atServer).toHaveLength(2);
  });

  test('the answer to a cancelled list is filtered as well', async () => {
    const { fromClient, fromServer, atClient } = withRules({ tools: { deny: ['delete_*'] } });
    await fromClient(list(1), { method: 'notifications/cancelled', params: { requestId: 1 } });
    await fromServer(listOf(TOOLS));
    expect(atClient.join()).not.toContain('delete');
    expect(atClient).toHaveLength(1);
  });

  test('the list is asked for once, however many made-up names are called', async () => {
    const { fromClient, atServer, asked } = withRules({ tools: { deny: ['x'] } }, TOOLS);
    await fromClient(...Array.from({ length: 100 }, (_, i) => call(i, `made_up_${i}`)));
    await fromClient(call(1_000, 'another'));
    expect(atServer).toEqual([]);
    expect(asked()).toBe(1);
  });

  test('a client that has read the list costs no request', async () => {
    const { fromClient, fromServer, atServer, asked } = withRules({ tools: { deny: ['x'] } });
    await fromClient(list(1));
    await fromServer(listOf(TOOLS));
    await fromClient(call(2, 'get_a'));
    expect(atServer).toHaveLength(2);
    expect(asked()).toBe(0);
  });

  test('a call that nothing holds back makes no signal, which would cost more than the rest', async () => {
    const { fromClient, fromServer, atServer } = withRules({
      tools: { deny: ['x'] },
      rename: { get_b: 'b' },
    });
    await fromClient(list(1));
    await fromServer(listOf(TOOLS));
    const made = vi.spyOn(globalThis, 'AbortController');
    await fromClient(call(2, 'get_a'), call(3, 'b'), call(4, 'x'));
    expect(atServer).toHaveLength(3);
    expect(made).not.toHaveBeenCalled();
    made.mockRestore();
  });

  test('a server that cannot be asked is filtered by names alone', async () => {
    const { fromClient, atServer, atClient } = withRules({ tools: { deny: ['delete_*'] } });
    await fromClient(call(1, 'get_a'), call(2, 'delete_a'));
    expect(atServer).toHaveLength(1);
    expect(codes(atClient)).toEqual([-32602]);
  });
});

describe('read-only', () => {
  test.each([
    ['of the server', { readOnly: true }],
    ['of the key', { grant: { readOnly: true } }],
  ])('only tools that say so are shown and called: %s', async (_, rules) => {
    const { fromClient, fromServer, atServer, atClient } = withRules(rules, TOOLS);
    await fromClient(list(1));
    await fromServer(listOf(TOOLS));
    const { result } = JSON.parse(atClient[0]!) as { result: { tools: { name: string }[] } };
    expect(result.tools.map(({ name }) => name)).toEqual(['get_a', 'constructor']);
    await fromClient(call(2, 'get_a'), call(3, 'get_b'), call(4, 'delete_a'), call(5, 'none'));
    expect(atServer).toHaveLength(2);
    expect(codes(atClient.slice(1)).sort()).toEqual([-31020, -31020, -32602]);
  });

  test('a call before any list waits until the server was asked', async () => {
    const { fromClient, atServer, asked } = withRules({ readOnly: true }, TOOLS);
    await fromClient(call(1, 'get_a'), call(2, 'get_b'));
    expect(atServer).toEqual([frameOf(call(1, 'get_a')).toString()]);
    expect(asked()).toBe(1);
  });

  test('nothing is called of a server that does not say what it has', async () => {
    const { fromClient, atServer, atClient } = withRules({ readOnly: true });
    await fromClient(call(1, 'get_a'));
    expect(atServer).toEqual([]);
    expect(codes(atClient)).toEqual([-31020]);
  });

  test('a changed list is asked for again', async () => {
    const has = [tool('get_a', true)];
    const { fromClient, fromServer, atServer, asked } = withRules({ readOnly: true }, has);
    await fromClient(call(1, 'get_a'));
    has[0] = tool('get_a', false);
    await fromServer({ method: 'notifications/tools/list_changed' });
    await fromClient(call(2, 'get_a'));
    expect(atServer).toHaveLength(1);
    expect(asked()).toBe(2);
  });

  test('of two tools with one name, the one counts that changes something', async () => {
    const { fromClient, atServer } = withRules({ readOnly: true }, [tool('get_a', true), tool('get_a')]);
    await fromClient(call(1, 'get_a'));
    expect(atServer).toEqual([]);
  });

  test('resources and prompts are read; what MCP does not know is refused', async () => {
    const { fromClient, atServer, atClient } = withRules({ readOnly: true });
    await fromClient(
      { id: 1, method: 'resources/read', params: { uri: 'x:y' } },
      { id: 2, method: 'prompts/get', params: { name: 'p' } },
      { id: 3, method: 'acme/erase', params: {} },
    );
    expect(atServer).toHaveLength(2);
    expect(codes(atClient)).toEqual([-31020]);
  });
});

describe('the tools of a key', () => {
  test('only its globs are shown and called, and the refusal does not say whether there is such a tool', async () => {
    const { fromClient, fromServer, atServer, atClient } = withRules({ grant: { tools: ['get_*'] } }, TOOLS);
    await fromClient(list(1));
    await fromServer(listOf(TOOLS));
    expect(atClient[0]).not.toContain('delete_a');
    await fromClient(call(2, 'get_b'), call(3, 'delete_a'), call(4, 'delete_none'));
    expect(atServer).toHaveLength(2);
    const messages = atClient
      .slice(1)
      .map((text) => (JSON.parse(text) as { error: { message: string } }).error.message);
    expect(messages).toEqual([
      'delete_a is not allowed: your key does not allow this tool.',
      'delete_none is not allowed: your key does not allow this tool.',
    ]);
  });
});

describe('names', () => {
  const rules = { rename: { get_a: 'xem_a' }, describe: { get_a: 'Xem "A"', get_b: 'B' } };

  test('lists have the new names and texts; every other byte stays', async () => {
    const { fromClient, fromServer, atClient } = withRules(rules);
    await fromClient(list(1));
    await fromServer(
      '{"jsonrpc":"2.0","id":1,"result":{"tools":[{ "title":"A","name" :"get_a","description":"old","inputSchema":{"name":1.0} },{"name":"get_b"},{"name":"c" }] } }',
    );
    expect(atClient).toEqual([
      '{"jsonrpc":"2.0","id":1,"result":{"tools":[{ "title":"A","name" :"xem_a","description":"Xem \\"A\\"","inputSchema":{"name":1.0} },{"description":"B","name":"get_b"},{"name":"c" }] } }',
    ]);
  });

  test('calls reach the server under its own name, and the own name is that of no tool', async () => {
    const { fromClient, atServer, atClient } = withRules(rules);
    await fromClient(
      '{"id":1,"jsonrpc":"2.0","method":"tools/call","params":{"arguments":{"name":"xem_a"}, "name": "xem\\u005fa"}}',
      call(2, 'get_a'),
    );
    expect(atServer).toEqual([
      '{"id":1,"jsonrpc":"2.0","method":"tools/call","params":{"arguments":{"name":"xem_a"}, "name": "get_a"}}',
    ]);
    expect(atClient).toEqual([
      '{"jsonrpc":"2.0","id":2,"error":{"code":-32602,"message":"Unknown tool: get_a"}}',
    ]);
  });

  test('two tools may change places', async () => {
    const { fromClient, atServer } = withRules({ rename: { get_a: 'get_b', get_b: 'get_a' } });
    await fromClient(call(1, 'get_a'), call(2, 'get_b'));
    expect(atServer.map((text) => (JSON.parse(text) as ReturnType<typeof call>).params.name)).toEqual([
      'get_b',
      'get_a',
    ]);
  });

  test('a denied tool stays denied under any name', async () => {
    const { fromClient, fromServer, atServer, atClient } = withRules(
      { rename: { delete_a: 'get_z', get_a: 'delete_z' }, tools: { deny: ['delete_*'] } },
      TOOLS,
    );
    await fromClient(list(1));
    await fromServer(listOf(TOOLS));
    const { result } = JSON.parse(atClient[0]!) as { result: { tools: { name: string }[] } };
    // Filters speak of the server's own names.
    expect(result.tools.map(({ name }) => name)).toEqual(['delete_z', 'get_b', 'constructor']);
    await fromClient(call(2, 'get_z'), call(3, 'delete_a'), call(4, 'delete_z'));
    expect(
      atServer.slice(1).map((text) => (JSON.parse(text) as ReturnType<typeof call>).params.name),
    ).toEqual(['get_a']);
  });

  test('a tool whose name was given to another one is hidden, and that is said', async () => {
    const { fromClient, fromServer, atClient, atServer, faults } = withRules({ rename: { get_a: 'get_b' } });
    await fromClient(list(1));
    await fromServer(listOf(TOOLS));
    expect(atClient[0]!.match(/"name":"get_b"/g)).toHaveLength(1);
    await fromClient(call(2, 'get_b'));
    expect(atServer[1]).toContain('"name":"get_a"');
    expect(faults).toEqual([{ is: 'taken', names: ['get_b'] }]);
  });

  test('names that the server does not have are said once its whole list was read', async () => {
    const { fromClient, fromServer, faults } = withRules({
      rename: { get_z: 'z', get_b: 'b' },
      tools: { deny: ['get_b'] },
    });
    await fromClient(list(1));
    await fromServer(listOf([tool('get_a')], 1, { nextCursor: 'next' }));
    expect(faults).toEqual([]);
    await fromClient({ id: 2, method: 'tools/list', params: { cursor: 'next' } });
    await fromServer(listOf([tool('get_b')], 2));
    expect(faults).toEqual([{ is: 'unknown', names: ['get_z'] }]);
  });
});

test('a client is told when what it is shown has changed', async () => {
  const known = new KnownToolsOf({ now: () => 0 });
  const make = (deny: string[]) =>
    allowedStage(known)(someClient, { tools: { deny }, readOnly: false }) ?? [];
  const { guarded, fromClient, atClient, settled } = guardedPair([make(['a'])].flat());
  await fromClient({ method: 'notifications/initialized' });
  guarded.restage([make(['a'])].flat());
  await settled();
  expect(atClient).toEqual([]);
  guarded.restage([make(['b'])].flat());
  await settled();
  expect(atClient).toEqual(['{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}']);
});
