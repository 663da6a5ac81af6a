const quoted = (text: string) => JSON.stringify(text);
const oneOf = (names: readonly string[], none: string) =>
  names.length === 0 ? none : `one of ${names.join(', ')}`;
const meaning = (meant: string | undefined) => (meant === undefined ? '' : ` Did you mean ${quoted(meant)}?`);

/** The errors and warnings about agents, and about servers that several links use. */
export const agentFindings = {
  'agent-name': ({ length }: { length: number }) => ({
    expected: 'a name of 1 to 60 characters that may be a part of the name of a file',
    got: `${length} characters, or one of / \\ : * ? < > | @ or a quotation mark, or a space or dot at an end`,
    next: 'Rename the agent, for instance "kitchen".',
  }),
  'agent-twice': ({ first, last }: { first: number; last: number }) => ({
    expected: 'a name for each agent',
    got: `the same name on lines ${first} and ${last}`,
    next: 'Rename one of the two agents, or write both as one: "endpoint" may be a list.',
  }),
  'agent-is-server': ({ name }: { name: string }) => ({
    expected: 'names of agents that no server has',
    got: `an agent and a server called ${quoted(name)}`,
    next: 'Rename the agent: the log could not tell the two apart.',
  }),
  'agents-alike': ({ name, other }: { name: string; other: string }) => ({
    expected: 'names of agents that differ in more than capitals and the form of accents',
    got: `agents called ${quoted(name)} and ${quoted(other)}`,
    next: 'Rename one of them: on some computers a file named after one would be that of the other as well.',
  }),
  'agent-no-endpoint': ({
    name,
    variable,
    envFile,
  }: {
    name: string;
    variable: string;
    envFile: string;
  }) => ({
    expected: `the address of the agent ${quoted(name)}`,
    got: 'no "endpoint"',
    next: `Write "endpoint": "\${${variable}}" here, and ${variable}=wss://api.xiaozhi.me/mcp/?token=… into ${envFile}. With "gateway": true beside "agents" it needs none: HTTP clients then have its servers at /agents/….`,
  }),
  'agent-no-servers': ({ agent }: { agent: string }) => ({
    expected: `names of servers for ${quoted(agent)}`,
    got: 'an empty list',
    next: 'Nobody has it: name its servers, or leave "servers" out, then it has all of them.',
  }),
  'agent-unknown-server': ({
    agent,
    name,
    meant,
    known,
  }: {
    agent: string;
    name: string;
    meant: string | undefined;
    known: readonly string[];
  }) => ({
    expected: oneOf(known, 'a server in "mcpServers"'),
    got: `${quoted(name)} among the servers of ${quoted(agent)}`,
    next: `Correct the name, add that server to "mcpServers", or take it off the list.${meaning(meant)}`,
  }),
  'agent-server-twice': ({ agent, name }: { agent: string; name: string }) => ({
    expected: 'each server once',
    got: `${quoted(name)} twice among the servers of ${quoted(agent)}`,
    next: 'Take one of them off the list; it changes nothing.',
  }),
  'agent-has-none': ({ agent }: { agent: string }) => ({
    expected: `a server that is started, for ${quoted(agent)}`,
    got: 'disabled ones only',
    next: 'It is not connected: enable one of its servers, or name others in its "servers".',
  }),
  'agents-disabled': ({ agents }: { agents: readonly string[] }) => ({
    expected: 'at least one agent that is not disabled',
    got: `${agents.map(quoted).join(', ')}, disabled`,
    next: 'Enable one with mcp-pipe enable NAME, or connect one this time with mcp-pipe --agent NAME.',
  }),
  'agent-tools-elsewhere': ({
    agent,
    name,
    meant,
    known,
  }: {
    agent: string;
    name: string;
    meant: string | undefined;
    known: readonly string[];
  }) => ({
    expected: `a server of the agent: ${oneOf(known, 'it has none')}`,
    got: `a filter for ${quoted(name)}, which ${quoted(agent)} does not have`,
    next:
      name === 'allow' || name === 'deny'
        ? `Write the filter under the name of a server: "tools": { ${quoted(known[0] ?? 'music')}: { ${quoted(name)}: ["…"] } }.`
        : `Correct the name, or remove the filter.${meaning(meant)}`,
  }),
  'agents-share-token': ({
    fingerprint,
    agents,
    servers,
  }: {
    fingerprint: string;
    agents: readonly string[];
    servers: readonly string[];
  }) => ({
    expected: 'a token for each agent',
    got: `one token (#${fingerprint}) for ${agents.length === 1 ? 'the agent' : 'the agents'} ${agents.join(', ')}${servers.length === 0 ? '' : `, and for ${servers.join(', ')} beside`}`,
    next: `Its connections serve all of these servers together, as those of ${quoted(agents[0]!)}: where options or filters differ, ${agents.length === 1 ? 'the agent decides' : 'that agent decides'}. Give each agent a token of its own, or write one agent with all of these servers.`,
  }),
  'agent-variable': () => ({
    expected: `"share": "agent", which gives each agent a process of its own`,
    got: `\${AGENT} in a server whose agents share one process`,
    next: `Write "share": "agent" into this entry; or another name instead of \${AGENT}.`,
  }),
  'agent-not-named': ({ name, agents }: { name: string; agents: number }) => ({
    expected: `\${AGENT} in args, env or cwd, so that the processes do not write the same files`,
    got: `${agents} equal processes of ${quoted(name)}, one for each agent`,
    next: `Write for instance "env": { "MEMORY_FILE_PATH": "\${workspaceFolder}/memory-\${AGENT}.jsonl" }. When it keeps no files: "env": { "AGENT": "\${AGENT}" }.`,
  }),
  'agent-process-taken': ({ name, server }: { name: string; server: string }) => ({
    expected: `another name: ${quoted(name)} is the process that an agent gets of ${quoted(server)}`,
    got: `a server called ${quoted(name)}`,
    next: 'Rename this server.',
  }),
  'passthrough-shared': ({ name, links, isHelped }: { name: string; links: number; isHelped: boolean }) => ({
    expected: `one connection for ${quoted(name)}: with "passthrough" its only initialize comes from the endpoint`,
    got: `${links} connections`,
    next: isHelped
      ? 'Write "share": "agent" beside it, which gives each agent a process of its own; or "handshake": "speculative".'
      : 'Write "handshake": "speculative", or leave one address: for instance an agent for each, and "share": "agent".',
  }),
  'endpoint-option-unused': ({ agents }: { agents: readonly string[] }) => ({
    expected: 'a server that no agent has, and that has no address of its own',
    got: `only servers with other addresses, of the agents ${agents.join(', ')}`,
    next: 'The address of --endpoint is not dialled. To try servers elsewhere, add --local, or name a configuration without these agents with --config.',
  }),
  'endpoint-twice': ({ fingerprint }: { fingerprint: string }) => ({
    expected: 'different addresses',
    got: `the address with #${fingerprint} again`,
    next: 'Take it off the list, or correct it: it is used once.',
  }),
};
