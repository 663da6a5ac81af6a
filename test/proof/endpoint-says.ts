/** Calls of the endpoint: `asked` is the sum of `answered`, `errors` and `closed` when all sockets are closed. */
export interface Calls {
  asked: number;
  answered: number;
  errors: number;
  /** Their socket was closed first. */
  closed: number;
  /** Answers to what had had one, or had never been asked. */
  twice: number;
  /** How often each code of an error came. */
  codes: Record<string, number>;
  /** The longest time that an answer or error took. */
  longestMs: number;
}

/** A socket of a token at the endpoint, and the process that has it; `at` as `now()` says it. */
export type SocketEvent =
  | { is: 'open'; at: number; token: string; socket: number; process: string }
  | { is: 'close'; at: number; token: string; socket: number };

/** What the endpoint tells. Its last word is `done`. */
export type EndpointSays = { is: 'listening'; port: number } | SocketEvent | { is: 'done'; calls: Calls };
