import { afterAll, describe, expect, it } from 'vitest';
import { keysOf } from '../../../src/config/check-part.js';
import { diffPlan } from '../../../src/config/diff-plan.js';
import { KINDS, kindNamed, kindOf, type ServerKind, sourceOf } from '../../../src/config/kinds/kinds.js';
import { makePlan } from '../../../src/config/plan.js';
import { LANGS, messagesFor } from '../../../src/messages/index.js';
import { load, plan, refusal, removeFolders } from './workspace.js';

/** Of each kind: an entry that can be used, the same for another server, and one that does not say what is reached. */
const ENTRIES: Record<ServerKind, readonly [object, object, object]> = {
  stdio: [{ command: 'node', args: ['a.js'] }, { command: 'node', args: ['b.js'] }, { args: ['a.js'] }],
  http: [{ url: 'http://a.vn/mcp' }, { url: 'http://a.vn/mcp', headers: { A: 'b' } }, { headers: {} }],
  sse: [{ url: 'http://a.vn/sse' }, { url: 'http://a.vn/mcp' }, { url: '' }],
  ws: [{ url: 'ws://a.vn/' }, { url: 'ws://b.vn/' }, {}],
};

afterAll(removeFolders);

describe.each(Object.keys(KINDS) as ServerKind[])('servers of the kind %s', (kind) => {
  const definition = kindOf({ kind });
  const [one, other, none] = ENTRIES[kind].map((entry) => ({
    mcpServers: { a: { type: kind, ...entry } },
  })) as [object, object, object];

  it('are named so in `type`, in any spelling', () => {
    expect(definition.names[0]).toBe(kind);
    for (const name of definition.names) expect(kindNamed(` ${name.toUpperCase()}_`)).toBe(kind);
  });

  it('have keys that the schema and words that both languages know', () => {
    expect(keysOf('server')).toContain(definition.key);
    for (const lang of LANGS)
      expect(messagesFor(lang).serverKinds[kind].starting({ attempt: 1 })).not.toBe('');
  });

  it('stand in the plan and are opened as the kind says', async () => {
    const [server] = (await plan(one)).servers;
    expect(server!.kind).toBe(kind);
    const { settings } = await load(one);
    expect(sourceOf(server!, settings)).toMatchObject({ name: 'a', kind, shown: expect.stringMatching(/./) });
  });

  it('are the same while their entry is, and start again with another', async () => {
    const config = await load(one);
    const made = () => makePlan(config, { cwd: config.folder });
    expect(diffPlan(made(), made()).servers).toMatchObject([{ change: 'kept' }]);
    expect(diffPlan(made(), await plan(other)).servers).toMatchObject([{ change: 'restarted' }]);
  });

  it('are refused, with the place, when the entry does not say what is reached', async () => {
    const findings = await refusal(plan(none));
    expect(findings).toMatchObject([{ severity: 'error', path: `mcpServers.a.${definition.key}` }]);
  });
});
