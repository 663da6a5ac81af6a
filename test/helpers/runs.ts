import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Most runs of a property: `npm run test:fast` sets a low number. */
    mostRuns: number;
  }
}

/** How often a property is tried: `full` times, fewer in `npm run test:fast`. */
export function runs(full: number): number {
  return Math.min(full, inject('mostRuns'));
}
