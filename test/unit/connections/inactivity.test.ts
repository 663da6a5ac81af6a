import { beforeEach, describe, expect, it } from 'vitest';
import { InactivityDetector } from '../../../src/connections/inactivity.js';

describe('Silence', () => {
  let silence: InactivityDetector;
  beforeEach(() => {
    silence = new InactivityDetector({ deafAfterMs: 60_000, deafFactor: 3, unaskedAfterMs: 180_000 });
    silence.opened(0);
  });

  it('trusts a connection on which nothing was ever asked for a while', () => {
    expect(silence.deafInMs(0)).toBe(180_000);
    expect(silence.deafInMs(180_000)).toBe(0);
    expect(silence.isNeverAsked(180_000)).toBe(true);
  });

  it('says nothing about an endpoint that has never spoken, where that is not wanted', () => {
    silence = new InactivityDetector({ deafAfterMs: 60_000, deafFactor: 3, unaskedAfterMs: 0 });
    silence.opened(0);
    expect(silence.deafInMs(3_600_000)).toBeUndefined();
  });

  /** An end that was not ours, and another connection on which nothing is asked. */
  function comesBack(at: number) {
    silence.ended(false);
    silence.opened(at);
  }

  it('renews such a connection once: the next one has replaced nobody', () => {
    silence.redialled();
    silence.ended(true);
    silence.opened(200_000);
    expect(silence.deafInMs(100_000_000)).toBeUndefined();
  });

  it('waits four times as long after each renewal in vain, until something is asked', () => {
    const waits = [0, 1, 2].map((n) => {
      silence.redialled();
      silence.ended(true);
      comesBack(n);
      return silence.deafInMs(n);
    });
    expect(waits).toEqual([720_000, 2_880_000, 11_520_000]);
    silence.heard(10_000);
    comesBack(20_000);
    // Learned: ten seconds were the longest wait for a first message.
    expect(silence.deafInMs(20_000)).toBe(60_000);
    silence.redialled();
    silence.ended(true);
    comesBack(30_000);
    expect(silence.deafInMs(30_000)).toBe(720_000);
    expect(silence.isNeverAsked(30_000 + 720_000)).toBe(true);
  });

  it('does not suspect a connection that follows one that we closed ourselves', () => {
    silence.ended(true);
    silence.opened(1_000);
    expect(silence.deafInMs(100_000_000)).toBeUndefined();
    comesBack(2_000);
    expect(silence.deafInMs(2_000)).toBe(180_000);
  });

  it('finds a renewed connection deaf when the earlier one was spoken to at once', () => {
    silence.heard(20);
    silence.opened(100_000);
    expect(silence.deafInMs(100_000)).toBe(60_000);
    expect(silence.deafInMs(160_000)).toBe(0);
  });

  it('calls it deaf, not never asked, at the very moment it becomes so, whatever the fractions', () => {
    silence = new InactivityDetector({ deafAfterMs: 1_000, deafFactor: 3, unaskedAfterMs: 180_000 });
    silence.opened(0);
    silence.heard(8);
    const openedAt = 15_449.102424982675;
    comesBack(openedAt);
    const now = openedAt + 1_000;
    expect(silence.deafInMs(now)).toBe(0);
    expect(silence.isNeverAsked(now)).toBe(false);
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
