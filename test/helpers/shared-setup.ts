import { afterAll, beforeAll, expect } from 'vitest';
import { count } from './second-client.js';
import { NOT_WITH_A_SECOND, NOT_WITH_A_SECOND_PIPE } from './shared-skips.js';
import { skipListed } from './skips.js';
import { isMux } from './strategy.js';

skipListed(NOT_WITH_A_SECOND, 'shared-skips.ts');
if (!isMux) skipListed(NOT_WITH_A_SECOND_PIPE, 'shared-skips.ts');

let before: typeof count;
beforeAll(() => {
  before = { ...count };
});

afterAll(() => {
  if (count.clients > before.clients)
    expect(count.answers, 'answers to second clients').toBeGreaterThan(before.answers);
});
