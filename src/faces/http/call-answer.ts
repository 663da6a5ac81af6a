import type { ServerResponse } from 'node:http';

const answers = new WeakSet<ServerResponse>();

/** The response answers a call, whatever its status: the call is accounted for as one. */
export function noteCallAnswer(response: ServerResponse): void {
  answers.add(response);
}

export function isCallAnswer(response: ServerResponse): boolean {
  return answers.has(response);
}
