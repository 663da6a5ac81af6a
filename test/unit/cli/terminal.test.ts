import { describe, expect, it } from 'vitest';
import { explain } from '../../../src/cli/explain.js';
import { wantsColour, wantsLive } from '../../../src/cli/terminal.js';

describe('colours', () => {
  it.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
    [false, { FORCE_COLOR: '1' }, true],
    [false, { FORCE_COLOR: '', NO_COLOR: '1' }, true],
    [true, { FORCE_COLOR: '0' }, false],
  ])('terminal %s, environment %j: %s', (isTerminal, env, wanted) => {
    expect(wantsColour(env, isTerminal)).toBe(wanted);
  });
});

describe('lines that change in place', () => {
  const yes = { isTerminal: true, format: 'pretty', level: 'info', live: true } as const;
  it('are for a terminal with the pretty log', () => {
    expect(wantsLive({ TERM: 'xterm' }, yes)).toBe(true);
    expect(wantsLive({ CI: 'false' }, yes)).toBe(true);
  });

  it.each([
    [{}, { isTerminal: false }],
    [{}, { format: 'json' as const }],
    [{}, { level: 'silent' }],
    [{}, { live: false }],
    [{}, { live: undefined }],
    [{ TERM: 'dumb' }, {}],
    [{ CI: '1' }, {}],
  ])('are not for %j %j', (env, other) => {
    expect(wantsLive(env, { ...yes, ...other })).toBe(false);
  });
});

describe('an error nobody expected', () => {
  const system = Object.assign(new Error("ENOSPC: no space left on device, open '/x'"), {
    code: 'ENOSPC',
    syscall: 'open',
  });

  it('of the system is told in its words, with what to do', () => {
    expect(explain(system)).toEqual({
      lines: [expect.stringMatching(/no space left.*\[ENOSPC\]/), expect.stringContaining('make room')],
      exitCode: 1,
    });
  });

  it('of our own is called a defect; where it happened is said only with --debug', () => {
    const defect = new TypeError('x is not a function');
    const plain = explain(defect).lines.join('\n');
    expect(plain).toContain('TypeError: x is not a function');
    expect(plain).toMatch(/defect.*--debug/);
    expect(plain).not.toContain('    at ');
    expect(explain(defect, { debug: true }).lines.join('\n')).toContain('    at ');
    expect(explain('a string').lines[0]).toContain('a string');
  });
});
