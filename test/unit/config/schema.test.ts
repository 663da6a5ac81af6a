import { describe, expect, test } from 'vitest';
import { defaults } from '../../../src/config/defaults.js';
import { checkFully } from '../../../src/config/schemas.js';
import type { ShapeIssue } from '../../../src/config/shape-check.js';
import { messagesFor } from '../../../src/messages/index.js';

/** What the schema says of a wrong value is data, and the table of messages has to know it. */
function sayAll(issues: readonly ShapeIssue[]): string[] {
  return issues.map(({ shape }) => messagesFor('en').shapes[shape.id](shape));
}

describe('the schema names a shape of the table', () => {
  const wrong = { nested: [[]] };
  const keys = ['type', 'transportType', 'transport', 'command', 'args', 'cwd', 'disabled', 'enabled'];

  test.each([...keys, 'endpoint', 'handshake', 'url', 'env'])('for %s of a server', (key) => {
    for (const value of [wrong, [wrong], null, 7.5]) {
      const { issues } = checkFully('server', { [key]: value });
      expect(issues.length).toBeGreaterThan(0);
      for (const text of sayAll(issues)) expect(text).not.toBe('');
    }
  });

  // A size is a text as well: limits.test.ts.
  test.each(Object.keys(defaults).filter((key) => key !== 'maxServersMemory'))(
    'for the setting %s',
    (key) => {
      for (const value of ['1', -1, 2 ** 40, null, wrong]) {
        const { issues } = checkFully('settings', { [key]: value });
        expect(sayAll(issues)).toEqual([
          expect.stringMatching(/^a number (of milliseconds )?from \d+ to \d+$/),
        ]);
      }
    },
  );

  test('for what stands around them', () => {
    expect(sayAll(checkFully('root', []).issues)).toEqual(['an object: { "mcpServers": { … } }']);
    expect(sayAll(checkFully('server', []).issues)).toEqual(['an object: { "command": …, "args": [ … ] }']);
    expect(sayAll(checkFully('settings', { nothing: 1 }).issues)).toEqual(['the name of a setting']);
  });
});
