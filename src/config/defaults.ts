import { INSTANCE_SETTINGS } from './instance-defaults.js';
import { LIMITS, MEMORY_SETTINGS } from './limits-defaults.js';
import { REMOTE_SETTINGS } from './remote-defaults.js';

/** Unit of a setting. */
export type Unit = 'ms' | 'bytes' | 'servers' | 'times' | 'tools' | 'connections' | 'calls' | 'memory';

/** One number of mcp-pipe. The loader, the JSON Schema and docs/configuration.md read it from here. */
export interface Setting {
  default: number;
  unit: Unit;
  /** Smallest value allowed: a smaller one would use all CPU time, or never work. */
  least: number;
  /** What the number is, in one sentence. */
  means: string;
  /** Why the default is what it is, in one sentence. */
  why: string;
}

/** Every number of mcp-pipe with its unit and its reason. `settings` in mcp_config.json overrides any of them. */
// D116
export const SETTINGS = {
  minDelayMs: {
    default: 1_000,
    unit: 'ms',
    least: 10,
    means: 'The first wait before a lost connection or server is tried again.',
    why: 'Short enough that a short outage is hardly noticed.',
  },
  maxDelayMs: {
    default: 600_000,
    unit: 'ms',
    least: 10,
    means: 'The longest wait before the next try; waits double until they reach it.',
    why: 'The scripts that mcp-pipe replaces also wait ten minutes at most.',
  },
  stableAfterMs: {
    default: 10_000,
    unit: 'ms',
    least: 0,
    means:
      'A connection that lives this long, with initialize answered, starts again from the shortest wait.',
    why: 'An open socket alone proves nothing: endpoints accept first and refuse afterwards.',
  },
  dialTimeoutMs: {
    default: 10_000,
    unit: 'ms',
    least: 100,
    means: 'How long opening a connection may take.',
    why: 'The cloud gives up on initialize after about 10 s; a dial that takes longer is a fault, too.',
  },
  initializeTimeoutMs: {
    default: 180_000,
    unit: 'ms',
    least: 100,
    means: 'How long a server may take to answer initialize before it is started again.',
    why: 'Cold npx and uvx downloads take minutes on a small VPS.',
  },
  initializeWarnMs: {
    default: 10_000,
    unit: 'ms',
    least: 100,
    means: 'After this long without an answer to initialize the log says so, and repeats it.',
    why: 'Most servers answer within seconds; a longer wait needs an explanation.',
  },
  maxParallelStarts: {
    default: 0,
    unit: 'servers',
    least: 0,
    means:
      'Servers that may be starting at once; 0: twice the cores, more as long as they are ready within a quarter of a second, and no more than there is memory for.',
    why: 'Two hundred that start in milliseconds need not wait for each other; of those that npx starts, more at once only slow each other down.',
  },
  startSlotMs: {
    default: 5_000,
    unit: 'ms',
    least: 0,
    means: 'A server that needs longer than this to start lets the next one begin.',
    why: 'It waits for a download by then, not for the processor.',
  },
  holdTimeoutMs: {
    default: 8_000,
    unit: 'ms',
    least: 0,
    means: 'How long a call may wait for a server that is being started again.',
    why: "Below the cloud's 10 s, so that the caller gets a reason, not a timeout.",
  },
  keepaliveIntervalMs: {
    default: 20_000,
    unit: 'ms',
    least: 100,
    means: 'How often a WebSocket ping is sent.',
    why: 'The interval of comparable programs, and below the 30-60 s idle limits of common proxies.',
  },
  keepaliveTimeoutMs: {
    default: 20_000,
    unit: 'ms',
    least: 100,
    means: 'After a ping, no pong and no other traffic for this long means that the socket is half-open.',
    why: 'As long as the interval: a lost connection is found within a minute.',
  },
  deafAfterMs: {
    default: 60_000,
    unit: 'ms',
    least: 1_000,
    means: 'The shortest silence that may count as deafness: an open socket that the endpoint has forgotten.',
    why: 'The real bound is learned for each link; this keeps a quiet start from counting.',
  },
  deafFactor: {
    default: 3,
    unit: 'times',
    least: 1,
    means: 'Silence longer than this many times the longest one ever seen is deafness.',
    why: 'A single late ping of the endpoint is no reason to dial again.',
  },
  unaskedAfterMs: {
    default: 180_000,
    unit: 'ms',
    least: 0,
    means:
      'A connection on which the endpoint has asked nothing at all is renewed once after this long; 0 for never.',
    why: 'The self-hosted endpoint forgets a connection that replaced another one. Three minutes are short for a user who waits for a tool, and one more dial is nothing to an endpoint that is merely idle.',
  },
  drainTimeoutMs: {
    default: 10_000,
    unit: 'ms',
    least: 0,
    means:
      'Calls in flight may take this long to finish, and their answers to arrive, when mcp-pipe stops or closes a connection.',
    why: 'Most calls need less, and a longer wait looks like a program that hangs.',
  },
  endTimeoutMs: {
    default: 2_000,
    unit: 'ms',
    least: 0,
    means: 'How long a server may take to exit after its stdin ended, before SIGTERM.',
    why: 'A well-behaved server exits at once.',
  },
  termTimeoutMs: {
    default: 3_000,
    unit: 'ms',
    least: 0,
    means: 'How long a server may take to exit after SIGTERM, before SIGKILL.',
    why: 'Long enough to write a file, and short enough to wait for.',
  },
  strayTimeoutMs: {
    default: 3_000,
    unit: 'ms',
    least: 0,
    means:
      'How long processes that a server has started outside of its process group may take to exit after SIGTERM, before SIGKILL (Linux); 0 leaves them running.',
    why: 'The same time as for the server itself.',
  },
  closeTimeoutMs: {
    default: 2_000,
    unit: 'ms',
    least: 0,
    means: 'How long the closing handshake of a WebSocket may take (RFC 6455 §7.1.1).',
    why: 'One round trip, with room for a slow network.',
  },
  maxFrameBytes: {
    default: 64 * 1024 * 1024,
    unit: 'bytes',
    least: 1_024,
    means: 'Largest message in either direction; a larger one is answered with an error.',
    why: 'Room for images and files in base64, yet bounded.',
  },
  maxQueuedBytes: {
    default: 4 * 1024 * 1024,
    unit: 'bytes',
    least: 0,
    means: 'Bytes that may wait on a link before its sender is made to wait.',
    why: 'Enough to keep both sides busy, little enough for hundreds of links.',
  },
  ...REMOTE_SETTINGS,
  ...{ ...INSTANCE_SETTINGS, ...MEMORY_SETTINGS },
  connectionsPerToken: {
    default: 1,
    unit: 'connections',
    least: 1,
    means:
      'How many connections one token has at most, and over how many the servers that share it are spread. Of links that ask for more, those of the highest "priority" are connected.',
    why: 'The cloud closes more than one or two with 4004; the self-hosted endpoint forgets all but one.',
  },
  connectionsPerAccount: {
    default: 0,
    unit: 'connections',
    least: 0,
    means:
      'How many connections the servers of one "accountGroup" may have together; 0 for any number. With a number, tokens that name the same user are a group by themselves.',
    why: 'No limit of an account is known for sure; the cloud mentions two conversations at once.',
  },
  callTimeoutMs: {
    default: 290_000,
    unit: 'ms',
    least: 100,
    means:
      'How long a call may take: to one of several servers on a connection, its caller gets an error then; a server that answers neither its calls nor a ping is never restarted before.',
    why: 'Just below the 300 s after which the cloud gives up, so that the caller gets a reason.',
  },
  callWarnMs: {
    default: 10_000,
    unit: 'ms',
    least: 0,
    means:
      'A call that is unanswered for this long is named in the log, once, and the server is pinged; 0 for no such line.',
    why: 'Most tools answer within seconds; a longer wait needs an explanation.',
  },
  restartAfterCalls: {
    default: 1,
    unit: 'calls',
    least: 0,
    means:
      'A server with at least so many unanswered calls, the oldest of them past "callTimeoutMs", that does not answer a ping either, is started again; 0 never does that.',
    why: 'By then no caller waits for the answer any more, and without a restart no later call is answered either.',
  },
  serverPingTimeoutMs: {
    default: 30_000,
    unit: 'ms',
    least: 100,
    means:
      'How long a server that owes answers may take to answer a ping of mcp-pipe before it counts as silent.',
    why: 'A server that lives answers within milliseconds; a machine under load may need seconds.',
  },
  gatherTimeoutMs: {
    default: 5_000,
    unit: 'ms',
    least: 0,
    means: 'How long a list of several servers waits for those that are still being started.',
    why: 'Half of what endpoints wait for; servers that are ready later are announced.',
  },
  listChangedDelayMs: {
    default: 250,
    unit: 'ms',
    least: 0,
    means: 'Changes of a list within this time are announced as one.',
    why: 'Servers announce up to five in a row while they start.',
  },
  listChangeWaitMs: {
    default: 5_000,
    unit: 'ms',
    least: 100,
    means:
      'How long an endpoint has to ask for a list that has changed, before its connection is closed and made anew, between two calls ("onListChange").',
    why: 'Clients that heed the notification ask at once. An endpoint that was seen to ignore it is not waited for, one that was seen to heed it six times as long.',
  },
  listRenewalEveryMs: {
    default: 30_000,
    unit: 'ms',
    least: 1_000,
    means:
      'Changed lists are a reason for a new connection this often at most; twice as seldom each time that one had to wait, up to 15 min.',
    why: 'A person who edits servers sees each change within half a minute, and a server that changes its list every second costs few dials.',
  },
  toolsPerPage: {
    default: 0,
    unit: 'tools',
    least: 0,
    means: 'How many tools one page of the list of several servers holds; 0 for all of them.',
    why: 'Some endpoints read the first page only.',
  },
  maxTools: {
    default: 0,
    unit: 'tools',
    least: 0,
    means:
      'How many tools of several servers are shown at most, in the order of the configuration; 0 for all of them.',
    why: 'No bound is known for sure; models choose worse among many.',
  },
  maxToolListBytes: {
    default: 0,
    unit: 'bytes',
    least: 0,
    means: 'A list of tools longer than this is reported, with the largest tools by name; 0 for never.',
    why: 'What is too long depends on the model behind the endpoint.',
  },
  maxListBytes: {
    default: 16 * 1024 * 1024,
    unit: 'bytes',
    least: 1_024,
    means:
      'How long the tools, prompts or resources of one of several servers may be over all pages; later pages are left out.',
    why: 'A hundred times the longest list that was seen; some servers never come to an end.',
  },
  maxResultBytes: {
    default: 0,
    unit: 'bytes',
    least: 0,
    means: 'The text of a longer tool result is cut, and says so; 0 for never.',
    why: 'The cloud once took 8192 bytes; the present bound is not known.',
  },
  rotateEveryMs: {
    default: 300_000,
    unit: 'ms',
    least: 100,
    means: 'In mode rotate, how long each server has the connection before the next one gets it.',
    why: 'Long enough for a conversation; the servers of a token are waited for as long as all turns before theirs.',
  },
  rotateBusyMs: {
    default: 60_000,
    unit: 'ms',
    least: 0,
    means:
      'In mode rotate, how long calls that run at the end of a turn, and the sending of their answers, may go on.',
    why: 'Most calls need less, and the other servers wait meanwhile.',
  },
  rotateKeepMs: {
    default: 30_000,
    unit: 'ms',
    least: 0,
    means: 'In mode rotate, a server whose next turn comes within this time is not stopped in between.',
    why: 'Stopping frees its memory; to start it again so soon costs more than that is worth.',
  },
  loginWarnMs: {
    default: 259_200_000,
    unit: 'ms',
    least: 0,
    means: 'How long before its end status and alerts warn of a login that cannot be renewed by itself.',
    why: 'Three days: a weekend passes before somebody looks.',
  },
  idleParkMs: {
    default: 0,
    unit: 'ms',
    least: 0,
    means:
      'A server that has had no call for this long is parked: stopped until the next call; 0 for never, or ten minutes with "start": "demand".',
    why: 'Saves memory where many servers are seldom used, and costs the first call a start.',
  },
} as const satisfies Readonly<Record<string, Setting>>;

export type SettingName = keyof typeof SETTINGS;

/** The value of every setting, in the unit of its entry in SETTINGS. */
export type Settings = { [Name in SettingName]: number };

/** The default of every setting. */
export const defaults = Object.fromEntries(
  Object.entries(SETTINGS).map(([name, setting]) => [name, setting.default]),
) as Readonly<Settings>;

/** setTimeout fires at once when its delay is longer than these milliseconds. */
const LARGEST: Partial<Record<Unit, number>> = { ms: 2 ** 31 - 1, memory: LIMITS.mostMemory };
/** 1 GiB, for settings in bytes: JavaScript cannot hold longer texts. */
const LARGEST_NUMBER = 1024 ** 3;

/** The largest value of a setting in that unit. */
export function largest(unit: Unit): number {
  return LARGEST[unit] ?? LARGEST_NUMBER;
}
