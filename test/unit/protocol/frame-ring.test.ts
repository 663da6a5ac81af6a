import { describe, expect, it } from 'vitest';
import { FrameCode, FrameRing } from '../../../src/protocol/frame-ring.js';

const { request, notification, error, toEndpoint } = FrameCode;
const none = Number.NaN;

describe('FrameRing', () => {
  it('gives back what was noted, oldest first', () => {
    const ring = new FrameRing(4);
    ring.note(request, 1.5, 90, 'tools/call', 'add', 7, none);
    ring.note(notification | toEndpoint, 2, 40, 'notifications/progress', undefined, undefined, none);
    ring.note(error | toEndpoint, 3, 50, 'tools/call', 'add', '"a"', 1.5);
    ring.addCode(-32000);
    expect(ring.records()).toEqual([
      {
        ...{ at: 1.5, to: 'server', kind: 'request', method: 'tools/call', name: 'add', id: 7, bytes: 90 },
        ...{ tookMs: undefined, code: undefined },
      },
      {
        ...{ at: 2, to: 'endpoint', kind: 'notification', method: 'notifications/progress', bytes: 40 },
        ...{ name: undefined, id: undefined, tookMs: undefined, code: undefined },
      },
      {
        ...{ at: 3, to: 'endpoint', kind: 'error', method: 'tools/call', name: 'add', id: '"a"', bytes: 50 },
        ...{ tookMs: 1.5, code: -32000 },
      },
    ]);
  });

  it('keeps the last ones, at any number of frames', () => {
    for (let count = 0; count < 12; count++) {
      const ring = new FrameRing(5);
      for (let k = 0; k < count; k++) ring.note(request, k, k, 'ping', undefined, k, none);
      const ids = Array.from({ length: count }, (_, k) => k).slice(-5);
      expect(ring.records().map(({ id }) => id)).toEqual(ids);
      expect(ring.written).toBe(count);
    }
  });

  it('cuts methods and ids that would take much memory', () => {
    const ring = new FrameRing(2);
    const long = `"${'x'.repeat(5_000)}"`;
    ring.note(request, 0, 0, long, undefined, long, none);
    const [record] = ring.records();
    expect(record!.method).toBe(long.slice(0, 128));
    expect(record!.id).toBe(long.slice(0, 128));
  });
});
