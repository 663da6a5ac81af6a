import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { root } from '../helpers/cli.js';

/** The folder that is copied to a server. */
export const COMPOSE = join(root, 'deploy/compose');

/** What is written otherwise in a copy: a text, or every match (of an expression with `g`), and what stands there instead; one after the other. */
export type Rewrites = readonly (readonly [from: string | RegExp, to: string])[];

/** A folder of its own, which the test's end removes. */
export async function ownFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mcp-pipe-deploy-'));
  // A process that is ending may still write there.
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  return folder;
}

/**
 * Copies a folder of deploy/compose and rewrites what no two systems have in common: paths, ports and names.
 *
 * @throws Error when a text to be rewritten stands in no file: then it would not be the shipped file that is tested
 */
export async function copyShipped(from: string, to: string, rewrites: Rewrites): Promise<void> {
  await cp(join(COMPOSE, from), to, { recursive: true });
  const files = (await stat(to)).isDirectory()
    ? (await readdir(to, { recursive: true })).map((name) => join(to, name))
    : [to];
  const unused = new Set(rewrites);
  for (const file of files) {
    if ((await stat(file)).isDirectory()) continue;
    let text = await readFile(file, 'utf8');
    for (const rewrite of rewrites) {
      const [what, by] = rewrite;
      const next = text.replaceAll(what, () => by);
      if (next !== text) unused.delete(rewrite);
      text = next;
    }
    await writeFile(file, text);
  }
  if (unused.size > 0)
    throw new Error(`${from} does not say ${[...unused].map(([what]) => what).join(', ')}`);
}

/** The path of a program. @throws Error when it is not there: tests do not pass without */
export function needed(program: string): string {
  if (isAbsolute(program)) return program;
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
  const found = folders.map((folder) => join(folder, program)).find((file) => existsSync(file));
  if (!found) throw new Error(`${program} is missing: scripts/install-parts.sh installs it`);
  return found;
}
