import type { FindingText, OddCharacter } from '../parts.js';

const odd: Record<OddCharacter, string> = {
  'line-break': 'a line break',
  space: 'a space',
  quote: 'a quotation mark',
};
const tokens = (fingerprints: readonly string[]) => fingerprints.map((one) => `#${one}`).join(', ');
const seconds = (ms: number) => `${Math.ceil(ms / 1_000)} s`;

/** Findings that only `mcp-pipe check` looks for. */
export const checkFindings = {
  // Programs and scripts
  'program-missing': ({
    program,
    install,
    instead,
  }: {
    program: string;
    install: { name: string; url: string } | undefined;
    instead: string | undefined;
  }) => ({
    expected: 'a program on the PATH of the server',
    got: `${program}, which is not there`,
    next: instead
      ? `Write "command": "${instead}", which is there.`
      : `${install ? `Install ${install.name} from ${install.url}` : 'Install it, correct its name'}, or give its absolute path as "command".`,
  }),
  'program-file-missing': ({ file }: { file: string }) => ({
    expected: 'a program',
    got: `${file}, which does not exist`,
    next: 'Correct the path; one that begins with ./ is relative to the folder of the server.',
  }),
  'program-is-folder': ({ file }: { file: string }) => ({
    expected: 'a program',
    got: `${file}, which is a folder`,
    next: 'Name the program inside it.',
  }),
  'program-not-executable': ({ file }: { file: string }) => ({
    expected: 'a file that may be executed',
    got: `${file}, which may not`,
    next: 'Run chmod +x on it, or name its interpreter as "command" and the file in "args".',
  }),
  'script-missing': ({ file }: { file: string }) => ({
    expected: 'a script',
    got: `${file}, which does not exist`,
    next: 'Correct the path; it is relative to "cwd", or else to the folder of the configuration.',
  }),

  // Tokens
  'token-odd-character': ({ odd: which }: { odd: OddCharacter }) => ({
    expected: 'a token without spaces, line breaks and quotation marks',
    got: `${odd[which]} inside it`,
    next: 'Copy the whole address again, in one piece and on one line.',
  }),
  'token-is-address': () => ({
    expected: 'a token behind token=',
    got: 'a whole address',
    next: 'Write into the variable what stands behind token= in the address that you copied, or make the variable the whole "endpoint".',
  }),
  'token-damaged': ({ length }: { length: number }) => ({
    expected: 'a whole token: three parts with dots between them',
    got: `a token of ${length} characters that cannot be read`,
    next: 'It was probably cut off: copy the whole address again.',
  }),
  'token-expired': ({ date, fingerprint }: { date: string; fingerprint: string }) => ({
    expected: 'a token that is still valid',
    got: `#${fingerprint}, which says that it expired on ${date}`,
    next: 'An endpoint may refuse it: copy a new address from the console of the endpoint.',
  }),
  'token-expires-soon': ({
    date,
    fingerprint,
    days,
  }: {
    date: string;
    fingerprint: string;
    days: number;
  }) => ({
    expected: 'a token that is valid for more than a week',
    got: `#${fingerprint}, which expires on ${date} (${days === 1 ? 'within a day' : `in ${days} days`})`,
    next: 'Copy a new address from the console of the endpoint before that day.',
  }),
  'same-agent': ({
    fingerprints,
    servers,
  }: {
    fingerprints: readonly string[];
    servers: readonly string[];
  }) => ({
    expected: 'tokens of different agents',
    got: `${fingerprints.length} tokens (${tokens(fingerprints)}) of one agent, for ${servers.join(', ')}`,
    next: 'An agent serves one or two connections, whichever token opens them: copy the address of another agent.',
  }),
  'same-account': ({
    fingerprints,
    servers,
    limit,
  }: {
    fingerprints: readonly string[];
    servers: readonly string[];
    limit: number;
  }) => ({
    expected: `at most ${limit} agents of one account at work`,
    got: `${fingerprints.length} tokens (${tokens(fingerprints)}) of one account, for ${servers.join(', ')}`,
    next: `The cloud is said to allow an account ${limit} conversations at once: more of them may be dropped now and then.`,
  }),
  'secret-placeholder': ({ name, isEmpty }: { name: string; isEmpty: boolean }) => ({
    expected: `a real value of ${name}`,
    got: isEmpty ? 'an empty text' : 'a placeholder',
    next: 'Put your own value there, or remove it if the server needs none.',
  }),

  // Secrets in files
  'endpoint-unencrypted': ({ host }: { host: string }) => ({
    expected: 'wss:// for an address on the internet',
    got: `ws:// to ${host}`,
    next: 'Everybody on the way can read the token: write wss://, if the endpoint offers it.',
  }),
  'file-readable-by-others': ({ mode, file }: { mode: string; file: string }) => ({
    expected: 'a secret that only you can read',
    got: `permissions ${mode}`,
    next: `Run: chmod 600 ${file}`,
  }),
  'env-file-tracked': () => ({
    expected: 'secrets outside of git',
    got: 'a file that git keeps',
    next: 'Run git rm --cached on it, write its name into .gitignore, and get new tokens: the old ones stay in the history.',
  }),
  'env-file-not-ignored': () => ({
    expected: 'a file that git ignores',
    got: 'one that the next git add takes',
    next: 'Write its name into .gitignore.',
  }),
  'token-in-git': ({ variable }: { variable: string }) => ({
    expected: 'no token in a file that git keeps',
    got: 'a token',
    next: `Write \${${variable}} in its place, and ${variable}=… into .env; get a new token, for the old one stays in the history.`,
  }),
  'endpoint-hidden': ({ used, hidden, envFile }: { used: string; hidden: string; envFile: string }) => ({
    expected: `the token of ${envFile} (#${hidden})`,
    got: `#${used}, set in the environment, which counts more`,
    next: 'Unset the variable (unset MCP_ENDPOINT), or correct the file.',
  }),

  // The container
  'compose-env-file-missing': ({ file }: { file: string }) => ({
    expected: 'the file that env_file names',
    got: `${file}, which does not exist`,
    next: 'Create it (.env.example is a beginning): docker compose does not start without it.',
  }),
  'compose-no-endpoint': ({ variable, hasEnvFile }: { variable: string; hasEnvFile: boolean }) => ({
    expected: `env_file, or ${variable} under environment`,
    got: 'neither, so the container has no endpoint',
    next: hasEnvFile
      ? 'Write env_file: .env into the service.'
      : `Write ${variable}=… into a file .env beside it, and env_file: .env into the service.`,
  }),
  'compose-other-endpoint': ({ here, there, from }: { here: string; there: string; from: string }) => ({
    expected: `the same token as outside of the container (#${here}, from ${from})`,
    got: `#${there}`,
    next: 'Correct the older one of the two; or ignore this, when two agents are meant.',
  }),
  'compose-mount-missing': ({ source }: { source: string }) => ({
    expected: 'a file to mount',
    got: `${source}, which does not exist`,
    next: 'Create it first: docker makes an empty folder of that name instead.',
  }),
  'compose-not-mounted': ({ file }: { file: string }) => ({
    expected: 'a volume that brings the configuration into the container',
    got: 'none',
    next: `Add to volumes: ${file}:/app/mcp_config.json:ro`,
  }),
  'compose-short-grace': ({ graceMs, neededMs }: { graceMs: number; neededMs: number }) => ({
    expected: `stop_grace_period of at least ${seconds(neededMs)}`,
    got: seconds(graceMs),
    next: `Write stop_grace_period: ${Math.ceil(neededMs / 1_000 / 10) * 10}s, or docker kills the servers while calls are being finished.`,
  }),
} satisfies Record<string, (params: never) => FindingText>;
