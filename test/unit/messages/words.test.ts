import { describe, expect, it } from 'vitest';
import { messagesFor } from '../../../src/messages/index.js';
import * as serverDownWords from '../../../src/messages/server-down-words.js';
import * as statusWords from '../../../src/messages/status-words.js';
import * as words from '../../../src/messages/words.js';
import type { Cause, Diagnosis } from '../../../src/protocol/diagnosis.js';
import type { StatusEvent } from '../../../src/protocol/status.js';
import { eightfold } from '../../helpers/linear.js';
import { diagnosis, down, everyEvent, serverDown } from './events.js';

// The table is a Record over causes and their cases (`tls: expired`): it holds all of them, or it does not compile.
const causes = Object.keys(messagesFor('en').causes).filter((id) => !id.includes(': ')) as Cause[];

const formatDown = (of: Diagnosis, more: Parameters<typeof words.formatDown>[1]) =>
  words.formatDown(of, more, 'en');
const formatTail = (lines: string[]) => words.formatTail(lines, 'en');
const formatServerDown = (event: Parameters<typeof serverDownWords.formatServerDown>[0]) =>
  serverDownWords.formatServerDown(event, 'en');
const say = (event: StatusEvent, context: { endpoint?: string; advise?: boolean } = {}) =>
  statusWords.formatEvent(event, { lang: 'en', ...context });
const formatLeftOut = (kind: StatusEvent['type'], link: string, dropped: number) =>
  statusWords.formatLeftOut(kind, link, dropped, 'en');

const often = { nextDialMs: 4_000, attempt: 1, pending: 0, stderrTail: [] };

function sentence(cause: Cause, facts: Partial<Diagnosis> = {}): string {
  return formatDown(diagnosis(cause, facts), often);
}

/** Of a proxy it is always known which. */
const behind = (cause: Cause): Partial<Diagnosis> =>
  cause.startsWith('proxy-') ? { proxy: { host: 'proxy.corp:3128', hasLogin: false, schemes: '' } } : {};

