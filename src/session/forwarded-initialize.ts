import type { Frame } from '../protocol/frame.js';

/** The asker of an `initialize` of the endpoint that a running process is told, while we see to the answer. */
export class ForwardedInitialize {
  readonly onResponse: (reply: Frame) => void;

  constructor(onResponse: (reply: Frame) => void) {
    this.onResponse = onResponse;
  }
}
