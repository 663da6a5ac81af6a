import { accessSync, constants } from 'node:fs';
import type { CheckResult } from '../../config/check/check.js';
import { type Item, item } from './item.js';

/** What is known about this computer and the mcp-pipe on it. */
export interface MachineFacts {
  version: string;
  /** Version of Node.js, without the v. */
  node: string;
  /** `linux x64`. */
  platform: string;
  inContainer: boolean;
  /** The running mcp-pipe of this configuration. */
  running: { pid: number; startedAt: number } | undefined;
  /** Why a running one could not be asked. */
  silent: string | undefined;
  /** Variables of Node.js about certificates. */
  env: Readonly<Record<string, string | undefined>>;
  now: number;
}

/** The lines about this computer. */
export function judgeMachine(
  facts: MachineFacts,
  errorOfFile: (file: string) => string | undefined = unreadable,
): Item[] {
  const { version, node, platform, inContainer, running, silent, env, now } = facts;
  const { NODE_EXTRA_CA_CERTS: ca, NODE_TLS_REJECT_UNAUTHORIZED: checked } = env;
  const items = [item('ok', 'machine', '', 'machine', { version, node, platform, inContainer })];
  if (silent !== undefined) items.push(item('error', 'machine', '', 'daemon-silent', { what: silent }));
  else if (running) {
    items.push(
      item('ok', 'machine', '', 'running', { pid: running.pid, forMs: Math.max(0, now - running.startedAt) }),
    );
  } else items.push(item('ok', 'machine', '', 'not-running', {}));
  if (checked === '0') items.push(item('warning', 'machine', '', 'tls-unchecked', {}));
  const error = ca ? errorOfFile(ca) : undefined;
  if (error !== undefined) items.push(item('error', 'machine', '', 'ca-unreadable', { file: ca!, error }));
  return items;
}

function unreadable(file: string): string | undefined {
  try {
    accessSync(file, constants.R_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unreadable';
  }
}

/** The lines of `mcp-pipe check`. @param file how the configuration is called in the report */
export function judgeConfig(
  { findings, servers, links }: Pick<CheckResult, 'findings' | 'servers' | 'links'>,
  file: string,
): Item[] {
  if (findings.length === 0) {
    return [item('ok', 'config', '', 'config-ok', { servers: servers.length, links: links.length, file })];
  }
  return findings.map((finding) => item(finding.severity, 'config', '', 'finding', { finding }));
}
