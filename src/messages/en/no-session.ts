import type { CodeText } from '../code-names.js';
import { count } from './numbers.js';

interface Missed {
  /** The name at the beginning of the id. */
  replica: string | undefined;
  /** Of the last minute, or more. */
  count: number;
}

/** `2 requests named` */
const named = ({ count: n }: Missed) => `${count(n, 'request')} named`;

/** What the log says of requests whose session is not there. */
export const noSession = {
  'other-replica': (missed: Missed) =>
    `${named(missed)} a session of replica ${missed.replica}: answered with 404. While that one runs, the proxy sends sessions to the wrong replica: let it go by the name at the beginning of Mcp-Session-Id and session_id.`,
  unsigned: (missed: Missed) =>
    `${named(missed)} a session whose id begins with the name of another replica, ${missed.replica}: answered with 404. Either the proxy sends sessions to the wrong replica, or the id was made up; with one MCP_PIPE_SESSION_KEY for all replicas this line says which.`,
  'other-caller': (missed: Missed) =>
    `${named(missed)} a session that another key has opened: answered with 404. Two clients may share what they have stored; else an id has got into wrong hands.`,
  'made-up': (missed: Missed) =>
    `${named(missed)} a session with an id that was made up or altered, or that a replica with another MCP_PIPE_SESSION_KEY has given out: answered with 404.`,
};

/** The codes of these lines. */
export const sessionCodes = {
  SESSION_ELSEWHERE: {
    means:
      'A request came to this replica with the id of a session that another one has given out. It was answered with 404, so the client began anew.',
    next: 'It is no mistake while that replica is away. Else look at the proxy: it has to send each session to the replica whose name its id begins with (docs/gateway.md, "Several replicas").',
  },
  SESSION_UNSIGNED: {
    means:
      'A request came with an id that begins with the name of another replica. Whether that one has given it out cannot be seen: each replica signs with a key of its own.',
    next: 'Give all replicas the same MCP_PIPE_SESSION_KEY, and look at how the proxy sends sessions on.',
  },
  SESSION_OF_OTHER: {
    means: 'A request came with the id of an open session that belongs to another key.',
    next: 'The audit log says which key and address it came with. If that is no client of yours with two keys, revoke the key.',
  },
  SESSION_MADE_UP: {
    means: 'A request came with an id of a session that no replica has given out, or not with this key.',
    next: 'After a change of MCP_PIPE_SESSION_KEY clients come with ids of before, once. Else the audit log says where they come from.',
  },
} satisfies Readonly<Record<string, CodeText>>;
