import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Most runs of one property: `npm run test:fast` asks for few. */
    mostRuns: number;
  }
}

/** How often a property is tried: `full` times, fewer in `npm run test:fast`. */
export function runs(full: number): number {
  return Math.min(full, inject('mostRuns'));
}
