import { describe, expect, it } from 'vitest';
import { Breaker } from '../../../src/policy/breaker.js';

const options = { failures: 3, pauseMs: 1_000 };

function opened(moves: string[] = []): Breaker {
  const breaker = new Breaker(options, (to) => moves.push(to));
  for (let i = 0; i < 3; i++) breaker.failed(i, false);
  return breaker;
}

describe('a breaker', () => {
  it('opens after so many failures in a row, and says when to come again', () => {
    const breaker = opened();
    expect(breaker.state).toBe('open');
    expect(breaker.ask(2)).toEqual({ retryAfterMs: 1_000 });
    expect(breaker.ask(1_001.5)).toEqual({ retryAfterMs: 1 });
  });

  it('a call that works between them begins the count anew', () => {
    const breaker = new Breaker(options);
    for (let i = 0; i < 9; i++) {
      breaker.failed(i, false);
      breaker.failed(i, false);
      breaker.worked(false);
    }
    expect(breaker.state).toBe('closed');
  });

  it('one call is let through after the pause; the others are refused while it runs', () => {
    const breaker = opened();
    expect(breaker.ask(1_002)).toEqual({ may: 'probe' });
    expect(breaker.ask(1_002)).toEqual({ retryAfterMs: 1_000 });
    breaker.worked(true);
    expect(breaker.state).toBe('closed');
    expect(breaker.ask(1_003)).toEqual({ may: 'pass' });
  });

  it('a probe that fails opens it for another pause, whatever the number of failures', () => {
    const breaker = opened();
    breaker.ask(1_002);
    breaker.failed(5_000, true);
    expect(breaker.ask(5_999)).toEqual({ retryAfterMs: 1 });
    expect(breaker.ask(6_000)).toEqual({ may: 'probe' });
  });

  it('a probe that is cancelled leaves the next call to try', () => {
    const breaker = opened();
    breaker.ask(1_002);
    breaker.probeLost();
    expect(breaker.state).toBe('open');
    expect(breaker.ask(1_003)).toEqual({ may: 'probe' });
  });

  it('late ends of calls from before it opened change nothing', () => {
    const breaker = opened();
    breaker.worked(false);
    breaker.failed(900, false);
    expect(breaker.ask(1_002)).toEqual({ may: 'probe' });
    breaker.worked(false);
    expect(breaker.state).toBe('half-open');
  });

  it('tells each move once', () => {
    const moves: string[] = [];
    const breaker = opened(moves);
    breaker.ask(1_002);
    breaker.worked(true);
    breaker.worked(false);
    expect(moves).toEqual(['open', 'half-open', 'closed']);
  });
});
