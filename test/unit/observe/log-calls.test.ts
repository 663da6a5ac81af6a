import { describe, expect, it } from 'vitest';
import { createLog } from '../../../src/observe/log.js';
import { logCalls } from '../../../src/observe/log-calls.js';
import { Redactor } from '../../../src/observe/redact.js';
import type { FinishedCall } from '../../../src/protocol/finished-call.js';

const call: FinishedCall = {
  ...{ link: 'mux', server: 'calc', method: 'tools/call', tool: 'add', id: '7', ms: 12.3456 },
  ...{
    key: 1,
    endedAt: 0,
    outcome: 'ok',
    code: undefined,
    requestBytes: 98,
    replyBytes: 60,
    legs: undefined,
  },
};

async function logged(calls: readonly FinishedCall[], format: 'json' | 'pretty', lang: 'en' | 'vi' = 'en') {
  const lines: string[] = [];
  const log = await createLog({
    ...{ level: 'info', format, colour: false, redactor: new Redactor(['q7Rk2mVx9TzB4nLw']) },
    destination: { write: (line) => void lines.push(line) },
  });
  for (const one of calls) logCalls(log.log, lang)(one);
  return lines;
}

describe('logCalls', () => {
  it('writes fields that programs can rely on', async () => {
    const failed: FinishedCall = {
      ...call,
      server: undefined,
      tool: undefined,
      outcome: 'error',
      code: -32000,
    };
    const [ok, error] = (await logged([call, failed], 'json')).map((line) => JSON.parse(line));
    const { time: _, msg, ...fields } = ok;
    expect(fields).toEqual({
      ...{ level: 'info', event: 'call', link: 'mux', server: 'calc', method: 'tools/call', tool: 'add' },
      ...{ id: '7', outcome: 'ok', ms: 12.3, requestBytes: 98, replyBytes: 60 },
    });
    expect(msg).toBe('"add" (tools/call) answered after 12 ms, id 7, 98 B sent, 60 B back');
    expect(Object.keys(error)).not.toContain('tool');
    expect(error).toMatchObject({ outcome: 'error', code: -32000 });
  });

  it('obeys nothing that an endpoint wrote, and shows no secret', async () => {
    const evil = {
      ...call,
      tool: 'a\u001b[2J\nINFO: b',
      id: '"\u202eq7Rk2mVx9TzB4nLw"',
      method: 'x'.repeat(999),
    };
    for (const format of ['json', 'pretty'] as const) {
      const [line] = await logged([evil], format, 'vi');
      expect(line!.trimEnd()).not.toMatch(/[\u0000-\u001f\u202e]/);
      expect(line).not.toContain('q7Rk2mVx9TzB4nLw');
      expect(line!.length).toBeLessThan(1_500);
    }
  });

  it('says every outcome in both languages', async () => {
    const outcomes = ['ok', 'error', 'timed-out', 'cancelled', 'lost'] as const;
    const calls = outcomes.map((outcome): FinishedCall => ({ ...call, outcome, replyBytes: 0 }));
    for (const lang of ['en', 'vi'] as const)
      expect(new Set((await logged(calls, 'json', lang)).map((line) => JSON.parse(line).msg)).size).toBe(5);
  });
});
