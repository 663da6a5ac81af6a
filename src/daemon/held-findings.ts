import { existsSync } from 'node:fs';
import type { CheckedServer } from '../config/check/facts.js';
import { errorAt, warningAt } from '../config/finding.js';
import { type Finding, LaunchError } from '../protocol/errors.js';
import type { Holding } from '../protocol/launch-facts.js';
import type { Lockable } from './packages/lock-states.js';

/** Looks what would hold these servers, and whether it can. Starts bubblewrap once, with nothing in it, and asks each engine whether it is there. */
export async function heldFindings(
  servers: readonly CheckedServer[],
): Promise<{ findings: Finding[]; holdings: Map<string, Holding>; refused: string[] }> {
  const findings: Finding[] = [];
  const refused: string[] = [];
  const engines = new Map<string, Promise<LaunchError | undefined>>();
  const holdings = new Map<string, Holding>();
  for (const server of servers) {
    if (server.kind !== 'stdio' || !server.confinement) continue;
    const { name, placeOf, confinement } = server;
    const { user, nice, sandbox, image } = confinement;
    const key = sandbox ? 'sandbox' : image ? 'image' : user === undefined ? 'nice' : 'user';
    for (const [of, i, path] of namedPaths(sandbox)) {
      if (!existsSync(path))
        findings.push(warningAt(placeOf('sandbox', of, i), 'sandbox-path-missing', { path }));
    }
    const holding: Holding = { user, nice: nice || undefined };
    try {
      if (image) {
        const { engineOf, downOf } = await import('../sandbox/engine.js');
        const engine = engineOf(server.cwd, server.env);
        const id = JSON.stringify([engine.program, server.env.DOCKER_HOST, server.env.CONTAINER_HOST]);
        const asked = engines.get(id) ?? downOf(engine);
        engines.set(id, asked);
        const said = (await asked)?.said;
        // It may be started before mcp-pipe is.
        if (said) findings.push(warningAt(placeOf(key), 'not-held', { said }));
        const isPinned = image.name.includes('@sha256:');
        Object.assign(holding, { image: image.name, isOffline: image.network === 'none', isPinned });
      }
      if (sandbox) {
        const { usableWay } = await import('../sandbox/ways.js');
        Object.assign(holding, { sandbox: (await usableWay(sandbox)).by, isOffline: !sandbox.network });
      }
      if (!image) await mustBegin(confinement);
    } catch (error) {
      const said = error instanceof LaunchError ? error.said : undefined;
      if (said === undefined) throw error;
      findings.push(errorAt(placeOf(key), 'not-held', { said }));
      refused.push(name);
    }
    holdings.set(name, holding);
  }
  return { findings, holdings, refused };
}

/** Servers that have to download their package and may not. */
export function fetchFindings(
  servers: readonly CheckedServer[],
  locks: ReadonlyMap<string, Pick<Lockable, 'is'>>,
): Finding[] {
  return servers.flatMap((server) => {
    if (server.kind !== 'stdio' || server.confinement?.sandbox?.network !== false) return [];
    if (locks.get(server.name)?.is !== 'unlocked') return [];
    const { name, command: program } = server;
    return [warningAt(server.placeOf('sandbox', 'network'), 'sandbox-fetches', { name, program })];
  });
}

function namedPaths(sandbox: { read: readonly string[]; write: readonly string[] } | undefined) {
  return (['read', 'write'] as const).flatMap((of) =>
    (sandbox?.[of] ?? []).map((path, i) => [of, i, path] as const),
  );
}

async function mustBegin({
  user,
  nice,
}: {
  user?: string | undefined;
  nice?: number | undefined;
}): Promise<void> {
  const { beginning } = await import('../sandbox/step.js');
  await beginning({ user, nice });
}
