const quoted = (text: string) => JSON.stringify(text);
/** `GITHUB_TOKEN` as the name of a header. */
const headerFor = (variable: string) =>
  `X-${variable
    .split('_')
    .filter((part) => part !== '')
    .map((part) => part.slice(0, 1).toUpperCase() + part.slice(1).toLowerCase())
    .join('-')}`;

/** The errors and warnings about the section "gateway", and about what servers have for its clients. */
export const gatewayFindings = {
  'caller-env-remote': ({ kind }: { kind: string }) => ({
    expected: '"callerEnv" of a server that is started by its command',
    got: `a server of the type ${quoted(kind)}, which has no environment`,
    next: 'Remove "callerEnv". What such a server needs stands in its "headers".',
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