describe('the words for a cause', () => {
  it.each(causes)('say what happened and what to do about %s, before and after open', (cause) => {
    for (const openForMs of [undefined, 3_000]) {
      const text = sentence(cause, {
        openForMs,
        code: 4321,
        reason: 'said the endpoint',
        siblings: 2,
        ...behind(cause),
      });
      expect(text).toMatch(openForMs === undefined ? /^Cannot connect: \S/ : /^Disconnected after 3 s: \S/);
      expect(text).toMatch(/[.)] Next try in 4 s\.$/);
      // As documentation calls it, at the end of what happened.
      expect(text).toContain(` [${cause}]. `);
      expect(text).not.toMatch(/undefined|null|NaN|\[object|\.\. |\s{2}|: \./);
      expect(text.length).toBeGreaterThan(70);
    }
  });

  it('are different for every cause', () => {
    expect(new Set(causes.map((cause) => sentence(cause))).size).toBe(causes.length);
  });

  it.each<[Cause, Partial<Diagnosis>, RegExp]>([
    ['initialize-unanswered', { code: 4004 }, /did not answer initialize in time.*not a connection limit/],
    [
      'token-limit',
      { code: 4004, siblings: 1 },
      /1 other link of this mcp-pipe holds the same token.*own token/,
    ],
    ['token-limit', { code: 4004, siblings: 3 }, /3 other links of this mcp-pipe hold the same token/],
    [
      'endpoint-error',
      { code: 4004, reason: 'Internal server error' },
      /\(4004 "Internal server error"\).*another machine/,
    ],
    ['token-rejected', { code: 1008 }, /does not accept the token.*Copy the whole endpoint address again/],
    ['token-rejected', { code: 1008, reason: 'token解密失败' }, /cannot be decrypted/],
    [
      'replaced',
      { code: 1000, reason: '新连接替换' },
      /another connection took over.*waits before it takes the token back, longer each time/,
    ],
    ['message-too-big', { code: 1009 }, /16 MiB/],
    [
      'endpoint-violation',
      { code: 1009, reason: 'Unsupported WebSocket frame: payload length > 2^53 - 1' },
      /the endpoint broke the rules.*2\^53/,
    ],
    ['endpoint-violation', { code: 1007 }, /the endpoint sent a text that is not UTF-8/],
    [
      'endpoint-violation',
      { openForMs: undefined, reason: 'Invalid Sec-WebSocket-Accept header' },
      /answer to the WebSocket handshake is not valid/,
    ],
    ['protocol-violation', { code: 1002 }, /the endpoint says that it was sent something/],
    ['protocol-violation', { code: 1003 }, /does not take this kind of data/],
    ['protocol-violation', { code: 1007 }, /does not understand the text of a message/],
    ['endpoint-failed', { code: 1011, reason: 'keepalive ping timeout' }, /got no answer to its ping/],
    ['endpoint-restarting', { code: 1013 }, /come back later/],
    [
      'refused',
      { openForMs: undefined, reason: 'ECONNREFUSED' },
      /nothing listens.*\(ECONNREFUSED\).*Docker/,
    ],
    ['dns', { openForMs: undefined, reason: 'ENOTFOUND' }, /no host with this name/],
    ['dns', { openForMs: undefined, reason: 'EAI_AGAIN' }, /internet connection/],
    ['tls', { openForMs: undefined, reason: 'CERT_HAS_EXPIRED' }, /has expired.*date of this computer/],
    [
      'tls',
      { openForMs: undefined, reason: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
      /self-signed.*NODE_EXTRA_CA_CERTS/,
    ],
    ['tls', { openForMs: undefined, reason: 'ERR_TLS_CERT_ALTNAME_INVALID' }, /another host name/],
    ['tls', { openForMs: undefined, reason: 'ERR_SSL_WRONG_VERSION_NUMBER' }, /ws:\/\/ instead of wss:\/\//],
    ['http-forbidden', { openForMs: undefined, code: 403 }, /\(HTTP 403\).*the \/ before the \?/],
    ['http-not-found', { openForMs: undefined, code: 404 }, /\/mcp_endpoint\/mcp\/\?token=/],
    ['http-server-error', { openForMs: undefined, code: 502 }, /proxy/],
    ['http-unexpected', { openForMs: undefined, code: 301 }, /wss:\/\//],
    ['unknown', { code: 4321, reason: 'why not' }, /\(4321 "why not"\)/],
    [
      'unknown',
      { openForMs: undefined, reason: 'HPE_INVALID_CONSTANT' },
      /\(HPE_INVALID_CONSTANT\).*try wss/,
    ],
  ])('name the case of %s with %o', (cause, facts, expected) => {
    expect(sentence(cause, facts)).toMatch(expected);
  });

  it('show the endpoint, calls that lost their asker, and how often it failed', () => {
    const text = formatDown(diagnosis('refused', { openForMs: undefined }), {
      ...often,
      ...{ endpoint: 'ws://127.0.0.1:9/mcp/', attempt: 5, pending: 2 },
    });
    expect(text).toMatch(/^Cannot connect to ws:\/\/127\.0\.0\.1:9\/mcp\/: /);
    expect(text).toContain('2 calls were still running');
    expect(text).toContain('It has failed 5 times in a row; next try in 4 s.');
  });

  it("show the server's last words where the server is to blame, and only there", () => {
    const stderrTail = ["ModuleNotFoundError: No module named 'requests'"];
    const text = formatDown(diagnosis('initialize-unanswered'), { ...often, stderrTail });
    expect(text).toContain('python -m pip install requests');
    expect(text).toMatch(/Next try in 4 s\. Last on stderr: ModuleNotFoundError/);
    expect(formatDown(diagnosis('endpoint-error'), { ...often, stderrTail })).not.toContain('requests');
  });

  it('cannot be forged by the reason an endpoint sends', () => {
    const text = sentence('unknown', { code: 4000, reason: 'x\n[other] all is well\u001b[2J' });
    expect(text).toContain('x\\n[other] all is well\\u001b[2J');
  });
});

describe('the words for a server that went down', () => {
  it('tell code, age, calls, hint, next start and last words', () => {
    const text = formatServerDown(
      serverDown({ pendingFailed: 1, stderrTail: ['a', 'b', 'c', 'Error: listen EADDRINUSE :::8080'] }),
    );
    expect(text).toBe(
      'The server ended with exit code 1 after 2 s. 1 running call was answered with an error. Another program uses the port this server wants: end it (often an older copy of the same server), or choose another port. Next start in 1 s. Last on stderr: Error: listen EADDRINUSE :::8080',
    );
  });

  it('say so when it crashes again and again', () => {
    expect(formatServerDown(serverDown({ failures: 4, nextStartMs: 12_000 }))).toContain(
      'It has crashed 4 times in a row; next start in 12 s.',
    );
  });

  it('name the signal, and the exit code that an MCP server should not have', () => {
    expect(formatServerDown(serverDown({ end: { kind: 'process', signal: 'SIGKILL' } }))).toMatch(
      /by signal SIGKILL.*memory/,
    );
    expect(formatServerDown(serverDown({ end: { kind: 'process', exitCode: 0 } }))).toMatch(
      /exit code 0.*keep running/,
    );
    expect(formatServerDown(serverDown({ end: { kind: 'process' } }))).toMatch(
      /^The server ended after 2 s\. Try it alone .* Next start/,
    );
  });

  it('advise to try it alone when nothing is recognised, and only once', () => {
    expect(formatServerDown(serverDown())).toContain('Try it alone in a terminal');
    expect(formatServerDown(serverDown({ failures: 2 }))).not.toContain('Try it alone');
    expect(formatServerDown(serverDown({ end: { kind: 'process', exitCode: 127 } }))).not.toContain(
      'Try it alone',
    );
  });

  it('tell of one that runs on without its pipes', () => {
    const event = serverDown({
      why: 'pipe-closed',
      end: { kind: 'pipe-closed', what: 'closed its stdout' },
    });
    expect(formatServerDown(event)).toBe(
      'The server closed its stdout after 2 s but runs on; it can answer nothing any more, and is ended. An MCP server over stdio has to keep both open until its stdin ends; look for what closes them. Next start in 1 s.',
    );
    expect(formatServerDown({ ...event, end: { kind: 'pipe-closed', what: undefined }, failures: 3 })).toBe(
      'The server closed its stdin or stdout after 2 s but runs on; it can answer nothing any more, and is ended. It has failed 3 times in a row; next start in 1 s.',
    );
  });

  it('do not blame the exit code of a server that had to be ended', () => {
    const text = formatServerDown(
      serverDown({ why: 'unanswered', end: { kind: 'unanswered', signal: 'SIGKILL' }, livedMs: 180_000 }),
    );
    expect(text).toMatch(/^The server did not answer initialize within 3 min and was ended\. Try it alone/);
    expect(text).not.toMatch(/keep running|memory/);
  });

  it("end each of the launcher's words with one full stop", () => {
    const stderrTail = ['cannot start "x": it is gone.', 'Install it'];
    expect(
      formatServerDown(
        serverDown({ why: 'not-started', end: { kind: 'not-started', reason: '' }, stderrTail }),
      ),
    ).toBe('The server could not be started: cannot start "x": it is gone. Install it. Next start in 1 s.');
  });

  it("repeat the launcher's words when it could not be started", () => {
    const stderrTail = ['cannot start "uvx": no such command in the PATH of this server', 'Install uv.'];
    expect(
      formatServerDown(
        serverDown({ why: 'not-started', end: { kind: 'not-started', reason: 'ENOENT' }, stderrTail }),
      ),
    ).toBe(
      'The server could not be started: cannot start "uvx": no such command in the PATH of this server. Install uv. Next start in 1 s.',
    );
    expect(
      formatServerDown(serverDown({ why: 'not-started', end: { kind: 'not-started', reason: 'ENOENT' } })),
    ).toMatch(/started: ENOENT\. Install/);
  });
});

describe('the last words on stderr', () => {
  const crash = (text: string) => formatTail(text.split('\n')).join('');

  it.each([
    [
      'a Node server that throws',
      '/app/x.js:1\nthrow new Error("boom")\n^\n\nError: boom\n    at Object.<anonymous> (/app/x.js:1:7)\n    at Function.executeUserEntryPoint [as runMain] (node:internal/modules/run_main:170:5)\n    at node:internal/main/run_main_module:28:49\n\nNode.js v20.20.2',
      'Last on stderr: Error: boom',
    ],
    [
      'a Node server whose file is missing',
      "node:internal/modules/cjs/loader:1210\n  throw err;\n  ^\n\nError: Cannot find module '/app/calc.js'\n    at Module._resolveFilename (node:internal/modules/cjs/loader:1207:15) {\n  code: 'MODULE_NOT_FOUND',\n  requireStack: []\n}\n\nNode.js v20.20.2",
      "Last on stderr: Error: Cannot find module '/app/calc.js'",
    ],
    [
      'a Node server with an error of its own code',
      'TypeError [ERR_X]: bad\n    at a (file:///x.mjs:1:1)\n\nNode.js v22.1.0',
      'Last on stderr: TypeError [ERR_X]: bad',
    ],
    [
      'a Python server',
      'Traceback (most recent call last):\n  File "/app/calc.py", line 1, in <module>\n    import nosuchmod\nModuleNotFoundError: No module named \'nosuchmod\'',
      "Last on stderr: ModuleNotFoundError: No module named 'nosuchmod'",
    ],
    [
      'a Python error of several lines',
      'pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings\napi_key\n  Field required',
      'Last on stderr: pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings | api_key | Field required',
    ],
    ['no error by name', 'one\ntwo\n\n  three\n}\nfour', 'Last on stderr: two | three | four'],
    ['nothing that means anything', '\n}\n    at a (b:1:1)', ''],
  ])('of %s are those that name the fault', (_what, text, said) => {
    expect(crash(text)).toBe(said);
  });

  it('stay quick on a hostile tail', () => {
    const lines = (line: string) => Array.from({ length: 20 }, () => line);
    expect(eightfold(2_500, (n) => () => formatTail(lines('Error'.repeat(n))))).toBeLessThan(30);
    expect(eightfold(12_500, (n) => () => formatTail(lines(`${' '.repeat(n)}x`)))).toBeLessThan(30);
  });
});

describe('the words for every Status', () => {
  it.each(Object.values(everyEvent).map((event) => [event.type, event] as const))(
    'exist for %s',
    (_type, event) => {
      const text = say(event, { endpoint: 'wss://example.org/mcp/' });
      expect(text.length).toBeGreaterThan(10);
      expect(text).not.toMatch(/undefined|NaN|\[object|\n/);
    },
  );

  it('agree with what is optional', () => {
    expect(say({ type: 'server-ready', pid: undefined, tookMs: 5, name: undefined, again: true })).toBe(
      'The server runs again after 5 ms.',
    );
    expect(say({ type: 'server-ready', pid: 7, tookMs: 5, name: undefined, again: false })).toBe(
      'The server runs, pid 7, after 5 ms.',
    );
    expect(say({ type: 'server-ready', pid: 7, tookMs: 5, name: 'Calc', again: true })).toBe(
      'The server (Calc) is ready again after 5 ms, pid 7.',
    );
    expect(say({ type: 'server-refused', code: undefined, message: '' })).toMatch(
      /^The server refused initialize without a reason\. The endpoint can use none of its tools/,
    );
    expect(say(everyEvent['server-refused'])).toMatch(
      /^The server refused initialize: "Unsupported protocol version" \(-32602\)\. /,
    );
    expect(say({ type: 'open', tookMs: 5 })).toBe('Connected in 5 ms.');
    expect(say({ type: 'draining', why: 'stopping', pending: 0, timeoutMs: 5 })).toBe('Stopping.');
    expect(say(down(diagnosis('deaf')))).toMatch(/^Disconnected after/);
  });

  it('name what was cut, hidden or too long, and what sets the bound', () => {
    expect(say(everyEvent['tools-over-budget'])).toBe(
      'The list has 60 tools (88 KiB), more than the 32 tools of "maxTools". The last 28 are left out. The largest: draw (8.8 KiB), search (4.9 KiB). Hide some with "tools": { "deny": [ … ] }.',
    );
    const inBytes = { budget: 'maxToolListBytes', bound: 65_536, dropped: 0 } as const;
    expect(say({ ...everyEvent['tools-over-budget'], ...inBytes })).toMatch(
      /^The list has 60 tools \(88 KiB\), more than the 64 KiB of "maxToolListBytes"\. The largest: draw/,
    );
    const largest = Array.from({ length: 60 }, (_, i) => ({ name: `tool-${i}`, bytes: 1 }));
    expect(say({ ...everyEvent['tools-over-budget'], largest })).not.toContain('tool-5 ');
    expect(say(everyEvent['result-cut'])).toBe(
      'The result of "read_file" was 20 KiB, more than the 8 KiB of "maxResultBytes": its text was cut, and says so. If the endpoint takes more, raise "maxResultBytes".',
    );
    expect(say({ ...everyEvent['result-cut'], name: undefined })).toMatch(/^The result was 20 KiB/);
    expect(say(everyEvent['name-hidden'])).toBe(
      'The tool "search" cannot be used: memory has one of that name, which stands before it. "prefix": "always" shows both.',
    );
    expect(say(everyEvent['call-timeout'])).toMatch(/^No answer to "search" \(tools\/call\) within 4\.8 min/);
    expect(say({ ...everyEvent['call-timeout'], name: undefined, method: 'prompts/list' })).toMatch(
      /^No answer to prompts\/list within/,
    );
    expect(say({ ...everyEvent['result-cut'], name: 'x\n[other] \u001b[2J' })).toContain(
      'x\\n[other] \\u001b[2J',
    );
  });

  it('keep apart what was received and what is said about it', () => {
    expect(
      say({ ...everyEvent['invalid-message'], excerpt: 'hello junk', bytes: 10 }, { advise: true }),
    ).toBe(
      'Left out a line on stdout that is not JSON-RPC (not JSON, 10 B): "hello junk". An MCP server may write nothing but JSON-RPC to stdout; its own messages belong on stderr.',
    );
  });

  it.each([
    ['not JSON', 'không phải JSON'],
    ['not UTF-8', 'không phải UTF-8'],
    ['a binary message that is no UTF-8 text', 'message nhị phân không phải văn bản UTF-8'],
    ['JSON, but no JSON-RPC message', 'là JSON nhưng không phải message JSON-RPC'],
    ['JSON without "jsonrpc":"2.0"', 'JSON thiếu "jsonrpc":"2.0"'],
    ['it cannot be handled: boom', 'không xử lý được: boom'],
    ['its introduction cannot be handled: boom', 'không xử lý được phần giới thiệu của server: boom'],
  ] as const)('give the reason "%s" of a dropped message in the language of the log', (why, vietnamese) => {
    const event = { ...everyEvent['invalid-message'], why, bytes: 12 };
    expect(say(event)).toContain(`(${why}, 12 B)`);
    expect(statusWords.formatEvent(event, { lang: 'vi' })).toContain(`(${vietnamese}, 12 B)`);
  });

  it('name the queue that is full in the language of the log', () => {
    const words = statusWords.formatEvent(everyEvent['queue-full'], { lang: 'vi' });
    expect(words).toMatch(/^Hàng đợi message cho server đã đầy \(4 MiB\): /);
  });

  it('say that the caller of a message that is too big gets an error', () => {
    expect(say(everyEvent['oversize-message'])).toBe(
      'Left out a message of the server: 67 MiB, more than the 64 MiB that "maxFrameBytes" allows. If it belongs to a call, the caller gets an error. Ask for less at a time, or raise "maxFrameBytes".',
    );
  });

  it('count what was left out', () => {
    expect(formatLeftOut('server-stderr', 'calculator', 1_234)).toBe(
      '1,234 stderr lines of calculator were left out of the log',
    );
    expect(formatLeftOut('invalid-message', 'calculator', 1)).toBe(
      '1 message that is not JSON-RPC of calculator was left out of the log',
    );
  });
});
