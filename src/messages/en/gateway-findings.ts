const quoted = (text: string) => JSON.stringify(text);
const day = (at: number) => new Date(at).toISOString().slice(0, 10);
/** `GITHUB_TOKEN` as the name of a header. */
const headerFor = (variable: string) =>
  `X-${variable
    .split('_')
    .filter((part) => part !== '')
    .map((part) => part.slice(0, 1).toUpperCase() + part.slice(1).toLowerCase())
    .join('-')}`;

/** The errors and warnings about the section "gateway", and about what servers have for its clients. */
export const gatewayFindings = {
  'gateway-host': () => ({
    expected: 'an address or name of this machine: 127.0.0.1, 0.0.0.0, ::1, localhost',
    got: 'something else',
    next: 'Write the address alone; the port stands in "port". "0.0.0.0" is every address of this machine.',
  }),
  'gateway-port': () => ({
    expected: 'a port from 0 to 65535; 0 is any free one',
    got: 'something else',
    next: 'Write a number, for instance 8080.',
  }),
  'gateway-replica': () => ({
    expected: 'a name of 1 to 32 letters, digits, _ and -, which begins with a letter or digit',
    got: 'something else',
    next: 'Call each replica by one word: "a", "b". The proxy looks for it at the beginning of Mcp-Session-Id.',
  }),
  'gateway-session-key': ({ least }: { least: number }) => ({
    expected: `a random secret of ${least} characters or more, the same for all replicas`,
    got: 'a shorter one, or an example that was left as it was',
    next: 'Make one with `openssl rand -hex 32`, and give it to every replica as MCP_PIPE_SESSION_KEY.',
  }),
  'gateway-key-name': ({ length }: { length: number }) => ({
    expected: 'a name for each key, of 1 to 60 characters',
    got: `${length} characters, or one of / \\ : * ? < > | @ or a quotation mark, or a space or dot at an end`,
    next: 'Call the key after who has it: "me", "team-a". The key itself is the value.',
  }),
  'gateway-key-empty': ({
    name,
    variable,
    envFile,
  }: {
    name: string;
    variable: string;
    envFile: string;
  }) => ({
    expected: `the key ${quoted(name)}`,
    got: 'an empty text',
    next: `Write ${quoted(name)}: "\${${variable}}" here, and ${variable}=… into ${envFile}; openssl rand -hex 24 makes one.`,
  }),
  'gateway-key-characters': ({ name }: { name: string }) => ({
    expected: 'a key of letters, digits and signs as on an English keyboard, without spaces',
    got: `other characters in the key ${quoted(name)}, which not every client can send`,
    next: 'Choose another key, without "Bearer" in front; openssl rand -hex 24 makes one.',
  }),
  'gateway-keys-equal': ({ name, other }: { name: string; other: string }) => ({
    expected: 'another key for each name',
    got: `${quoted(name)} and ${quoted(other)} with the same key`,
    next: 'Give each its own, or remove one of the two names.',
  }),
  'gateway-key-weak': ({ name, least }: { name: string; least: number }) => ({
    expected: `a key of ${least} or more characters that cannot be guessed`,
    got: `a shorter one, or a placeholder, as the key ${quoted(name)}`,
    next: 'Make another one: openssl rand -hex 24',
  }),
  'gateway-key-none': ({ name }: { name: string }) => ({
    expected: `"key" or "hash" of the key ${quoted(name)}`,
    got: 'neither',
    next: `Write "key": "\${KEY}" with the key in that variable, or "hash" with what mcp-pipe key hash prints.`,
  }),
  'gateway-key-both': ({ name }: { name: string }) => ({
    expected: `either "key" or "hash" of the key ${quoted(name)}`,
    got: 'both',
    next: 'Remove "key": the hash is enough, and the key then stands nowhere on this machine.',
  }),
  'gateway-key-hash': ({ name }: { name: string }) => ({
    expected: 'a hash as mcp-pipe key hash prints it: scrypt:32768:8:1:…',
    got: `something else as the hash of ${quoted(name)}, or one that takes too much memory`,
    next: 'Run mcp-pipe key hash, give it the key on its standard input, and copy the whole line that it prints.',
  }),
  'gateway-key-is-hash': ({ name }: { name: string }) => ({
    expected: 'a key',
    got: `the hash of one as the key ${quoted(name)}`,
    next: `Write it as a hash: ${quoted(name)}: { "hash": "scrypt:…" }`,
  }),
  'gateway-key-expires': ({ name }: { name: string }) => ({
    expected: 'a day or a time: "2027-01-01", "2027-01-01T18:00+07:00"',
    got: `something else, or a day that there is not, for the key ${quoted(name)}`,
    next: 'Write year, month and day. The key is good until that day begins in UTC.',
  }),
  'gateway-key-expired': ({ name, until }: { name: string; until: number }) => ({
    expected: 'a day to come',
    got: `the key ${quoted(name)}, which has not been good since ${day(until)}`,
    next: 'Remove it, or write a later day as "expires".',
  }),
  'gateway-key-opens-nothing': ({
    name,
    globs,
    known,
  }: {
    name: string;
    globs: readonly string[];
    known: readonly string[];
  }) => ({
    expected: `servers and agents that there are, for the key ${quoted(name)}`,
    got: `${globs.map(quoted).join(', ')}, which none is called`,
    next: known.length > 0 ? `There are ${known.map(quoted).join(', ')}.` : 'Nothing is configured yet.',
  }),
  'gateway-origin': () => ({
    expected:
      'the origin of a web page, as https://app.example.com, or "*" for every page, or a regular expression between slashes',
    got: 'something else, or a regular expression that is not valid',
    next: 'Write scheme, host and port alone, without a path, one entry for each page. Many pages are /^https:\\/\\/[a-z0-9-]+\\.example\\.com$/, with nothing behind the last slash; in JSON each \\ is written twice.',
  }),
  'gateway-origin-loose': ({ pattern }: { pattern: string }) => ({
    expected: 'a pattern of origins that begins with ^ and ends with $',
    got: `${pattern}, which origins of other sites match as well, as it is searched for anywhere in an origin`,
    next: 'Write the whole origin into it: /^https:\\/\\/[a-z0-9-]+\\.example\\.com$/',
  }),
  'gateway-allowed-host': () => ({
    expected: 'a name under which clients address the gateway, as mcp.example.com, or "*" for every name',
    got: 'something else',
    next: 'Write the name as it stands in the address, without https:// and without a path.',
  }),
  'gateway-path': () => ({
    expected: 'the path of an address, as /message',
    got: 'something else',
    next: 'Begin it with / and leave out host and query.',
  }),
  'gateway-path-taken': () => ({
    expected: 'a path of its own',
    got: 'one at which the gateway has something else',
    next: 'Choose another path: /servers/… and /agents/… are taken, and so are /mcp, /sse, /messages, /ws, /health, /ready, /live and /status for other kinds.',
  }),
  'gateway-header': () => ({
    expected: 'a header that responses may have',
    got: 'one that HTTP does not allow, or that belongs to the connection, to MCP or to CORS',
    next: 'Correct it, or leave it out. Pages that may use the gateway stand in "allowedOrigins".',
  }),
  'gateway-open': ({ host, variable }: { host: string; variable: string }) => ({
    expected: 'a key, because other machines reach the gateway',
    got: `the address ${host} and no key: whoever reaches it can use every tool of every server`,
    next: `Make one: mcp-pipe key add an. Or set ${variable}=… (openssl rand -hex 24), or write "keys" into "gateway"; or listen on 127.0.0.1 without "publicUrl". If that is what you want: "insecureNoAuth": true in "gateway", or --insecure-no-auth.`,
  }),
  'gateway-insecure': ({ host }: { host: string }) => ({
    expected: 'a key, because other machines reach the gateway',
    got: `the address ${host}, no key, and "insecureNoAuth" or --insecure-no-auth: whoever reaches it can use every tool of every server`,
    next: 'Nothing, if only you reach this network; else set MCP_PIPE_KEY=… and leave "insecureNoAuth" out.',
  }),
  'gateway-network': () => ({
    expected: 'an address or a network of proxies: 127.0.0.1, 10.0.0.0/8, fd00::/8',
    got: 'something else',
    next: 'Write the address from which the proxy connects, one entry for each. Names are not looked up.',
  }),
  'gateway-tls': () => ({
    expected: 'the files of a certificate and of its key',
    got: 'only one of them',
    next: 'Write both: "tls": { "cert": "fullchain.pem", "key": "privkey.pem" }, or --tls-cert and --tls-key.',
  }),
  'gateway-tls-files': ({
    cert,
    key,
    file,
    reason,
  }: {
    cert: string;
    key: string;
    file: string;
    reason: string;
  }) => ({
    expected: 'a certificate and its key in PEM, which this user can read',
    got: file === '' ? `${cert} and ${key}, which cannot be used: ${reason}` : `${file} (${reason})`,
    next: "Both have to belong together, and the key must have no password. Certificates of Let's Encrypt are fullchain.pem and privkey.pem.",
  }),
  'gateway-tls-early': ({ cert, from }: { cert: string; from: number }) => ({
    expected: 'a certificate that is valid now',
    got: `${cert}, valid from ${day(from)}: clients refuse it until then`,
    next: 'Look at the clock of this machine first: mcp-pipe doctor compares it. If it is right, take the certificate from before.',
  }),
  'gateway-tls-ended': ({ cert, until }: { cert: string; until: number }) => ({
    expected: 'a certificate that is valid now',
    got: `${cert}, which ended on ${day(until)}: clients refuse it`,
    next: 'Renew it, and put the new one at the same place: a running mcp-pipe takes it over by itself.',
  }),
  'gateway-tls-ends': ({ cert, until }: { cert: string; until: number }) => ({
    expected: 'a certificate that is renewed in time',
    got: `${cert}, which ends on ${day(until)}`,
    next: 'Renew it, and see why what renews certificates here has not; a running mcp-pipe takes the new one over by itself.',
  }),
  'gateway-tls-name': ({ cert, host }: { cert: string; host: string }) => ({
    expected: `a certificate for ${host}, the name in "publicUrl"`,
    got: `${cert}, which does not name it: clients refuse it`,
    next: 'Have one issued for that name, or correct "publicUrl".',
  }),
  'gateway-origins-open': ({ variable }: { variable: string }) => ({
    expected: 'a key, because every web page may use the gateway',
    got: '"*" as allowed origin and no key: any page that is open in a browser here can use every tool',
    next: `Name the pages instead of "*", or set ${variable}=…`,
  }),
  'gateway-in-container': ({ host }: { host: string }) => ({
    expected: 'an address that is reached from outside of the container: 0.0.0.0',
    got: host,
    next: 'Write "host": "0.0.0.0", or --host 0.0.0.0, and set MCP_PIPE_KEY; docker run -p 127.0.0.1:8080:8080 keeps it on this machine.',
  }),
  'share-no-keys': ({ server }: { server: string }) => ({
    expected: `several keys, because ${quoted(server)} has a process for each key`,
    got: 'a gateway without keys: all of its clients share one process',
    next: 'Write "keys" into "gateway", or "share": "session".',
  }),
  'caller-env-remote': ({ kind }: { kind: string }) => ({
    expected: '"callerEnv" of a server that is started by its command',
    got: `a server of the type ${quoted(kind)}, which has no environment`,
    next: 'Remove "callerEnv". What such a server needs stands in its "headers".',
  }),
  'instances-remote': ({ kind }: { kind: string }) => ({
    expected: '"instances" of a server that is started by its command',
    got: `a server of the type ${quoted(kind)}, of which mcp-pipe starts no process`,
    next: 'Remove "instances": it changes nothing here. Such a server works on as many calls as it likes.',
  }),
  'caller-env-shared': ({ share }: { share: string }) => ({
    expected: '"share": "session" or "share": "key" beside "callerEnv"',
    got: `"share": ${quoted(share)}, with which callers have no process of their own`,
    next: 'Write "share": "session" into this entry: callers with other values then never share a process.',
  }),
  'caller-env-name': () => ({
    expected: 'the name of a variable: GITHUB_TOKEN',
    got: 'a name with other characters than letters, digits and _',
    next: 'Correct the name.',
  }),
  'caller-env-powerful': ({ variable }: { variable: string }) => ({
    expected: 'a variable that the server reads as data',
    got: `${variable}, by which a caller could run other programs, or take what belongs to mcp-pipe`,
    next: 'Set it in "env" of the entry, where no caller can change it.',
  }),
  'caller-env-form': ({ variable }: { variable: string }) => ({
    expected: `where the value comes from: "header:${headerFor(variable)}"`,
    got: 'something else',
    next: `Write "${variable}": "header:${headerFor(variable)}". A value that is the same for all callers belongs in "env".`,
  }),
  'caller-env-reserved': ({ header }: { header: string }) => ({
    expected: 'a header that only this server needs, such as X-GitHub-Token',
    got: `${header}, which is for the gateway or the connection itself`,
    next: 'Choose another header, and let clients send the value in it.',
  }),
};
