import { describe, expect, it } from 'vitest';
import { LANGUAGES, read } from './pages.js';

const RULES = ['examples/prometheus/mcp-pipe.rules.yml', 'deploy/compose/prometheus/machine.rules.yml'];
const alerts = RULES.flatMap((file) => [...read(file).matchAll(/- alert: (\w+)/g)].map(([, name]) => name!));

describe.each(LANGUAGES)('%s/on-call.md', (folder) => {
  const sections = read(`${folder}/on-call.md`)
    .split(/^## /m)
    .slice(1)
    .map((text) => ({ name: text.slice(0, text.indexOf('\n')), text }));

  it('has a section for each alert of the rules, and for no other', () => {
    expect(alerts.length).toBeGreaterThan(10);
    expect(sections.map(({ name }) => name).sort()).toEqual([...alerts].sort());
  });

  it.each(sections.map(({ name, text }) => [name, text] as const))(
    '%s: what it means, three commands, what helps',
    (_name, text) => {
      const [means, commands, helps] = text.split(/```(?:sh)?\n/);
      expect(means!.split('\n\n')[1]).toMatch(/^\*[^*]+\.\* \S/);
      expect(commands!.trim().split('\n')).toHaveLength(3);
      expect(helps!.trim()).not.toBe('');
    },
  );
});
