/** Keys under which servers stand, in the order in which they are read: most programs, VS Code, Zed. */
export const SECTIONS = ['mcpServers', 'servers', 'context_servers'] as const;

/** Keys with the address of a remote server; an entry that has one and no command is remote. */
export const ADDRESS_KEYS = ['url', 'serverUrl', 'httpUrl', 'baseUrl'] as const;

/**
 * Keys of a server that other programs document, and which program. mcp-pipe ignores them without a warning, so that a
 * configuration written for another program loads unchanged.
 */
export const FOREIGN_KEYS: Readonly<Record<string, string>> = {
  name: 'Cherry Studio: the name it shows',
  description: 'Cherry Studio, Gemini CLI: what the server is for',
  icon: 'several: a picture for the server',
  autoApprove: 'Cline: tools that run without asking',
  alwaysAllow: 'Cline, Roo Code: tools that run without asking',
  trust: 'Gemini CLI: whether tools run without asking',
  timeout: 'Cline, Roo Code, mcp-proxy: how long a call may take, each in units of its own',
  watchPaths: 'Roo Code: files whose change restarts the server',
  dev: 'VS Code: how the server is watched and debugged',
  gallery: 'VS Code: the gallery that the server was installed from',
  version: 'VS Code: the version that was installed',
  sandboxEnabled: 'VS Code: whether the server runs in a sandbox',
  source: 'Zed: where the server comes from',
  settings: 'Zed: what its extension hands to the server',
  registryUrl: 'Cherry Studio: where packages come from',
  longRunning: 'Cherry Studio: whether calls may take long',
  provider: 'Cherry Studio: who published the server',
  providerUrl: 'Cherry Studio: page of who published it',
  logoUrl: 'Cherry Studio: a picture for the server',
  tags: 'Cherry Studio: words to find it by',
  reference: 'Cherry Studio: page of the server',
  auth: 'Cursor: how to sign in to a remote server',
  authProviderType: 'Gemini CLI: how to sign in to a remote server',
  targetAudience: 'Gemini CLI: how to sign in to a remote server',
  targetServiceAccount: 'Gemini CLI: how to sign in to a remote server',
  extensionName: 'Gemini CLI: the extension that brought the server',
  owner: 'xiaozhi-mcphub: whose server it is',
  options: 'xiaozhi-mcphub: how long a call may take',
  keepAliveInterval: 'xiaozhi-mcphub: how often a remote server is asked for a sign of life',
  enableKeepAlive: 'xiaozhi-mcphub: whether a remote server is asked for signs of life',
  openapi: 'xiaozhi-mcphub: an API that it serves as tools',
  initTimeout: 'LibreChat: how long a server may take to start',
  serverInstructions: 'LibreChat: what it tells its model of the server',
  iconPath: 'LibreChat: a picture for the server',
  chatMenu: 'LibreChat: whether the server is in its menu',
  customUserVars: 'LibreChat: what it asks each of its users',
  requiresOAuth: 'LibreChat: whether one has to sign in to a remote server',
  sse_read_timeout: 'MCP2Xiaozhi: patience with a remote server',
};

/** The foreign keys that limit what a server may do: ignoring such a key deserves a warning. */
export const RESTRICTING_KEYS: ReadonlySet<string> = new Set(['sandboxEnabled']);

/** Settings of other programs in the same file that look like a misspelt key of mcp-pipe and are none. */
export const PROGRAM_SETTINGS: ReadonlySet<string> = new Set([
  ...['ide', 'ui', 'general', 'model', 'models', 'tools', 'context', 'security', 'theme', 'server', 'modes'],
  ...['version', 'gallery', 'globalShortcut', 'connection', 'webUI', 'groups', 'users', 'systemConfig'],
  ...['agent', 'agents', 'editor', 'languages', 'profiles', 'extensions', 'mcp', 'lsp', 'env', 'preset'],
]);

/** Keys beside the servers that other programs document, and which program. */
export const FOREIGN_TOP_KEYS: Readonly<Record<string, string>> = {
  inputs: 'VS Code: what it asks its user for; here set INPUT_<ID> instead',
  sandbox: 'VS Code: what its sandbox lets servers reach',
};
