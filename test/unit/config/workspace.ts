import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { PlanOptions } from '../../../src/config/draft.js';
import { type LoadedConfig, loadConfig } from '../../../src/config/load.js';
import { makePlan, type Plan } from '../../../src/config/plan.js';
import { type FindingWords, wordFinding } from '../../../src/messages/index.js';
import { ConfigError, type Finding } from '../../../src/protocol/errors.js';

export const TOKEN = 'eyJhbGciOiJub25lIn0.this-is-made-up-for-a-test.0123456789';
export const ADDRESS = `wss://api.xiaozhi.me/mcp/?token=${TOKEN}`;

const folders: string[] = [];

/** A fresh folder with these files; `removeFolders` deletes all of them. */
export function folderWith(files: Record<string, string | Buffer | object>): string {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-config-'));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    const isText = typeof content === 'string' || Buffer.isBuffer(content);
    writeFileSync(file, isText ? content : JSON.stringify(content, undefined, 2));
  }
  return folder;
}

export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

type Env = Record<string, string | undefined>;

/** Loads `mcp_config.json` with this content (text, or an object to be written as JSON). */
export function load(config: string | object, env: Env = { MCP_ENDPOINT: ADDRESS }): Promise<LoadedConfig> {
  return loadConfig({ cwd: folderWith({ 'mcp_config.json': config }), env });
}

/** Findings together with their English words. */
export function worded(findings: readonly Finding[]): (Finding & FindingWords)[] {
  return findings.map((finding) => ({ ...finding, ...wordFinding(finding, 'en') }));
}

type WordedPlan = Omit<Plan, 'warnings'> & { warnings: readonly (Finding & FindingWords)[] };

export async function plan(
  config: string | object,
  env?: Env,
  options: Partial<PlanOptions> = {},
): Promise<WordedPlan> {
  const loaded = await load(config, env);
  const made = makePlan(loaded, { cwd: loaded.folder, ...options });
  return { ...made, warnings: worded(made.warnings) };
}

/** The findings a configuration is refused with. */
export async function refusal(
  attempt: Promise<unknown> | (() => unknown),
): Promise<readonly (Finding & FindingWords)[]> {
  try {
    await (typeof attempt === 'function' ? attempt() : attempt);
  } catch (error) {
    if (error instanceof ConfigError) return worded(error.findings);
    throw error;
  }
  throw new Error('the configuration was accepted');
}

/** One server called `calc`, with these members besides its command. */
export function calc(members: object = {}): object {
  return { mcpServers: { calc: { command: 'node', args: ['calc.js'], ...members } } };
}
