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
  /** Further processes are started when each that runs has a call, not with the first one, and ended when they are idle. */
  isLazy: boolean;
  /** After how long without a call, in milliseconds; 0: never. */
  idleParkMs: number;
  /** Bytes of all processes that wait until clients read. */
  maxQueuedBytes: number;
}
