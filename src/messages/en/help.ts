import { modes } from './link-kinds.js';

/** The texts of `--help` and of errors in a command line. Loaded only when one of them is printed. */
export const help = {
  headings: {
    'Usage:': 'Usage:',
    'Arguments:': 'Arguments:',
    'Options:': 'Options:',
    'Commands:': 'Commands:',
  },
  choices: (list: string) => `choices: ${list}`,
  defaultIs: (value: string) => `default: ${value}`,

  wrong: {
    argumentMissing: (name: string) => `the argument <${name}> is missing`,
    valueMissing: (option: string) => `the option ${option} needs a value`,
    unknownOption: (option: string) => `unknown option ${option}`,
    unknownCommand: (name: string) => `unknown command ${name}`,
    tooMany: (most: number, given: number) =>
      `too many arguments: ${given} ${given === 1 ? 'was' : 'were'} given, at most ${most} ${most === 1 ? 'is' : 'are'} expected`,
    optionValue: (option: string, value: string) => `${option} does not take "${value}"`,
    argumentValue: (name: string, value: string) => `<${name}> does not take "${value}"`,
    oneOf: (choices: string) => `expected one of: ${choices}`,
    wholeNumber: (least: number, most: number) => `expected a whole number from ${least} to ${most}`,
    duration: 'expected a duration such as 30s, 5m or 1h',
    closeCode: 'expected a WebSocket close code that may be sent, such as 1008 or 4004',
    notWith: (option: string, command: string) => `the option ${option} does not go with ${command}`,
    didYouMean: (names: string) => `Did you mean ${names}?`,
    seeHelp: (command: string) => `${command} --help shows what is possible.`,
    error: (what: string) => `error: ${what}`,
  },

  options: {
    config: 'configuration file (default: $MCP_CONFIG, then ./mcp_config.json)',
    envFile: 'file with environment variables (default: .env beside the configuration)',
    lang: 'language of findings, answers and the log: en or vi (default: from LC_ALL, LC_MESSAGES, LANG)',
    mode: `how servers are put on connections: ${Object.entries(modes)
      .map(([mode, does]) => `${mode} ${does}`)
      .join(', ')} (default: "mode" of the configuration)`,
    rotateEvery: 'how long each turn lasts: 30s, 5m, 1h (default: "rotateEveryMs"); means --mode rotate',
    noProxy: 'dial endpoints directly, whatever HTTPS_PROXY, HTTP_PROXY and ALL_PROXY say',
    control: 'control socket of the running daemon (env MCP_PIPE_CONTROL)',
    logLevel: 'how much to log (env MCP_PIPE_LOG_LEVEL; default info)',
    logFormat: 'pretty or json (env MCP_PIPE_LOG_FORMAT; default: pretty on a terminal)',
    debug: 'show where in the program an error came from',
    noLive: 'on a terminal, too: no lines that change in place, only the log',
    help: 'print this help',
    yes: 'ask nothing',
  },

  main: {
    about: 'Keeps MCP servers connected to WebSocket endpoints, and says truthfully why one is down.',
    version: 'print the versions of mcp-pipe, Node.js and MCP',
    target:
      'a configured server, a script (.js .mjs .cjs .ts .py) or an executable; default: every enabled server',
    endpoint: 'endpoint of servers without one; a token is safer in MCP_ENDPOINT or .env',
    local: 'connect to an embedded endpoint instead of a real one; needs no token',
    port: 'port of the embedded endpoint; 0 takes a free one',
    exitWhenAllFailed: 'exit with 1 when no link works, instead of trying for ever',
    more: `
Examples:
  mcp-pipe                                   every enabled server of mcp_config.json
  mcp-pipe calculator                        one configured server
  mcp-pipe examples/calculator.js            one script, no configuration needed
  mcp-pipe -- npx -y @modelcontextprotocol/server-memory
                                             any command
  mcp-pipe --local examples/calculator.js    the same on an embedded endpoint, without a token
  mcp-pipe --rotate-every 5m                 servers that share a token take turns of five minutes
  mcp-pipe demo                              see it work
  mcp-pipe check                             what would be started, and what is wrong with it
  mcp-pipe leases                            who holds which token's connections, and who waits
  mcp-pipe probe                             how many connections the token allows

The endpoint of a server is the first of: "endpoint" in the configuration, env.MCP_ENDPOINT there,
MCP_ENDPOINT_<NAME>, --endpoint, MCP_ENDPOINT. Write it into a file called .env:
  MCP_ENDPOINT=wss://api.xiaozhi.me/mcp/?token=...

Exit codes: 0 stopped in good order, 1 failed while running, 2 wrong usage or configuration, 130 interrupted.
`,
  },

  init: {
    about: 'Writes mcp_config.json and .env: asks on a terminal, else goes by these options.',
    endpoint: 'the endpoint of all servers; goes to .env',
    server: 'calculator, memory, filesystem=FOLDER, or NAME="COMMAND ARGS" (repeatable)',
    import: 'take the servers of Claude Desktop, VS Code, xiaozhi-client, ... (repeatable)',
    dir: 'where to write; default: here',
    keepSecretsInline: 'leave imported secrets in the configuration, instead of .env',
    more: `
Examples:
  mcp-pipe init                              two or three questions
  mcp-pipe init --yes --server calculator --server filesystem=./notes
  mcp-pipe init --yes --server 'clock=uvx mcp-server-time'
  mcp-pipe init --yes --import ~/.cursor/mcp.json
  mcp-pipe init --yes --endpoint "wss://api.xiaozhi.me/mcp/?token=..." --server memory

Nothing is overwritten: with a mcp_config.json there it ends with 2. A .env that is there stays as it is.
`,
  },

  add: {
    about: 'Adds a server to the configuration, whose comments and order stay.',
    name: 'the name of the new server',
    endpoint: 'its own endpoint; one with a token goes to .env, not into the configuration',
    env: 'a variable for it; secrets go to .env (repeatable)',
    cwd: 'the folder to start it in',
    disabled: 'add it without starting it',
    force: 'replace the server of that name',
    keepSecretsInline: 'write secrets into the configuration itself',
    more: `
Examples:
  mcp-pipe add memory -- npx -y @modelcontextprotocol/server-memory
  mcp-pipe add calc --endpoint "wss://api.xiaozhi.me/mcp/?token=..." -- node calculator.js
                                             its token goes to .env as MCP_ENDPOINT_CALC
  mcp-pipe add search --env API_KEY=... -- uvx some-search-server
                                             so does the key; the configuration says \${API_KEY}
`,
  },

  remove: {
    about: 'Removes a server from the configuration, whose comments and order stay.',
    server: 'the name of the server',
    more: `
Examples:
  mcp-pipe remove memory
  mcp-pipe remove memory --config other.json
`,
  },

  check: {
    about: 'Shows what would be started and everything wrong with it. Dials nothing, starts nothing.',
    target: 'a configured server or a script; default: every enabled server',
    endpoint: 'endpoint of servers without one',
    json: 'print JSON for programs',
    strict: 'exit with 1 when there are warnings',
    more: `
Examples:
  mcp-pipe check                             every enabled server of mcp_config.json
  mcp-pipe check calculator --lang vi        one server, explained in Vietnamese
  mcp-pipe check --mode pipe                 the same, each server on a connection of its own
  mcp-pipe check --rotate-every 5m           the same, one at a time for each token
  mcp-pipe check --json --strict             for scripts

Exit codes: 0 no errors; 1 warnings, with --strict; 2 errors.
`,
  },

  tools: {
    about: 'Lists the tools of one or all configured servers: of the running mcp-pipe, or started for it.',
    server: 'a configured server or a script; default: every enabled server',
    json: 'print the list as the server gave it',
    timeout: 'how long a server may take to answer',
    more: `
Examples:
  mcp-pipe tools                             the tools of every enabled server
  mcp-pipe tools calculator                  of one
  mcp-pipe tools examples/calculator.js      of a script, no configuration needed
  mcp-pipe tools -- npx -y @modelcontextprotocol/server-memory
                                             of any command
Needs no endpoint and no token. A star marks the arguments that a tool cannot do without.
`,
  },

  call: {
    about: 'Calls one tool of a server: of the running mcp-pipe, or started for it.',
    server: 'a configured server or a script; left out when a command stands behind --',
    tool: 'name of the tool',
    arguments: 'key=value, key:=json, one JSON object, or - for stdin',
    json: 'print the result as the server gave it',
    out: 'save images, audio and resources there',
    timeout: 'cancel the call after this',
    more: `
Examples:
  mcp-pipe call calculator calculate expression='6 * 7'
                                             values are read as the tool's schema types them
  mcp-pipe call calculator calculate '{"expression": "6 * 7"}'
                                             all arguments as one JSON object
  mcp-pipe call memory create_entities entities:='[{"name": "An", "entityType": "person", "observations": []}]'
                                             := takes a value as JSON
  echo '{"expression": "1 + 1"}' | mcp-pipe call calculator calculate -
                                             arguments from stdin
  mcp-pipe call calculate expression=1+1 -- node examples/calculator.js
                                             a command; SERVER is left out

Needs no endpoint and no token. Ctrl-C cancels the call.
Exit codes: 0 the tool answered, 1 it answered with an error or failed, 2 wrong usage, 130 interrupted.
`,
  },

  health: {
    about:
      'Asks the running mcp-pipe of this configuration how each link is. Exits with 1 when none can work.',
    json: 'print what the daemon says as JSON',
    more: `
Examples:
  mcp-pipe health                            one line per link, and one per server of those with several
  mcp-pipe health --json                     the same for programs
  mcp-pipe health --lang vi                  in Vietnamese
  HEALTHCHECK CMD ["mcp-pipe", "health"]     in a Dockerfile

Healthy means: at least one link works, or may still come to work. Exit codes: 0 healthy, 1 every link has failed
three times in a row, or no daemon answers within 3 s.
`,
  },

  leases: {
    about: 'Lists who holds the connections of which token on this machine, and which links wait.',
    json: 'print the list for programs',
    more: `
Examples:
  mcp-pipe leases                            who holds which connection, and which links of ./mcp_config.json wait
  mcp-pipe leases --json                     the same for programs
  mcp-pipe leases --lang vi                  in Vietnamese

Every mcp-pipe of one user on one machine respects the others: a token has at most "connectionsPerToken" connections,
whichever copy has them. Tokens are shown by their fingerprint, as mcp-pipe check prints it behind #. A lease is left behind
when its process has gone without giving it back; whoever wants it next takes it over.
`,
  },

  probe: {
    about: 'Finds out how many connections a token allows, by opening idle ones one by one.',
    tokenOf: 'the token of that server; default: the only one there is',
    endpoint: 'an address instead',
    max: 'open no more than this, 1 to 4',
    watch: 'how long to watch what the endpoint does after each',
    yes: 'do not ask first',
    json: 'print the result for programs',
    more: `
Examples:
  mcp-pipe probe                             the only token of the configuration
  mcp-pipe probe --token-of calculator       the token of one server
  mcp-pipe probe --endpoint "wss://…"        an address that stands in no file
  mcp-pipe probe --max 2 --yes --json        for programs

It starts no server, and stops when a running mcp-pipe uses the token. Connections are closed in order, newest first.
Whatever else uses the token, on another machine for instance, may be interrupted, and is counted in.

Exit codes: 0 the limit was found, or is not below --max; 1 it could not be found, or the token is in use; 2 wrong
usage, or no terminal to ask on and no --yes; 130 not confirmed, or interrupted.
`,
  },

  endpoint: {
    about:
      'Runs the embedded endpoint alone: servers connect to /mcp/, callers to /call/ by WebSocket or to /call/<token> by HTTP.',
    host: 'address to listen on',
    port: 'port to listen on; 0 takes a free one',
    connectionsPerToken: 'how many servers one token may connect',
    whenFull: 'what happens to one server too many',
    token: 'accept only these tokens (others are closed with 1008)',
    initializeTimeout: 'close with 4004 when initialize is unanswered; 0 waits for ever',
    delay: 'deliver every message to a server that much later',
    dropAfter: 'cut every connection after that long, without a close frame',
    refuse: 'accept, then close with this code, for instance 1008',
    reject: 'answer with this HTTP status instead, for instance 401',
    silent: 'accept, then never say anything',
    more: `
Examples:
  mcp-pipe endpoint                          listen on 127.0.0.1:8765
  mcp-pipe endpoint --connections-per-token 1
                                             one server per token, 4004 for the next, as real endpoints do
  mcp-pipe endpoint --reject 401             turn everybody away at the door
  MCP_ENDPOINT=ws://127.0.0.1:8765/mcp/?token=test mcp-pipe calculator.js
                                             a server for it, from another terminal; MCP clients that speak Streamable HTTP find it at http://127.0.0.1:8765/call/test
`,
  },

  demo: {
    about:
      'Pipes real MCP servers to the embedded endpoint, lists their tools and calls one. Needs no token.',
    more: `
Examples:
  mcp-pipe demo                              every server that is installed
  mcp-pipe demo --log-level info             with the log of what happens inside
`,
  },

  completion: {
    about: 'Prints a script that completes commands, options and server names in your shell.',
    shell: 'your shell',
    more: `
Examples, each to be run once; new terminals complete from then on:
  mcp-pipe completion bash >> ~/.bash_completion
                                             with the package bash-completion installed
  echo 'eval "$(mcp-pipe completion bash)"' >> ~/.bashrc
                                             without it
  echo 'eval "$(mcp-pipe completion zsh)"' >> ~/.zshrc
                                             after compinit, where there is one
  mcp-pipe completion fish > ~/.config/fish/completions/mcp-pipe.fish
`,
  },
};
