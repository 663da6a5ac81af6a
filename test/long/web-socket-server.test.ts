import { defaults } from '../../src/config/defaults.js';
import { systemClock } from '../../src/time/clock.js';
import { httpRequests } from '../../src/transports/remote/http-requests.js';
import { openRemote } from '../../src/transports/remote/open-remote.js';
import { overWebSocket } from '../contract/far-sides.js';
import { MAX_QUEUED_BYTES, transportContract } from '../contract/transport.contract.js';

const settings = { ...defaults, closeTimeoutMs: 10_000, maxQueuedBytes: MAX_QUEUED_BYTES };

transportContract('WebSocket server', () =>
  overWebSocket((url) => {
    const server = { url, headers: {}, network: {} };
    const { signal } = new AbortController();
    return openRemote({
      ...{ kind: 'ws', server, requests: httpRequests(server), settings, clock: systemClock, signal },
    });
  }),
);
