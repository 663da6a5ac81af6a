import { time } from './numbers.js';
import { list, meantOr } from './target-errors.js';

/** Errors about the running mcp-pipe, its control socket and its log. */
export const daemonErrors = {
  'daemon-not-running': ({ why, paths }: { why: string | undefined; paths: readonly string[] }) => ({
    what: `No running mcp-pipe answers for this configuration: ${why ?? 'nothing listens there'} (${paths.join(', ')}).`,
    next: 'To start it: mcp-pipe start -d. If it runs: type this in the folder of its configuration, or with its --config, as the same user.',
  }),
  'daemon-silent': ({ timeoutMs }: { timeoutMs: number }) => ({
    what: `The running mcp-pipe did not answer within ${time(timeoutMs)}.`,
    next: 'It is busy or hangs; its log may say why.',
  }),
  'daemon-refuses': ({ message }: { message: string | undefined }) => ({
    what: `The running mcp-pipe cannot say: ${message ?? 'it sent no report'}`,
    next: 'It may be of another version: start it again.',
  }),
  'daemon-gone': () => ({
    what: 'The running mcp-pipe ended before it answered.',
    next: 'Start it again with mcp-pipe; its log says why it ended.',
  }),
  'unknown-name': ({
    name,
    meant,
    known,
  }: {
    name: string;
    meant: readonly string[];
    known: readonly string[];
  }) => ({
    what: `The running mcp-pipe has no server, link or agent ${name}; it has ${list(known, 'none')}.`,
    next: meantOr(meant, 'mcp-pipe status shows how each of them is.'),
  }),
  'since-unclear': ({ text }: { text: string }) => ({
    what: `--since does not take "${text}".`,
    next: 'Write how long ago (30s, 10m, 2h, 1d) or a time such as 2026-01-31T14:00.',
  }),
  'stdio-nothing': () => ({
    what: 'The configuration has no server for a client without an agent: each belongs to an agent alone.',
    next: 'Name the agent with --agent.',
  }),
  'runs-already': ({ pid, at }: { pid: number | undefined; at: string | undefined }) => ({
    what: `One mcp-pipe already runs with this configuration${pid === undefined ? '' : ` (pid ${pid}${at === undefined ? '' : `, since ${at}`})`}.`,
    next: 'A changed configuration is taken over with mcp-pipe reload. To start anew without losing a call: this command with --take-over.',
  }),
  'log-file-refused': ({ file, message }: { file: string; message: string }) => ({
    what: `The log file ${file} cannot be written: ${message}`,
    next: 'Name another one with --log-file, in a folder that you may write to.',
  }),
  'only-with-detach': ({ option }: { option: string }) => ({
    what: `${option} only goes with -d: without it mcp-pipe runs here, and writes a log.`,
    next: 'Add -d, or leave it out; --log-format json writes the log as JSON.',
  }),
  'control-path-long': ({ path, bytes, most }: { path: string; bytes: number; most: number }) => ({
    what: `The path of the control socket has ${bytes} bytes, and a socket's may have ${most}: ${path}`,
    next: 'Name a shorter one with --control or MCP_PIPE_CONTROL, for instance /run/mcp-pipe/control.sock.',
  }),
  'control-not-ours': ({ folder }: { folder: string }) => ({
    what: `${folder} belongs to another user`,
    next: 'Name another path with --control.',
  }),
  'control-refused': ({ path, code }: { path: string; code: string }) => ({
    what: `${path} cannot be made (${code})`,
    next: 'Name a path in a folder that can be written with --control or MCP_PIPE_CONTROL.',
  }),
  'control-taken': ({ path }: { path: string }) => ({
    what: `another mcp-pipe with this configuration already listens at ${path}`,
    next: 'Stop one of the two, or give this one a path of its own with --control.',
  }),
  'tls-files': ({
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
    what:
      file === ''
        ? `the certificate ${cert} and the key ${key} cannot be used: ${reason}`
        : `${file} cannot be read (${reason})`,
    next: "Both files have to be in PEM, to belong together, and to be readable for this user; the key without a password. Certificates of Let's Encrypt are fullchain.pem and privkey.pem.",
  }),
};
