import { errorAt } from './finding.js';
import { GATEWAY_PATHS, type GatewayPath, type GatewayPlan } from './gateway-plan.js';
import type { SectionReader } from './section-reader.js';

/** The paths that each address has anyway; a client of one kind gets nothing sensible from another one. */
const OWN: Readonly<Record<string, GatewayPath | 'status'>> = {
  '/mcp': 'http',
  '/sse': 'sse',
  '/messages': 'message',
  '/ws': 'ws',
  '/health': 'health',
  '/ready': 'health',
  '/live': 'health',
  '/status': 'status',
  '/openapi.json': 'status',
};

/** Kinds that share a method at one path. A WebSocket is told apart by its upgrade. */
const CLASHES: Readonly<Record<GatewayPath, readonly (GatewayPath | 'status')[]>> = {
  http: ['sse', 'message', 'health', 'status'],
  sse: ['http', 'health', 'status'],
  message: ['http'],
  ws: [],
  health: ['http', 'sse', 'status'],
};

type Written = Partial<Record<GatewayPath, string | readonly string[] | undefined>>;

/** Reads "paths"; wrong ones are left out and reported. */
export function readPaths(reader: SectionReader, written: Written = {}): GatewayPlan['paths'] {
  const taken: { kind: GatewayPath; path: string }[] = [];
  const read = GATEWAY_PATHS.map((kind) => {
    const given = written[kind] ?? [];
    const paths = (Array.isArray(given) ? given : [given]).flatMap((one: string, i) => {
      const at = Array.isArray(given) ? ['paths', kind, i] : ['paths', kind];
      const path = reader.text(at, one);
      if (path === undefined) return [];
      const wrong = !isPath(path)
        ? 'gateway-path'
        : isTaken(kind, path, taken)
          ? 'gateway-path-taken'
          : undefined;
      if (wrong !== undefined) reader.add(errorAt(reader.place(at), wrong));
      else taken.push({ kind, path });
      return wrong === undefined ? [path] : [];
    });
    return [kind, paths] as const;
  });
  return Object.fromEntries(read) as Record<GatewayPath, string[]>;
}

/** Whether a text is the path of an address, without a query. */
export function isPath(text: string): boolean {
  return /^\/[^\s?#\\]*$/.test(text) && URL.canParse(text, 'http://localhost');
}

/** Whether another kind of address is at that path already. */
export function isTaken(
  kind: GatewayPath,
  path: string,
  others: readonly { kind: GatewayPath; path: string }[] = [],
): boolean {
  const bare = withoutSlash(path);
  if (/^\/(servers|agents)(\/|$)/.test(bare)) return true;
  const known = [...Object.entries(OWN).map(([own, its]) => ({ kind: its, path: own })), ...others];
  return known.some((other) => withoutSlash(other.path) === bare && CLASHES[kind].includes(other.kind));
}

function withoutSlash(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, '') : path;
}
