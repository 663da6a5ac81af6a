/** The errors and warnings about the sections "ui" and "metrics". */
export const uiFindings = {
  'listen-address': () => ({
    expected:
      'an address of this machine with a port: 127.0.0.1:7420, 0.0.0.0:7420, [::1]:7420, or a port alone',
    got: 'something else',
    next: 'Write host and port without http:// and without a path.',
  }),
  'ui-allowed-host': () => ({
    expected: 'a name under which browsers address the page, as pipe.example.com, or "*" for every name',
    got: 'something else',
    next: 'Write the name as it stands in the address, without https:// and without a path.',
  }),
  'ui-key-empty': ({ variable }: { variable: string }) => ({
    expected: 'a key',
    got: 'an empty text',
    next: `Write "\${${variable}}" here, and ${variable}=… into .env; openssl rand -hex 24 makes one. Or leave it out.`,
  }),
  'ui-key-characters': () => ({
    expected: 'a key of letters, digits and signs as on an English keyboard, without spaces',
    got: 'other characters, which not every browser can send',
    next: 'Choose another key: openssl rand -hex 24 makes one.',
  }),
  'ui-key-weak': ({ least }: { least: number }) => ({
    expected: `a key of ${least} or more characters that cannot be guessed`,
    got: 'a shorter one, or a placeholder',
    next: 'Make another one: openssl rand -hex 24',
  }),
  'ui-keys-equal': () => ({
    expected: 'another key for reading than "key"',
    got: 'the same one: its holder could do everything',
    next: 'Give "readKey" a value of its own, or remove it.',
  }),
  'ui-in-container': ({ host, port }: { host: string; port: number }) => ({
    expected: 'an address that is reached from outside of the container: 0.0.0.0',
    got: host,
    next: `Write "address": "0.0.0.0:${port}", or --ui 0.0.0.0:${port}; docker run -p 127.0.0.1:${port}:${port} keeps it on this machine.`,
  }),
  'metrics-open': ({ host, variable }: { host: string; variable: string }) => ({
    expected: 'a key, because other machines reach these metrics',
    got: `the address ${host} and no key: whoever reaches it can read the names of servers and tools`,
    next: `Set ${variable}=… (openssl rand -hex 24 makes one), which Prometheus sends as "authorization: credentials"; or listen on 127.0.0.1. If that is what you want: "insecureNoAuth": true in "metrics", or --insecure-no-auth.`,
  }),
  'metrics-insecure': ({ host }: { host: string }) => ({
    expected: 'a key, because other machines reach these metrics',
    got: `the address ${host}, no key, and "insecureNoAuth" or --insecure-no-auth: whoever reaches it can read the names of servers and tools`,
    next: 'Nothing, if only you reach this network; else set MCP_PIPE_METRICS_KEY=… and leave "insecureNoAuth" out.',
  }),
};
