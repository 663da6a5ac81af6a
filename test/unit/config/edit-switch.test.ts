import fc from 'fast-check';
import { parse } from 'jsonc-parser';
import { describe, expect, test } from 'vitest';
import { newConfigText } from '../../../src/config/edit.js';
import { switched, withSwitch } from '../../../src/config/edit-switch.js';
import { isOff } from '../../../src/config/switch-keys.js';
import { runs } from '../../helpers/runs.js';

const COMMENTED = `{
\t// first
\t"mcpServers": {
\t\t"short": { "command": "x" }, // behind
\t\t"long": {
\t\t\t"command": "y", // inside
\t\t},
\t\t"other": { "enabled" : true /* its own word */, "command": "z" },
\t},
\t"agents": { "kitchen": { "endpoint": "e" } },
}
`;

const off = (name: string, kind: 'server' | 'agent' = 'server') => withSwitch(COMMENTED, kind, name, false);

describe('switching an entry', () => {
  test('keeps every other byte, and the word that the entry has', () => {
    expect(off('short')).toBe(
      COMMENTED.replace('{ "command": "x" }', '{ "command": "x", "disabled": true }'),
    );
    expect(off('long')).toBe(
      COMMENTED.replace('"y", // inside\n', '"y", // inside\n\t\t\t"disabled": true,\n'),
    );
    expect(off('other')).toBe(COMMENTED.replace('"enabled" : true', '"enabled" : false'));
    expect(off('kitchen', 'agent')).toBe(
      COMMENTED.replace('"endpoint": "e"', '"endpoint": "e", "disabled": true'),
    );
  });

  test('answers nothing for an entry that there is not, or that is no object', () => {
    expect(off('kitchen')).toBeUndefined();
    expect(off('short', 'agent')).toBeUndefined();
    expect(withSwitch('{ "mcpServers": { "a": "npx x" } }', 'server', 'a', false)).toBeUndefined();
    expect(withSwitch('{ "mcpServers": ', 'server', 'a', false)).toBeUndefined();
  });

  test('reads as the configuration with this change and no other, whichever words an entry has', () => {
    const flag = fc.option(fc.constantFrom(true, false, 'true', 'FALSE'), { nil: undefined });
    const entry = fc.record(
      { command: fc.constant('node'), disabled: flag, enabled: flag, isActive: flag, cwd: fc.string() },
      { requiredKeys: ['command'] },
    );
    const config = fc.uniqueArray(fc.record({ name: fc.string({ minLength: 1 }), entry }), {
      minLength: 1,
      maxLength: 4,
      selector: ({ name }) => name,
    });
    fc.assert(
      fc.property(config, fc.nat(), fc.boolean(), (servers, at, isOn) => {
        const named = servers.filter(({ name }) => name !== '__proto__');
        fc.pre(named.length > 0);
        const { name } = named[at % named.length]!;
        const text = newConfigText(named as Parameters<typeof newConfigText>[0]);
        const next = withSwitch(text, 'server', name, isOn)!;
        const after = parse(next);
        expect(after).toEqual(switched(parse(text), 'server', name, isOn));
        expect(isOff(after.mcpServers[name])).toBe(!isOn);
        expect(withSwitch(next, 'server', name, isOn)).toBe(next);
      }),
      { numRuns: runs(200) },
    );
  });
});
