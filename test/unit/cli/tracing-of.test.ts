import { expect, test } from 'vitest';
import { tracingOf } from '../../../src/cli/tracing.js';

test('an address of --otlp counts before the section, whose headers it does not get; --otlp alone does not', () => {
  const section = { url: 'https://otlp.example.com/v1/traces', headers: { Authorization: 'Bearer hush' } };
  expect(tracingOf('http://127.0.0.1:4318', section)).toEqual({
    ...{ url: 'http://127.0.0.1:4318/v1/traces', headers: {} },
  });
  expect(tracingOf(true, section)).toBe(section);
  expect(tracingOf(undefined, section)).toBe(section);
  expect(tracingOf(true, undefined)).toEqual({ url: undefined, headers: {} });
  expect(tracingOf(undefined, undefined)).toBeUndefined();
});
