import { isRecord } from '../foreign-root.js';

/** Programs by the end of their file's path. */
const BY_PATH: readonly (readonly [RegExp, string])[] = [
  [/claude_desktop_config\.json$/, 'Claude Desktop'],
  [/\.cursor\/mcp\.json$/, 'Cursor'],
  [/(\.vscode|code|code - insiders|user)\/(mcp|settings)\.json$/, 'VS Code'],
  [/windsurf\/mcp_config\.json$/, 'Windsurf'],
  [/cline_mcp_settings\.json$/, 'Cline'],
  [/\.roo\/mcp\.json$|rooveterinaryinc.*\/mcp_settings\.json$/, 'Roo Code'],
  [/\.gemini\/settings\.json$/, 'Gemini CLI'],
  [/\.copilot\/mcp-config\.json$/, 'Copilot CLI'],
  [/(^|\/)\.?zed\/settings\.json$/, 'Zed'],
  [/(^|\/)opencode\.jsonc?$/, 'opencode'],
  [/xiaozhi\.config\.jsonc?$/, 'xiaozhi-client'],
  [/librechat\.ya?ml$/, 'LibreChat'],
  [/goose\/(config\/)?config\.ya?ml$/, 'goose'],
  [/\.codex\/config\.toml$/, 'Codex'],
  [/(^|\/)\.mcp\.json$/, 'Claude Code'],
];

/** Programs by a top key that only they write. */
const BY_KEY: readonly (readonly [string, string])[] = [
  ['mcpEndpoint', 'xiaozhi-client'],
  ['mcpServerConfig', 'xiaozhi-client'],
  ['xiaozhi', 'xiaozhi-mcphub'],
  ['mcp_servers', 'Codex'],
  ['context_servers', 'Zed'],
  ['extensions', 'goose'],
];

/** The program that a file belongs to; undefined when that cannot be decided. */
export function programOf(file: string, root: unknown): string | undefined {
  const path = file.replaceAll('\\', '/').toLowerCase();
  const named = BY_PATH.find(([pattern]) => pattern.test(path))?.[1];
  if (named !== undefined || !isRecord(root)) return named;
  const keyed = BY_KEY.find(([key]) => root[key] !== undefined)?.[1];
  if (keyed !== undefined) return keyed;
  if (/opencode\.ai/.test(String(root.$schema))) return 'opencode';
  // Also for a copy elsewhere: no other program keeps `mcpServers` in a file of this name.
  if (/(^|\/)settings\.json$/.test(path) && isRecord(root.mcpServers)) return 'Gemini CLI';
  return isRecord(root.mcp) && !isRecord(root.mcpServers) ? programOfMcp(root.mcp) : undefined;
}

/** VS Code keeps servers in `mcp.servers` beside `mcp.inputs`; opencode in `mcp`, or in `mcp.servers` with a list as command. */
function programOfMcp(mcp: Record<string, unknown>): string {
  const servers = isRecord(mcp.servers) ? mcp.servers : mcp;
  const isListed = Object.values(servers).some((one) => isRecord(one) && Array.isArray(one.command));
  return isListed || !isRecord(mcp.servers) ? 'opencode' : 'VS Code';
}
