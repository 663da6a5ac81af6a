import { beforeEach, describe, expect, it } from 'vitest';
import { Silence } from '../../../src/session/silence.js';

describe('Silence', () => {
  let silence: Silence;
  beforeEach(() => {
    silence = new Silence({ deafAfterMs: 60_000, deafFactor: 3 });
    silence.opened(0);
  });

  it('says nothing about an endpoint that has never spoken', () => {
    expect(silence.deafInMs(3_600_000)).toBeUndefined();
  });

  it('finds a renewed connection deaf when the earlier one was spoken to at once', () => {
    silence.heard(20);
    silence.opened(100_000);
    expect(silence.deafInMs(100_000)).toBe(60_000);
    expect(silence.deafInMs(160_000)).toBe(0);
  });

  it('multiplies the longest silence it has seen', () => {
    silence.heard(10);
    for (let at = 30_000; at <= 300_000; at += 30_000) silence.heard(at);
    expect(silence.deafInMs(300_000)).toBe(90_000);
  });

  it('never becomes less patient', () => {
    silence.heard(10);
    silence.heard(1_000_000);
    for (let at = 1_001_000; at < 1_060_000; at += 1_000) silence.heard(at);
    expect(silence.usualMs).toBe(999_990);
  });

  it('learns nothing from the burst of a handshake', () => {
    silence.heard(10);
    silence.heard(20);
    silence.heard(300);
    expect(silence.usualMs).toBeUndefined();
    expect(silence.deafInMs(1_000_000)).toBeUndefined();
  });

  it('rests after one redial until the endpoint asks something by itself', () => {
    silence.heard(10);
    silence.heard(20_000);
    expect(silence.deafInMs(200_000)).toBe(0);
    silence.redialled();
    silence.opened(200_000);
    silence.heard(200_010);
    expect(silence.deafInMs(10_000_000)).toBeUndefined();
    silence.heard(10_000_000);
    expect(silence.deafInMs(10_000_001)).toBeGreaterThan(0);
  });
});
