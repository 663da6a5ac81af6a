import type { StreamWorld } from './stream.js';

/** The stream's world in a browser. */
export const browserWorld: StreamWorld = {
  now: () => Date.now(),
  after(ms, then) {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
  async open(url, signal, told) {
    const response = await fetch(url, { signal, headers: { Accept: 'text/event-stream' } });
    if (response.status === 401) return 'refused';
    if (!response.ok || response.body === null) throw new Error(String(response.status));
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return 'ended';
      told(decoder.decode(value, { stream: true }));
    }
  },
};
