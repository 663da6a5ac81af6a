import { describe, expect, it } from 'vitest';
import { readEnvelope } from '../../../src/protocol/envelope.js';
import { MAX_SERVER_REQUESTS, ServerRequests } from '../../../src/servers/server-requests.js';

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const question = (id: unknown) => json({ jsonrpc: '2.0', id, method: 'roots/list' });
const cancelled = (requestId: unknown) =>
  json({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId, reason: 'r' } });

function fence() {
  const questions = new ServerRequests<string>();
  const enter = (life: string, frame: Buffer) => questions.enter(frame, readEnvelope(frame), life);
  return {
    questions,
    enter,
    /** The id, as JSON text, under which a request with that id goes out. */
    ask: (life: string, id: unknown) => JSON.stringify(JSON.parse(enter(life, question(id)).toString()).id),
  };
}

/** The notification that the endpoint gets; undefined when it names no question of that life. */
const cancel = (questions: ServerRequests<string>, frame: Buffer, life: string) =>
  questions.cancelKnown(frame, life);

describe('Questions', () => {
  it('sends a question as it stands when its id is free', () => {
    const { enter } = fence();
    const frame = question(0);
    expect(enter('first', frame)).toBe(frame);
  });

  it('takes one answer to each question, and no other answer', () => {
    const { questions, ask } = fence();
    ask('first', 77);
    expect(questions.take('78', 'first')).toBeUndefined();
    expect(questions.take('"77"', 'first')).toBeUndefined();
    expect(questions.take('77', 'first')).toBe(77);
    expect(questions.take('77', 'first')).toBeUndefined();
  });

  it.each([0, '', '0', null, -5])('finds the question with id %j', (id) => {
    const { questions, ask } = fence();
    const raw = ask('first', id);
    expect(String(questions.take(raw, 'first'))).toBe(JSON.stringify(id));
  });

  it('finds a question although the endpoint spells its number another way, and gives it back as the server did', () => {
    const { questions, enter } = fence();
    enter('first', Buffer.from('{"jsonrpc":"2.0","id":1.0,"method":"x"}'));
    expect(questions.take('1', 'first')).toBe('1.0');
  });

  it('gives a question whose id is open for an earlier life another id, and each life its own answer', () => {
    const { questions, ask } = fence();
    const lives = ['first', 'second', 'third'];
    const ids = lives.map((life) => ask(life, 77));
    expect(ids[0]).toBe('77');
    expect(new Set(ids).size).toBe(3);
    expect(questions.take(ids[2]!, 'third')).toBe(77);
    expect(questions.take(ids[1]!, 'second')).toBe(77);
    expect(questions.take(ids[0]!, 'first')).toBe(77);
  });

  it('gives an answer to no life but the one that asked', () => {
    const { questions, ask } = fence();
    ask('first', 77);
    const alias = ask('second', 77);
    expect(questions.take('77', 'second')).toBeUndefined();
    expect(questions.take(alias, 'third')).toBeUndefined();
    ask('first', 78);
    expect(questions.take('78', undefined)).toBeUndefined();
  });

  it('finds an id of its own although the server uses ids of the same make', () => {
    const { questions, ask } = fence();
    ask('first', 'mcp-pipe-q1');
    ask('first', 5);
    const alias = ask('second', 5);
    expect(alias).not.toBe('"mcp-pipe-q1"');
    expect(questions.take(alias, 'second')).toBe(5);
    expect(questions.take('"mcp-pipe-q1"', 'first')).toBe('"mcp-pipe-q1"');
  });

  it('translates the cancellation of an aliased question and leaves every other one as it is', () => {
    const { questions, ask } = fence();
    ask('first', 77);
    const early = cancelled(77);
    expect(cancel(questions, early, 'first')).toBe(early);
    const alias = ask('second', 77);
    ask('second', 78);
    expect(JSON.parse(String(cancel(questions, cancelled(77), 'second')))).toEqual({
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: { requestId: JSON.parse(alias), reason: 'r' },
    });
    const asked = cancelled(78);
    expect(cancel(questions, asked, 'second')).toBe(asked);
    for (const frame of [cancelled(99), cancelled({}), json({ method: 'x' })])
      expect(cancel(questions, frame, 'second')).toBeUndefined();
    expect(cancel(questions, early, 'first')).toBeUndefined();
  });

  it('names the open questions of one life by the ids that this life knows', () => {
    const { questions, ask } = fence();
    ask('first', 77);
    ask('second', 77);
    ask('second', 'x');
    ask('second', 78);
    questions.take('78', 'second');
    expect(questions.of('first')).toEqual([77]);
    expect(questions.of('second')).toEqual([77, '"x"']);
    expect(questions.of('third')).toEqual([]);
  });

  it('is full with so many questions of one life, and forgets those of earlier lives and withdrawn ones first', () => {
    const { questions, ask } = fence();
    for (let id = 1; id < MAX_SERVER_REQUESTS; id++) ask('first', id);
    expect(questions.isFull('first')).toBe(false);
    ask('first', 'last');
    expect(questions.isFull('first')).toBe(true);
    cancel(questions, cancelled('last'), 'first');
    expect(questions.isFull('first')).toBe(false);
    expect(questions.isFull('second')).toBe(false);
    ask('first', 'again');
    expect(questions.isFull('second')).toBe(false);
    expect(questions.of('first')).toEqual([]);
  });
});
