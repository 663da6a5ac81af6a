import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type Bench, bigResults, oneLink, type Values } from './rows.js';
import type { Subject } from './subjects.js';

const SERVER = join(import.meta.dirname, 'http-child.mjs');
/** How the server answers: with JSON, or with an event on a stream. */
const ANSWERS = ['json', 'events'];

/** Rows of one link with a server behind Streamable HTTP. */
export async function remote(bench: Bench, subject: Subject): Promise<Values> {
  const values: Values = {};
  for (const answers of ANSWERS) {
    const server = spawn(process.execPath, [SERVER, answers], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(server.stdout, 'data')) as [Buffer];
    const behind: Bench = { ...bench, remoteUrl: line.toString('utf8').trim() };
    const rows = { ...(await oneLink(behind, subject)), ...(await bigResults(behind, subject)) };
    for (const [name, value] of Object.entries(rows)) values[`${answers}: ${name}`] = value;
    server.kill();
  }
  return values;
}
