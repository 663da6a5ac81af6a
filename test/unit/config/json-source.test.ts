import { describe, expect, test } from 'vitest';
import { JsonSource, pathText } from '../../../src/config/json-source.js';
import { worded } from './workspace.js';

const source = (text: string) => new JsonSource('/c.json', text);

describe('a JSON source', () => {
  test('accepts comments and trailing commas', () => {
    const { value, findings } = source('{ // one\n "a": [1, 2,], /* two */ "b": {"c": null,},\n}');
    expect(findings).toEqual([]);
    expect(value).toEqual({ a: [1, 2], b: { c: null } });
  });

  test('knows the 1-based line of each value, counted from its key', () => {
    const json = source(
      '{\n  "mcpServers": {\n    "calc": {\r\n      "args": [\n        "a",\n        7\n]}}}',
    );
    expect(json.place(['mcpServers', 'calc', 'args'])).toMatchObject({
      line: 4,
      path: 'mcpServers.calc.args',
    });
    expect(json.place(['mcpServers', 'calc', 'args', 1]).line).toBe(6);
  });

  test('answers with the line of what is around a value that is missing', () => {
    expect(source('{\n"a": {\n}}').place(['a', 'command'])).toEqual({
      file: '/c.json',
      path: 'a.command',
      line: 2,
    });
  });

  test('takes the last of two equal keys and reports both lines', () => {
    const json = source('{"a": 1,\n\n"a": 2}');
    expect(json.value).toEqual({ a: 2 });
    expect(json.duplicates).toEqual([{ path: ['a'], lines: [1, 3] }]);
    expect(json.place(['a']).line).toBe(3);
  });

  test('keeps a key called __proto__ as data', () => {
    const { value } = source('{"__proto__": {"polluted": 1}}');
    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  test.each([
    ['{"a": 1\n "b": 2}', 2, 'a comma'],
    ['{"a": "C:\\Users\\me"}', 1, 'an escape of JSON'],
    ["{\n'a': 1}", 2, 'a text in double quotes'],
    ['{"a": True}', 1, 'a text in double quotes'],
    ['{a: 1}', 1, 'a text in double quotes'],
    ['{"a": }', 1, 'a value'],
    ['{"a": 1', 1, '}'],
    ['', 1, 'a JSON object'],
  ])('says for %j in which line what was expected', (text, line, expected) => {
    const json = source(text);
    expect(json.value).toBeUndefined();
    expect(worded(json.findings)[0]).toMatchObject({ code: 'CONFIG_SYNTAX', line, expected });
  });

  test('reports mistakes on several lines at once', () => {
    const { findings } = source('{\n"a": 1\n"b": 2\n"c": 3}');
    expect(findings.map(({ line }) => line)).toEqual([3, 4]);
  });

  test('never quotes the text around a mistake, which may be a token', () => {
    const { findings } = source(
      '{"endpoint": wss://h/?token=secret-token-value, "b": \'secret-token-value\'}',
    );
    expect(findings.length).toBeGreaterThan(0);
    expect(JSON.stringify(findings)).not.toContain('secret');
  });

  test('writes names that are no plain words in brackets', () => {
    expect(pathText(['mcpServers', 'my server', 'args', 0])).toBe('mcpServers["my server"].args[0]');
    expect(pathText(['mcpServers', '计算器', 'env', 'A.B'])).toBe('mcpServers.计算器.env["A.B"]');
  });
});
