import { describe, expect, it } from 'vitest';
import { formatServerDown } from '../../../src/messages/server-down-words.js';
import { faultOf, type ServerCause, type ServerEnd } from '../../../src/protocol/server-end.js';
import { diagnoseServer } from '../../../src/servers/diagnose-server.js';
import { englishIn } from '../../helpers/english.js';
import { serverDown } from '../messages/events.js';

const none = { exitCode: undefined, signal: undefined, error: undefined };

const ENDS: [ServerEnd, ServerCause, forCallers: string, fault: object][] = [
  [{ kind: 'process', exitCode: 1 }, 'exited', 'exit code 1', { ...none, exitCode: 1 }],
  [{ kind: 'process', signal: 'SIGKILL' }, 'exited', 'signal SIGKILL', { ...none, signal: 'SIGKILL' }],
  [{ kind: 'process' }, 'exited', 'exit code ?', none],
  [
    { kind: 'not-started', reason: 'ENOENT' },
    'not-started',
    'it cannot be started (ENOENT)',
    { ...none, error: 'ENOENT' },
  ],
  [
    { kind: 'pipe-closed', what: 'closed its stdout' },
    'pipe-closed',
    'it closed its stdout',
    { ...none, error: 'closed its stdout' },
  ],
  // How a process exited that had to be ended is in the log all the same.
  [
    { kind: 'unanswered', signal: 'SIGTERM' },
    'unanswered',
    'it never answered initialize',
    { ...none, signal: 'SIGTERM' },
  ],
  [
    { kind: 'hung', exitCode: 0 },
    'hung',
    'it had stopped answering, a ping included',
    { ...none, exitCode: 0 },
  ],
  [
    { kind: 'unreachable', reason: 'ECONNREFUSED' },
    'unreachable',
    'it cannot be reached (ECONNREFUSED)',
    { ...none, error: 'ECONNREFUSED' },
  ],
  [{ kind: 'session-lost' }, 'session-lost', 'it ended the session', none],
  [{ kind: 'unauthorized' }, 'unauthorized', 'it does not accept the login', none],
  [
    { kind: 'not-mcp', status: 200, what: 'page' },
    'not-mcp',
    'what answers there is no MCP server',
    { ...none, error: 'HTTP 200' },
  ],
  [
    { kind: 'cut', reason: 'ECONNRESET' },
    'cut',
    'its answer was cut (ECONNRESET)',
    { ...none, error: 'ECONNRESET' },
  ],
  [
    { kind: 'cut', reason: 'no-reply' },
    'cut',
    'it took the call, but sent no reply',
    { ...none, error: 'no-reply' },
  ],
  [
    { kind: 'cut', reason: 'ended' },
    'cut',
    'its answer ended without the reply',
    { ...none, error: 'ended' },
  ],
  [
    { kind: 'http', status: 429 },
    'http-busy',
    'it answered with HTTP status 429',
    { ...none, error: 'HTTP 429' },
  ],
  [
    { kind: 'http', status: 500, retryAfterMs: 9_000 },
    'http-busy',
    'it answered with HTTP status 500',
    { ...none, error: 'HTTP 500' },
  ],
  [
    { kind: 'http', status: 500 },
    'http-error',
    'it answered with HTTP status 500',
    { ...none, error: 'HTTP 500' },
  ],
];

describe.each(ENDS)('%j', (end, cause, forCallers, fault) => {
  it('has a cause, words for callers, and the public fields of the log', () => {
    expect(diagnoseServer(end)).toMatchObject({ cause, forCallers });
    expect(faultOf(end)).toEqual(fault);
  });

  it('is said in both languages, with what to do', () => {
    const down = serverDown({ why: cause, end, nextStartMs: 4_000 });
    const [en, vi] = [formatServerDown(down, 'en'), formatServerDown(down, 'vi')];
    expect(en).toMatch(/ .+\. .*Next start in 4 s\.$/);
    expect(vi).toMatch(/ .*Khởi động lại sau 4 (s|giây)\.$/);
    expect(vi).not.toBe(en);
    expect(englishIn(vi)).toEqual([]);
    for (const text of [en, vi]) expect(text).not.toMatch(/undefined|\(\)/);
  });
});

it('is started again after the usual pause, or later where that is pointless or unwelcome', () => {
  expect(diagnoseServer({ kind: 'process', exitCode: 1 }).action).toEqual({ kind: 'restart' });
  expect(diagnoseServer({ kind: 'http', status: 503 }).action).toEqual({ kind: 'restart' });
  const busy = (retryAfterMs: number) => diagnoseServer({ kind: 'http', status: 503, retryAfterMs }).action;
  expect(busy(9_000)).toEqual({ kind: 'restart-slowly', notBeforeMs: 9_000 });
  // Nobody can send a link away for good.
  expect(busy(1e12)).toEqual({ kind: 'restart-slowly', notBeforeMs: 3_600_000 });
  expect(diagnoseServer({ kind: 'unauthorized' }).action).toMatchObject({ kind: 'restart-slowly' });
});
