/** The page that asks a person for a key before a client of OAuth is let in. `client` is what the client calls itself. */
export const consentPage = {
  title: ({ client }: { client: string }) => `Let “${client}” in?`,
  wants: ({ client }: { client: string }) => `“${client}” wants to use the MCP servers of this mcp-pipe.`,
  backTo: ({ host }: { host: string }) => `You are sent back to ${host}`,
  backHere: ({ host }: { host: string }) => `You are sent back to a program on your own computer (${host})`,
  nameIsOwn:
    'The name is what the app calls itself. Go on only if you have just asked for this, and know the address above.',
  keyLabel: 'API key',
  keyHint:
    'The app may do exactly what this key allows, and no more. When the key is revoked, the app is out at once.',
  noKey: 'No key yet? The owner of this mcp-pipe makes one: mcp-pipe key add NAME',
  next: 'Continue',
  cancel: 'Cancel',
  keyIs: ({ key }: { key: string }) => `The key “${key}” allows:`,
  servers: 'Servers',
  agents: 'Agents',
  tools: 'Tools',
  calls: 'Calls',
  until: 'Until',
  all: 'all',
  none: 'none',
  readOnly: 'only tools that change nothing',
  rate: ({ calls, seconds }: { calls: number; seconds: number }) =>
    `at most ${calls} in ${seconds === 60 ? 'a minute' : seconds === 3_600 ? 'an hour' : `${seconds} s`}`,
  allow: 'Let in',
  otherKey: 'Another key',
  missing: 'Paste a key first.',
  wrong: 'This is not a key of this mcp-pipe, or it is no longer good. Check that all of it was copied.',
  tooMany: 'Too many wrong keys came from your address. Wait a minute, then try again.',
  failed: 'This did not work',
  expired:
    'This page is no longer good: it was open for too long, was answered already, or its cookie is missing. Start again in the app.',
  foreign: 'This answer did not come from the page itself. Start again in the app.',
  unknownClient:
    'This app is not known here, or no longer. Remove the connection in the app, then add it again: it registers anew.',
  wrongRedirect:
    'The app wants to send you to an address that it has not registered. Remove the connection in the app, then add it again.',
  busy: 'Too many people log in at the moment. Try again in a minute.',
  fault: 'mcp-pipe has failed here. Try again; its log says more.',
  says: ({ error, description }: { error: string; description: string }) =>
    `The app asked for something that cannot be: ${error}${description === '' ? '' : `, ${description}`}`,
  close: 'You can close this page.',
};

/** What the log says of it. `client` is what the client calls itself, `host` where the person is sent back to. */
export const oauthLog = {
  registered: ({ client, hosts, address }: { client: string; hosts: string; address: string }) =>
    `The client ${JSON.stringify(client)} (${hosts}) has registered itself from ${address}; nobody has let it in yet`,
  letIn: ({ client, key, host, address }: { client: string; key: string; host: string; address: string }) =>
    `The client ${JSON.stringify(client)} (${host}) was let in with the key ${JSON.stringify(key)}, from ${address}`,
  wrongKey: ({ client, host, address }: { client: string; host: string; address: string }) =>
    `A wrong key was entered to let the client ${JSON.stringify(client)} (${host}) in, from ${address}`,
  unkept: ({ file, message }: { file: string; message: string }) =>
    `Logins of clients cannot be kept in ${file} (${message}): after a restart they have to be let in again.`,
  fault: ({ message }: { message: string }) => `The authorization server has failed: ${message}`,
};
