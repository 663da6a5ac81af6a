import type { Frame } from '../protocol/frame.js';

/** The asker of an `initialize` of the endpoint that a running process is told, while we see to the answer. */
export class Teller {
  readonly replied: (reply: Frame) => void;

  constructor(replied: (reply: Frame) => void) {
    this.replied = replied;
  }
}
