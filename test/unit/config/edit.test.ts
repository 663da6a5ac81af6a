import fc from 'fast-check';
import { type ParseError, parse } from 'jsonc-parser';
import { describe, expect, test } from 'vitest';
import { newConfigText, withoutServer, withoutServerOfAgents, withServer } from '../../../src/config/edit.js';
import { EnvVariables, moveSecrets, reference } from '../../../src/config/move-secrets.js';
import { runs } from '../../helpers/runs.js';

const entry = { command: 'node', args: ['a.js', '--b'] };

function read(text: string): unknown {
  const errors: ParseError[] = [];
  const value = parse(text.replace(/^\uFEFF/, ''), errors, { allowTrailingComma: true });
  expect(errors).toEqual([]);
  return value;
}

const COMMENTED = `{
\t// first
\t"mcpServers": {
\t\t/* one */ "one": { "command": "x" }, // behind one
\t\t// above two
\t\t"two": {
\t\t\t"command": "y", // inside
\t\t}, // behind two
\t\t// "off": { "command": "z" },
\t},
\t"settings": { "maxDelayMs": 5000 }, // last
}
`;

describe('adding a server', () => {
  test('puts it behind the last one, in the manner of the file', () => {
    expect(withServer(COMMENTED, 'new', entry)).toBe(
      COMMENTED.replace(
        '"z" },\n',
        '"z" },\n\t\t"new": {\n\t\t\t"command": "node",\n\t\t\t"args": ["a.js", "--b"]\n\t\t},\n',
      ),
    );
  });

  test.each([
    ['{"mcpServers":{}}', '{"mcpServers":{"n":{"command":"c"}}}'],
    ['{"mcpServers":{"a":{"command":"b"}}}', '{"mcpServers":{"a":{"command":"b"},"n":{"command":"c"}}}'],
    ['{ "servers": { "a": {} } }\n', '{ "servers": { "a": {}, "n": {"command":"c"} } }\n'],
    ['{}', '{"mcpServers":{"n":{"command":"c"}}}'],
    [
      '{\r\n    "mcpServers": {}\r\n}\r\n',
      '{\r\n    "mcpServers": {\r\n        "n": {\r\n            "command": "c"\r\n        }\r\n    }\r\n}\r\n',
    ],
    [
      '{\n  "mcpServers": {\n    "a": {}\n  }\n}',
      '{\n  "mcpServers": {\n    "a": {},\n    "n": {\n      "command": "c"\n    }\n  }\n}',
    ],
    [
      '{\n  "mcpServers": {\n    "a": {} // note\n  }\n}',
      '{\n  "mcpServers": {\n    "a": {}, // note\n    "n": {\n      "command": "c"\n    }\n  }\n}',
    ],
    [
      '{\n  "mcpServers": {\n    // none yet\n  }\n}',
      '{\n  "mcpServers": {\n    // none yet\n    "n": {\n      "command": "c"\n    }\n  }\n}',
    ],
    ['', '{\n  "mcpServers": {\n    "n": {\n      "command": "c"\n    }\n  }\n}\n'],
  ])('%j', (before, after) => {
    expect(withServer(before, 'n', { command: 'c' })).toBe(after);
  });

  test('replaces the entry of that name where it stands', () => {
    const text = withServer(COMMENTED, 'one', { command: 'new' });
    expect(text).toBe(COMMENTED.replace('{ "command": "x" }', '{\n\t\t\t"command": "new"\n\t\t}'));
  });

  test.each(['[]', '{ "mcpServers": [] }', '{ "mcpServers": ', '42'])('finds no place in %s', (text) => {
    expect(withServer(text, 'n', entry)).toBeUndefined();
  });
});

describe('removing a server', () => {
  test('leaves every comment around it', () => {
    expect(withoutServer(COMMENTED, 'one')).toBe(
      COMMENTED.replace('"one": { "command": "x" }, // behind', '// behind'),
    );
    expect(withoutServer(COMMENTED, 'two')).toBe(
      COMMENTED.replace('"two": {\n\t\t\t"command": "y", // inside\n\t\t}, // behind', '// behind'),
    );
  });

  test.each([
    ['{"mcpServers":{"a":{},"n":{},"b":{}}}', '{"mcpServers":{"a":{},"b":{}}}'],
    ['{"mcpServers":{"a":{},"n":{}}}', '{"mcpServers":{"a":{}}}'],
    ['{"mcpServers":{"n":{}}}', '{"mcpServers":{}}'],
    [
      '{\n  "mcpServers": {\n    "a": {}, // first\n    "n": {}\n  }\n}',
      '{\n  "mcpServers": {\n    "a": {} // first\n  }\n}',
    ],
    [
      '{\r\n "servers": {\r\n  "n": {},\r\n  "b": {}\r\n }\r\n}',
      '{\r\n "servers": {\r\n  "b": {}\r\n }\r\n}',
    ],
    ['{"mcpServers":{"n":{} /* c */ , "b":{}}}', '{"mcpServers":{/* c */  "b":{}}}'],
  ])('%j', (before, after) => {
    expect(withoutServer(before, 'n')).toBe(after);
  });

  test('knows when there is none', () => {
    expect(withoutServer(COMMENTED, 'three')).toBeUndefined();
  });

  test('takes it off the agents that name it, in servers and in filters, and keeps all else', () => {
    const before = `{
  "agents": {
    "kitchen": { "servers": ["music", "memory" /* kept */, "calc"], "tools": { "memory": ["read"], "calc": ["add"] } },
    "office": {
      "servers": [
        "memory",
      ],
    },
    // all
    "hall": { "tools": { "memory": { "deny": ["x"] } } },
    "shed": { "servers": ["calc"] },
  }
}
`;
    const { text, agents } = withoutServerOfAgents(before, 'memory');
    expect(text).toBe(`{
  "agents": {
    "kitchen": { "servers": ["music", /* kept */ "calc"], "tools": { "calc": ["add"] } },
    "office": {
      "servers": [
      ],
    },
    // all
    "hall": { "tools": { } },
    "shed": { "servers": ["calc"] },
  }
}
`);
    expect(agents).toEqual([
      { name: 'kitchen', left: 2 },
      { name: 'office', left: 0 },
      { name: 'hall', left: undefined },
    ]);
    expect(withoutServerOfAgents(before, 'other')).toEqual({ text: before, agents: [] });
  });
});

