import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Most runs of a property: all of them in `npm run test:long` only, few in `npm run test:fast`. */
    mostRuns: number;
  }
}

/** How often a property is tried: `full` times in `npm run test:long`, fewer, or `few` times, in `npm test`. */
export function runs(full: number, few = full): number {
  const most = inject('mostRuns');
  return most >= full ? full : Math.min(few, most);
}
