import type { OnStatus } from '../../protocol/status.js';
import type { CopiesSettings } from '../life-copies.js';
import type { ServerSource } from '../server-transport.js';
import type { ServerRuntime, UpstreamSettings } from '../upstream-options.js';

/** What a life with several processes is made of. */
export interface CopiesOptions
  extends ServerRuntime,
    UpstreamSettings,
    CopiesSettings,
    Pick<ServerSource, 'open' | 'kind'> {
  onStatus: OnStatus;
  /** Bytes of all processes that wait until clients read. */
  maxQueuedBytes: number;
}
