import { defineConfig } from 'vitest/config';

/** `npm run test:docker`: apart from `npm test`, because it needs an engine, minutes and the network. */
export default defineConfig({
  test: {
    include: ['test/docker/*.test.ts'],
    globalSetup: 'test/docker/image.ts',
    // Helpers ask for it; the kind of link does not matter here.
    provide: { strategy: 'pipe' },
    testTimeout: 240_000,
    hookTimeout: 240_000,
    // One after another: containers compete for two cores.
    fileParallelism: false,
    pool: 'forks',
    reporters: ['verbose', './test/helpers/closing-line.ts'],
  },
});
