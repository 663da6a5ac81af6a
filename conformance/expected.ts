import type { Revision } from './runner.js';

/** A check that passes directly and cannot pass through mcp-pipe. */
export interface Expected {
  /** Undefined: every one. */
  subjects?: readonly string[];
  revision: Revision;
  /** As the table prints it. */
  check?: string;
  /** Those whose names match, instead. */
  checks?: RegExp;
  reason: string;
}

/** Gateways of servers that MCP 2026-07-28 is translated for. */
const TRANSLATED = ['gateway-mux', 'gateway-pinned', 'gateway-legacy'];

export const EXPECTED: readonly Expected[] = [
  {
    revision: '2025-11-25',
    check: 'server-sse-multiple-streams: server-sse-streams-functional (ServerSSEStreamsFunctional)',
    reason:
      'Looks into streams only. An answer that nothing precedes is JSON here, as MCP allows, which the runner notes as INFO.',
  },
  {
    revision: '2025-11-25',
    check: 'server-sse-polling: server-sse-disconnect-resume (ServerDisconnectResume)',
    reason:
      'A server on stdio cannot close the stream of its caller, so there is nothing to resume. gateway-key loses that connection on the way instead, and resumes.',
  },
  {
    subjects: TRANSLATED,
    revision: '2026-07-28',
    checks: /^tasks-/,
    reason:
      'The server has the tasks extension for clients of MCP 2026-07-28 only, and is asked as one of 2025-11-25, whose tasks are another protocol.',
  },
  {
    subjects: TRANSLATED,
    revision: '2026-07-28',
    checks: /^input-required-result-basic-elicitation: sep-2322-elicitation-(in)?complete/,
    reason:
      'The runner wants the name that the server gives its question. The server asks by elicitation/create, which has no names.',
  },
];

/** A scenario in which the reference client passes more checks. */
export interface ExpectedOfClient {
  /** Undefined: in each. */
  revision?: Revision;
  scenario: string;
  reason: string;
}

export const EXPECTED_OF_CLIENT: readonly ExpectedOfClient[] = [
  {
    scenario: 'auth/enterprise-managed-authorization',
    reason:
      'An extension that does not count: a company gives out logins for its members by an identity provider of its own.',
  },
];
