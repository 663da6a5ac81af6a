import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../../examples/echo.js', import.meta.url));

it('examples/echo.js echoes after the time asked for, survives bad input, and ends with its stdin', async () => {
  const child = spawn(process.execPath, [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const call = (id: number, params: unknown) => ({ id, method: 'tools/call', params });
  const echo = (id: number, given: unknown) => call(id, { name: 'echo', arguments: given });
  const lines = [
    { id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18' } },
    { method: 'notifications/initialized' },
    { id: 2, method: 'tools/list', params: null },
    echo(3, { text: 'xin chào', ms: 200 }),
    echo(4, { text: 'at once' }),
    echo(5, { text: 5 }),
    echo(6, null),
    call(7, { name: 'other' }),
    call(8, null),
    { id: 9, method: 'toString' },
  ].map((message) => JSON.stringify({ jsonrpc: '2.0', ...message }));
  child.stdin.end([...lines, 'no JSON', 'null', ''].join('\n'));
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
  const answers = said
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const of = (id: number | null) => answers.find((answer) => answer.id === id);
  expect(of(1)).toMatchObject({ result: { protocolVersion: '2025-06-18', capabilities: { tools: {} } } });
  expect(of(2).result.tools.map(({ name }: { name: string }) => name)).toEqual(['echo']);
  expect(answers.at(-1)).toMatchObject({ id: 3, result: { content: [{ text: 'xin chào' }] } });
  expect(of(4)).toMatchObject({ result: { content: [{ text: 'at once' }] } });
  for (const id of [5, 6]) expect(of(id)).toMatchObject({ result: { isError: true } });
  for (const id of [7, 8]) expect(of(id)).toMatchObject({ error: { code: -32602 } });
  expect(of(9)).toMatchObject({ error: { code: -32601 } });
  expect(of(null)).toMatchObject({ error: { code: -32700 } });
});
