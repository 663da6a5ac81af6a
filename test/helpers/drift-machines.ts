import { onTestFinished } from 'vitest';
import { DriftGuard, type WatchedServer } from '../../src/policy/drift/drift-guard.js';
import type { KeptTools } from '../../src/policy/drift/kept-tool.js';
import { SharedTools, type SharedToolsOptions } from '../../src/policy/drift/shared-tools.js';
import { idleClock } from '../../src/time/clock.js';

/** A machine that watches one server, `files`, over the given link; `disk` outlives it. */
export function driftMachine(
  link: SharedToolsOptions['link'] | undefined,
  {
    mode = 'hold',
    disk = new Map<string, KeptTools>(),
    everyMs = 20,
  }: { mode?: WatchedServer['mode']; disk?: Map<string, KeptTools>; everyMs?: number } = {},
) {
  const planned: WatchedServer = { mode, identity: 'npx files', needsAnnotations: false };
  const shared = link && new SharedTools({ link, clock: idleClock, everyMs });
  onTestFinished(() => shared?.close());
  const adopted: string[] = [];
  const guard = new DriftGuard({
    store: {
      read: (server) => structuredClone(disk.get(server)),
      write: (server, tools) => void disk.set(server, structuredClone(tools)),
    },
    serverOf: (name) => (name === 'files' ? planned : undefined),
    clock: { after: () => () => {} },
    ...(shared ? { shared } : {}),
    onAdopted: (_, { changed, added }) => adopted.push(`changed ${changed} added ${added}`),
  });
  guard.planned(['files']);
  const lists = (...tools: object[]) =>
    guard.listed('files', Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, result: { tools } })));
  return {
    guard,
    disk,
    adopted,
    lists,
    /** What others know has been asked for. */
    ready: () => guard.read('files', async () => ({ error: { code: 0, message: '' } }) as never),
    whyHeld: (tool: string) => guard.whyHeld('files', tool),
    approve: (tool: string) => guard.approve(guard.waiting.find((one) => one.tool === tool)!),
    end: () => shared?.close(),
  };
}
