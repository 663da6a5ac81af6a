import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { startLinks } from '../helpers/link.js';
import { isMux, isRemote, isShared } from '../helpers/strategy.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcp-pipe-bytes-'));
});

async function endpoint() {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  return fake;
}

/** Messages whose bytes a parser and printer would not reproduce. */
const peculiar = [
  '{"jsonrpc":"2.0","id":0,"result":{}}',
  '{"jsonrpc":"2.0","id":"","result":{}}',
  '{"jsonrpc":"2.0","id":"0","result":{}}',
  '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"x"}}',
  '{"jsonrpc":"2.0","id":9007199254740993,"result":{"big":12345678901234567890,"float":1.0,"exp":1e2,"neg":-0}}',
  '{"result":{"10":1,"2":2,"b":1,"a":2,"b":3},"id":1.0,"jsonrpc":"2.0"}',
  '{ "jsonrpc" : "2.0" ,\t"method":"notifications/message","params":{"data":"Xin chào 🤖 — tiếng Việt"}}',
  '{"jsonrpc":"2.0","method":"n/escapes","params":{"text":"\\u0041\\/\\n\\ud83e\\udd16","nul":"\\u0000"}}',
  `{"jsonrpc":"2.0","method":"n/deep","params":${'['.repeat(2_000)}${']'.repeat(2_000)}}`,
  `{"jsonrpc":"2.0","method":"n/long","params":{"text":"${'ắ'.repeat(70_000)}"}}`,
  '{"jsonrpc":"2.0","id":1e2,"result":{"unknown":{"member":[null,true,false]}},"extra":1}',
];

describe('from the server to the endpoint', () => {
  it('sends what the server prints on a line as one text frame, unchanged', async () => {
    const fake = await endpoint();
    const file = join(folder, 'out.bin');
    // LF and CRLF endings, blank lines, and no newline inside.
    const bytes = peculiar
      .map((line, i) => line + (i % 3 === 0 ? '\r\n' : i % 3 === 1 ? '\n' : '\n\n\r\n'))
      .join('');
    await writeFile(file, bytes);
    startLinks([{ endpoint: fake.endpoint(), server: ['raw-lines.mjs', file] }]);
    const connection = await fake.connection();
    await connection.greet();
    const before = connection.frames.length;
    connection.send({ jsonrpc: '2.0', id: 77, method: 'tools/call', params: { name: 'whoami' } });
    // A multiplexer keeps replies back that nobody asked for: they might be meant for a call of another server.
    // So does a server with several clients, and a log message is for one of them.
    const isForAll = (line: string) => line.includes(isShared ? '"method":"n/' : '"method"');
    const wanted = peculiar.filter((line) => (!isMux && !isShared) || isForAll(line));
    await connection.frame((frame) => frame === wanted.at(-1));
    const looked = isShared ? wanted : peculiar;
    const carried = connection.frames.slice(before).filter((frame) => looked.includes(frame));
    expect(carried).toEqual(wanted);
  });
});

describe('from the endpoint to the server', () => {
  it('writes every frame as exactly one line, unchanged', async () => {
    const fake = await endpoint();
    const file = join(folder, 'in-lines.txt');
    startLinks([{ endpoint: fake.endpoint(), server: ['records.mjs', file] }]);
    const connection = await fake.connection();
    await connection.greet();
    const frames = [
      ...peculiar.filter((line) => line.includes('"method"')),
      ...[0, '""', '"0"', 'null', '9007199254740993', '1.0', '1e2', '-7', '"\\u0041"'].map(
        (id) =>
          `{"method":"tools/call","params":{"n":1.0,"serialNumber":null,"name":"whoami"},"id":${id},"jsonrpc":"2.0"}`,
      ),
      '{"jsonrpc":"2.0","method":"notifications/end"}',
    ];
    // The first call of a multiplexer waits for the list of tools.
    await connection.tool('first', 'whoami');
    for (const frame of frames) connection.send(frame);
    const lines = await eventually(async () => {
      const all = (await readFile(file, 'utf8')).split('\n');
      return all.includes(frames.at(-1)!) && all;
    });
    const sent = lines.filter((line) => frames.includes(line));
    // Over HTTP each is a request of its own.
    if (isRemote) expect(sent.sort()).toEqual(frames.sort());
    else expect(sent).toEqual(frames);
  });

  it('compacts a frame with raw newlines into one line and changes nothing else', async () => {
    const fake = await endpoint();
    const file = join(folder, 'compacted.txt');
    startLinks([{ endpoint: fake.endpoint(), server: ['records.mjs', file] }]);
    const connection = await fake.connection();
    await connection.greet();
    connection.send(
      '{\r\n  "jsonrpc": "2.0",\n  "id": 5,\n  "method": "tools/call",\r  "params": {"name": "whoami", "a": "x\\ny", "b": 1.0}\n}\n',
    );
    expect((await connection.reply(5)).result.content).toHaveLength(1);
    const line = (await readFile(file, 'utf8')).split('\n').find((text) => text.includes('"id": 5'));
    expect(line).toBe(
      '{    "jsonrpc": "2.0",   "id": 5,   "method": "tools/call",   "params": {"name": "whoami", "a": "x\\ny", "b": 1.0} } ',
    );
  });

  it('keeps characters whole that are split over chunks of the socket', async () => {
    const fake = await endpoint();
    startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'] }]);
    const connection = await fake.connection();
    await connection.greet();
    const text = '🤖ắ'.repeat(60_000);
    expect(await connection.tool(1, 'echo', { text })).toBe(text);
  });

  it.each([0, '', '0', 'x-1', 9007199254740991, -1, 1.5])('returns a reply under the id %j', async (id) => {
    const fake = await endpoint();
    startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'] }]);
    const connection = await fake.connection();
    await connection.greet();
    connection.frames.length = 0;
    expect(await connection.tool(id, 'echo', { text: 'hi' })).toBe('hi');
  });
});
