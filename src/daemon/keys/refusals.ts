import type { Refused } from '../http/authenticator.js';

/** For the holder of a key that was good. */
export function expired(until: number): Refused {
  const day = new Date(until).toISOString().slice(0, 10);
  return {
    error: 'invalid_token',
    message: `this key has expired (${day}): ask whoever runs this gateway for another one`,
  };
}

/** Too many keys are computed. */
export const BUSY: Refused = {
  error: 'temporarily_unavailable',
  message: 'too many keys are being looked at: come again',
  retryAfterS: 2,
};
