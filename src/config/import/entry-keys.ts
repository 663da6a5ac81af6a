import type { LeftOutReason } from '../../messages/parts.js';

/** Keys of an entry that do not change how a server runs: names, pictures, pages, origin. */
export const HARMLESS_KEYS: ReadonlySet<string> = new Set([
  ...['name', 'id', 'title', 'description', 'display_name', 'displayName', 'icon', 'iconPath', 'logoUrl'],
  ...['tags', 'provider', 'providerUrl', 'reference', 'source', 'bundled', 'gallery', 'version', 'chatMenu'],
  ...['extensionName', 'owner', 'installSource', 'supports_parallel_tool_calls', 'command.label'],
]);

/** Why a key is not taken; keys that are not listed mean nothing to mcp-pipe. */
const REASONS: Readonly<Record<string, LeftOutReason>> = {
  ...all('approval', 'autoApprove', 'alwaysAllow', 'trust', 'default_tools_approval_mode', 'approval_mode'),
  ...all('timeout', 'timeout', 'tool_timeout_sec', 'options', 'longRunning', 'sse_read_timeout'),
  ...all('start-timeout', 'startup_timeout_sec', 'startup_timeout_ms', 'initTimeout'),
  ...all('keepalive', 'keepAliveInterval', 'enableKeepAlive'),
  ...all('sandbox', 'sandbox', 'sandboxEnabled'),
  ...all('sign-in', 'oauth', 'auth', 'requiresOAuth', 'oauth_resource', 'scopes', 'authProviderType'),
  ...all('sign-in', 'targetAudience', 'targetServiceAccount', 'oauth_headers', 'apiKey'),
  ...all('sign-in', 'obo', 'oauthClientId'),
  ...all('per-user', 'customUserVars'),
  ...all('watch', 'watchPaths', 'dev', 'watch'),
  ...all('words', 'description'),
  ...all('instructions', 'serverInstructions'),
  ...all('packages', 'registryUrl'),
  ...all('proxy', 'proxy'),
  ...all('extension', 'settings'),
};

function all(reason: LeftOutReason, ...keys: string[]): Record<string, LeftOutReason> {
  return Object.fromEntries(keys.map((key) => [key, reason]));
}

/** `tools.add.description` counts as `description`. */
export function reasonFor(key: string): LeftOutReason {
  const last = key.startsWith('tools.') ? key.slice(key.lastIndexOf('.') + 1) : key;
  return Object.hasOwn(REASONS, last) ? REASONS[last]! : 'unknown';
}
