import type { DownFacts, ServerCausesWords } from '../parts.js';
import { liveness } from './liveness.js';
import { time } from './numbers.js';
import { TRY_ALONE } from './server-kinds.js';

const RESTARTED = () => 'Nothing needs to be done: mcp-pipe starts a new session by itself.';

/** Why a server is down. */
export const serverCauses: ServerCausesWords = {
  exited: {
    gone: ({ exitCode, signal, livedMs }: DownFacts) => {
      const code = exitCode === undefined ? 'ended' : `ended with exit code ${exitCode}`;
      return `The server ${signal === undefined ? code : `was ended by signal ${signal}`} after ${time(livedMs)}.`;
    },
    next: TRY_ALONE,
  },
  'pipe-closed': {
    gone: ({ error, livedMs }) =>
      `The server ${error ?? 'closed its stdin or stdout'} after ${time(livedMs)} but runs on; it can answer nothing any more, and is ended.`,
    next: () =>
      'An MCP server over stdio has to keep both open until its stdin ends; look for what closes them.',
  },
  hung: { gone: liveness.hung, next: liveness.hungAdvice },
  'over-memory': {
    gone: ({ error, livedMs }) =>
      `The server took more memory than its limit allows${error === undefined ? '' : ` (${error})`} and was ended after ${time(livedMs)}.`,
    next: () =>
      'If it needs that much, raise "memory" in its "limits". If it takes more and more, it leaks: tell the people who make it. A server in Node.js collects its garbage earlier with "env": { "NODE_OPTIONS": "--max-old-space-size=200" } (in MiB, below the limit).',
  },
  'over-cpu': {
    gone: ({ error, livedMs }) =>
      `The server took more processor time than its limit allows for minutes${error === undefined ? '' : ` (${error})`} and was ended after ${time(livedMs)}.`,
    next: () =>
      'If it needs that much, raise "cpu" in its "limits"; otherwise look for a tool that never returns.',
  },
  'over-pids': {
    gone: ({ error, livedMs }) =>
      `The server had more processes and threads than its limit allows${error === undefined ? '' : ` (${error})`} and was ended after ${time(livedMs)}.`,
    next: () =>
      'If it needs that many, raise "pids" in its "limits": threads count, and a server in Node.js has about ten. Otherwise look for a tool that starts programs without an end.',
  },
  unreachable: {
    gone: ({ error }) => `The server cannot be reached${error === undefined ? '' : ` (${error})`}.`,
    next: () => 'Check its address, and whether it runs there.',
  },
  'session-lost': {
    gone: ({ livedMs }) => `The server ended the session after ${time(livedMs)}.`,
    next: RESTARTED,
  },
  unauthorized: {
    gone: () => 'The server does not accept the login (HTTP 401).',
    next: () => 'Check the token or key that is sent to it; it may have expired.',
  },
  'http-busy': {
    gone: ({ error }) => `The server asks for time${error === undefined ? '' : ` (${error})`}.`,
    next: () => 'Nothing needs to be done: mcp-pipe waits as long as it asks for.',
  },
  'not-mcp': {
    gone: ({ error }) =>
      `What answers at its address is no MCP server${error === undefined ? '' : ` (${error})`}.`,
    next: () => 'Check its address, the path above all, and whether a proxy or a login page answers instead.',
  },
  cut: {
    gone: ({ error }) => `${cut(error)}; the call may have had its effect.`,
    next: () =>
      'Nothing needs to be done if this is rare; otherwise look at the network and at proxies on the way.',
  },
  'http-error': {
    gone: ({ error }) => `The server answered with an error${error === undefined ? '' : ` (${error})`}.`,
    next: () => 'Check its address; if it is right, the people who run the server know more.',
  },
};

function cut(error: string | undefined): string {
  if (error === 'no-reply') return 'The server took a call, but sent no reply';
  if (error === 'ended') return "The server's answer ended without the reply to the call";
  return `The server's answer was cut${error === undefined ? '' : ` (${error})`}`;
}
