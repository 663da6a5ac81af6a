import { WRITTEN_TOGETHER } from '../../servers/handle-batch.js';
import type { BatchQueue } from '../../transports/batch-queue.js';

/**
 * Hands on as many frames of one server as are written together anyway, so that their receiver works while the next ones are handled.
 * Others wait until all is there that comes in the same turn of the event loop: to hand on a few more would be one more write.
 */
// D386
export class FullParts {
  #isHandingOn = false;

  /** @param added Number of frames that a hub has just passed on. */
  handOn(batches: BatchQueue, added: number): void {
    // What comes back meanwhile waits for its turn: no hub is called while it handles a batch.
    if (added < WRITTEN_TOGETHER || this.#isHandingOn) return;
    this.#isHandingOn = true;
    try {
      batches.handOn(WRITTEN_TOGETHER);
    } finally {
      this.#isHandingOn = false;
    }
  }
}
