import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../src/cli/describe/commands.js';
import { anchorsOf, commandsOf, LANGUAGES, linksOf, pathsIn, read, root } from './pages.js';

/** Pages of those who run it for others. */
const PAGES = [
  'practices.md',
  'on-call.md',
  'runbook.md',
  'checklists.md',
  'choose.md',
  'vps.md',
  'small-vps.md',
  'rollback.md',
  'disaster-recovery.md',
  'production.md',
  'sentry.md',
  'dashboards.md',
  'kubernetes.md',
  'ray.md',
  'docker-mcp-gateway.md',
];
const services = [...read('deploy/compose/docker-compose.prod.yml').matchAll(/^ {2}([\w-]+):$/gm)].map(
  ([, name]) => name!,
);

/** From the clone or from its `deploy`; what lies in `state` is made there by the scripts. */
const isThere = (path: string) =>
  path.startsWith('deploy/state/') || existsSync(join(root, path)) || existsSync(join(root, 'deploy', path));

describe.each(LANGUAGES.flatMap((folder) => PAGES.map((page) => `${folder}/${page}`)))('%s', (page) => {
  it('leads to what is there', () => {
    const lost = linksOf(page).filter(
      ({ path, anchor }) =>
        !existsSync(join(root, path)) || (anchor !== undefined && !anchorsOf(path).has(anchor.toLowerCase())),
    );
    expect(lost).toEqual([]);
    expect(pathsIn(read(page)).filter((path) => !isThere(path))).toEqual([]);
  });

  it('types commands, services and scripts that exist', () => {
    const text = read(page);
    const known = new Set(Object.keys(COMMANDS));
    const typed = [...text.matchAll(/\bexec (?:-\S+ )*([\w-]+) mcp-pipe ([a-z]+)/g)];
    for (const [line, service, command] of typed) {
      expect(services, line).toContain(service);
      expect(known, line).toContain(command);
    }
    const scripts = [...text.matchAll(/(?:deploy\/scripts|\.)\/([\w-]+\.sh)/g)].map(([, name]) => name!);
    const there = scripts.length === 0 ? [] : readdirSync(join(root, 'deploy/scripts'));
    expect(scripts.filter((name) => !there.includes(name))).toEqual([]);
  });
});

it.each(PAGES)('%s has the same commands in both languages', (page) => {
  const [english, vietnamese] = LANGUAGES.map((folder) => commandsOf(`${folder}/${page}`));
  expect(vietnamese).toEqual(english);
});
