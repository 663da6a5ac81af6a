import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventStream } from '../../../../src/transports/remote/event-stream.js';
import { runs } from '../../../helpers/runs.js';

interface Read {
  events: [type: string, data: string][];
  oversize: number[];
  ids: string[];
  retries: number[];
}

/** What is read of a stream that comes in these chunks; data as latin1, so that every byte shows. */
function read(chunks: readonly Buffer[], { maxBytes = 1_000_000, ends = false } = {}): Read {
  const seen: Read = { events: [], oversize: [], ids: [], retries: [] };
  const stream = new EventStream(maxBytes, {
    onData: (data, type) => seen.events.push([type, data.toString('latin1')]),
    onOversize: ({ bytes }) => seen.oversize.push(bytes),
    onId: (id) => seen.ids.push(id),
    onRetry: (ms) => seen.retries.push(ms),
  });
  for (const chunk of chunks) stream.push(chunk);
  if (ends) stream.end();
  return seen;
}

const text = (...chunks: string[]) => read(chunks.map((chunk) => Buffer.from(chunk)));
const message = (data: string): [string, string] => ['message', data];

describe('EventStream', () => {
  it('reads the data of events, with any line ending', () => {
    expect(text('data: a\n\ndata:b\r\n\r\ndata: c\r\rdata:  d\n\n').events).toEqual(
      ['a', 'b', 'c', ' d'].map(message),
    );
  });

  it('puts data of several lines on one line', () => {
    expect(text('data: {\ndata:   "a": 1\ndata: }\n\n').events).toEqual([message('{   "a": 1 }')]);
  });

  it('keeps no id that a header cannot hold', () => {
    expect(text('id: a\u0001b\n\nid: \u001b[2J\n\nid: caf\u00e9\n\n').ids).toEqual(['caf\u00e9']);
  });

  it('reads types, ids and retry, and skips comments and other fields', () => {
    const seen = text(
      ': alive\n\nevent: endpoint\ndata: /x\n\nid: 7\nretry: 250\nfoo: bar\ndata: y\n\ndata: z\n\nid\ndata: w\n\n',
    );
    expect(seen).toEqual({
      events: [['endpoint', '/x'], ...['y', 'z', 'w'].map(message)],
      oversize: [],
      ids: ['7', ''],
      retries: [250],
    });
  });

  it('reads the id of an event without data, which is no event', () => {
    expect(text('id: 3\ndata:\n\ndata\n\ndata:\ndata:\n\nid: 4\n\n')).toEqual({
      ...{ events: [], oversize: [], retries: [] },
      ids: ['3', '4'],
    });
  });

  it('keeps no id before its event is complete, none with NUL, and no wrong time', () => {
    expect(text('id: 1\ndata: x\n').ids).toEqual([]);
    expect(text('id: a\0b\ndata: x\n\nretry: -1\nretry: 1e3\nretry:\n\n')).toMatchObject({
      ids: [],
      retries: [],
    });
  });

  it('skips a byte order mark, and takes its beginning for what it is', () => {
    const mark = [0xef, 0xbb, 0xbf];
    const bytes = Buffer.concat([Buffer.from(mark), Buffer.from('data: x\n\n')]);
    expect(read([bytes]).events).toEqual([message('x')]);
    expect(read([...bytes].map((byte) => Buffer.of(byte))).events).toEqual([message('x')]);
    const half = Buffer.concat([Buffer.from(mark.slice(0, 2)), Buffer.from('data: x\n\ndata: y\n\n')]);
    expect(read([half]).events).toEqual([message('y')]);
  });

  it('keeps bytes that are no UTF-8', () => {
    const bytes = Buffer.concat([
      Buffer.from('data: "'),
      Buffer.of(0xff, 0xc3, 0x80, 0xed),
      Buffer.from('"\n\n'),
    ]);
    expect(read([bytes]).events).toEqual([message('"\xff\xc3\x80\xed"')]);
  });

  it('gives an unfinished event at the end of a whole stream only', () => {
    const unfinished = [Buffer.from('id: 5\ndata: x')];
    expect(read(unfinished).events).toEqual([]);
    expect(read(unfinished, { ends: true })).toMatchObject({ events: [message('x')], ids: ['5'] });
  });

  it('tells the envelope of data over the bound, and goes on', () => {
    const long = `data: {"id":1,"result":"${'x'.repeat(500)}"}\n\n`;
    expect(read([Buffer.from(`${long}data: y\n\n`)], { maxBytes: 100 })).toMatchObject({
      events: [message('y')],
      oversize: [long.length - 8],
    });
  });

  it('gives the same for any split of the bytes', () => {
    const line = fc.oneof(
      fc.constantFrom(
        'data: ',
        'data:',
        'data',
        'id: 1',
        'id:',
        'event: x',
        'retry: 5',
        ': c',
        '',
        'dat',
        'datax: 1',
        '\ufeff',
      ),
      fc.string({ unit: 'binary', maxLength: 40 }).map((value) => `data: ${value}`),
    );
    const end = fc.constantFrom('\n', '\r', '\r\n', '\n\n', '\r\n\r\n', '\r\r');
    const stream = fc
      .array(fc.tuple(line, end), { maxLength: 12 })
      .map((lines) => Buffer.from(lines.flat().join(''), 'utf8'));
    fc.assert(
      fc.property(stream, fc.array(fc.nat(), { maxLength: 20 }), fc.boolean(), (bytes, cuts, ends) => {
        const at = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
        const chunks = [0, ...at].map((start, i) => bytes.subarray(start, at[i] ?? bytes.length));
        const options = { maxBytes: 60, ends };
        expect(read(chunks, options)).toEqual(read([bytes], options));
        expect(
          read(
            [...bytes].map((byte) => Buffer.of(byte)),
            options,
          ),
        ).toEqual(read([bytes], options));
      }),
      { numRuns: runs(60) },
    );
  });
});