test('a new configuration has its servers, and nothing else', () => {
  const text = newConfigText([
    { name: 'a', entry },
    { name: 'b', entry: { url: 'https://x', disabled: true } },
  ]);
  expect(read(text)).toEqual({ mcpServers: { a: entry, b: { url: 'https://x', disabled: true } } });
  expect(read(newConfigText([]))).toEqual({ mcpServers: {} });
});

/** JSON text with comments and odd spacing anywhere between tokens; each comment is unlike the others. */
function decorated(
  names: readonly string[],
  gaps: readonly number[],
  eol: string,
  trailing: boolean,
): string {
  let used = 0;
  const gap = () => {
    const kind = gaps[used++ % gaps.length]!;
    return ['', ' ', `${eol}  `, ` /* c${used}, "{ */ `, ` // d${used} },"${eol}\t`][kind]!;
  };
  const comma = (i: number) => (i < names.length - 1 || trailing ? `${gap()},` : '');
  const servers = names
    .map((name, i) => `${gap()}${JSON.stringify(name)}${gap()}:${gap()}{"command":"${i}"}${comma(i)}`)
    .join('');
  return `${gap()}{${gap()}"before":[1, 2]${gap()},"mcpServers"${gap()}:{${servers}${gap()}}${gap()}}${gap()}`;
}

const commentsOf = (text: string): string[] => text.match(/\/\* c\d+, "\{ \*\/|\/\/ d\d+ \},"/g) ?? [];

describe('whatever the file looks like', () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[a-z"\\ é]{1,6}$/), { minLength: 1, maxLength: 5 });
  const gaps = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 40 });
  const file = fc.tuple(names, gaps, fc.constantFrom('\n', '\r\n'), fc.boolean());

  test('a server that is added and removed leaves comments, order and values as they were', () => {
    fc.assert(
      fc.property(file, ([list, spaces, eol, trailing]) => {
        const before = decorated(list, spaces, eol, trailing);
        const added = withServer(before, 'NEW', entry)!;
        const value = read(before) as { mcpServers: object };
        expect(read(added)).toEqual({ ...value, mcpServers: { ...value.mcpServers, NEW: entry } });
        expect(Object.keys((read(added) as typeof value).mcpServers)).toEqual([...list, 'NEW']);
        expect(commentsOf(added)).toEqual(commentsOf(before));
        // Only additions: what was there is still there, in order.
        let at = 0;
        for (const character of added) if (character === before[at]) at += 1;
        expect(before.slice(at).trim()).toBe('');
        const removed = withoutServer(added, 'NEW')!;
        expect(read(removed)).toEqual(value);
        expect(commentsOf(removed)).toEqual(commentsOf(before));
      }),
      { numRuns: runs(500) },
    );
  });

  test('removing any server takes that one alone', () => {
    fc.assert(
      fc.property(file, fc.nat(), ([list, spaces, eol, trailing], pick) => {
        const before = decorated(list, spaces, eol, trailing);
        const name = list[pick % list.length]!;
        const removed = withoutServer(before, name)!;
        const value = read(before) as { mcpServers: Record<string, unknown> };
        delete value.mcpServers[name];
        expect(read(removed)).toEqual(value);
        // A comment between a key and its value is inside of the entry.
        const left: string[] = commentsOf(removed);
        const inside: string[] = commentsOf(before).filter((one) => !left.includes(one));
        expect(inside.length).toBeLessThanOrEqual(2);
        expect(left).toEqual(commentsOf(before).filter((one: string) => !inside.includes(one)));
      }),
      { numRuns: runs(500) },
    );
  });
});

test('variables of a server are named by its letters without their marks', () => {
  const variables = new EnvVariables((name) => (name === 'API_KEY' ? 'of another server' : undefined));
  const endpoint = 'wss://h/mcp/?token=made-up';
  const entry = { command: 'x', env: { API_KEY: 'k1' }, endpoint };
  expect(moveSecrets('thời-tiết', entry, variables)).toMatchObject({
    env: { API_KEY: reference('THOI_TIET_API_KEY') },
    endpoint: reference('MCP_ENDPOINT_THOI_TIET'),
  });
  // Another name with the same letters gets a variable of its own.
  expect(moveSecrets('thói-tiệt', { ...entry, env: { API_KEY: 'k2' } }, variables)).toMatchObject({
    env: { API_KEY: reference('THOI_TIET_API_KEY_2') },
  });
});
