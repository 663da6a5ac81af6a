import { readFileSync } from 'node:fs';
import { PROTOCOL_REVISIONS } from '../protocol/revisions.js';
import { packageRoot } from './package-root.js';

export function version(): string {
  const text = readFileSync(new URL('package.json', packageRoot), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** Three lines: the versions of mcp-pipe and Node.js, and the revisions of MCP. */
export function versions(): string {
  const node = `Node.js ${process.version} (${process.platform} ${process.arch})`;
  return `mcp-pipe ${version()}\n${node}\nMCP ${PROTOCOL_REVISIONS.join(', ')}`;
}
