import type { Frame } from '../protocol/frame.js';

/** The asker of an endpoint's `initialize` that is sent to a running process, when mcp-pipe answers the endpoint itself. */
export class ForwardedInitialize {
  readonly onResponse: (reply: Frame) => void;

  constructor(onResponse: (reply: Frame) => void) {
    this.onResponse = onResponse;
  }
}
