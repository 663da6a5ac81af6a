const quoted = (text: string) => JSON.stringify(text);

/** Why a file of keys is not used; `detail` is a place in it, or a word of the system. */
export interface KeyFileTrouble {
  file: string;
  why: 'unreadable' | 'not-json' | 'other-version' | 'record' | 'others-write' | 'other-owner' | 'too-many';
  detail: string;
}

const troubles: Readonly<Record<KeyFileTrouble['why'], (detail: string) => string>> = {
  unreadable: (detail) => `it cannot be read (${detail})`,
  'not-json': () => 'it is no file of keys',
  'other-version': (detail) => `another version of mcp-pipe has written it (${detail})`,
  record: (detail) => `${detail} cannot be understood, or is there twice`,
  'others-write': (detail) => `others may write it (mode ${detail})`,
  'other-owner': (detail) => `it belongs to another user (${detail})`,
  'too-many': (detail) => `it has more than ${detail} keys`,
};

const remedies: Readonly<Record<KeyFileTrouble['why'], (file: string) => string>> = {
  unreadable: (file) => `See that this user may read ${file}.`,
  'not-json': (file) => `Put a copy of it back, or move ${file} away and make all keys anew.`,
  'other-version': () => 'Use that version: mcp-pipe update tells which one is the newest.',
  record: (file) => `Put a copy back, or take that record out of ${file}.`,
  'others-write': (file) =>
    `Run chmod 600 ${file}, and look whether the keys in it are yours: mcp-pipe key list.`,
  'other-owner': (file) => `Run chown on ${file}, or name another one with "keyFile" of "gateway".`,
  'too-many': () =>
    'Revoke those that are not used any more: mcp-pipe key list tells when each was used last.',
};

/** What is wrong with a file of keys, as a sentence. */
export const keyFileTrouble = ({ file, why, detail }: KeyFileTrouble) =>
  `The keys in ${file} are not used: ${troubles[why](detail)}.`;
export const keyFileRemedy = ({ file, why }: Pick<KeyFileTrouble, 'file' | 'why'>) => remedies[why](file);

/** Errors of `mcp-pipe key`. */
export const keyErrors = {
  'key-no-name': ({ action }: { action: string }) => ({
    what: `mcp-pipe key ${action} needs the name of the key.`,
    next: `Call it after who has it: mcp-pipe key ${action} an`,
  }),
  'key-name': ({ length }: { length: number }) => ({
    what: `This is no name for a key: it has ${length} characters, or one of / \\ : * ? < > | @ or a quotation mark, or a space or dot at an end.`,
    next: 'Take 1 to 60 characters, after who has the key: an, team-a.',
  }),
  'key-there': ({ name }: { name: string }) => ({
    what: `There is a key ${quoted(name)} already.`,
    next: `Take another name, or give it a new secret: mcp-pipe key rotate ${name}`,
  }),
  'key-of-configuration': ({ name, file }: { name: string; file: string }) => ({
    what: `${quoted(name)} is a key in "keys" of ${file}, not one of mcp-pipe key.`,
    next: 'Change it there, or take another name.',
  }),
  'key-unknown': ({ name, known }: { name: string; known: readonly string[] }) => ({
    what: `There is no key ${quoted(name)}.`,
    next:
      known.length > 0
        ? `There are ${known.map(quoted).join(', ')}.`
        : 'There are none yet: mcp-pipe key add an',
  }),
  'key-rate': ({ text }: { text: string }) => ({
    what: `${quoted(text)} is no number of calls in a time.`,
    next: 'Write --rate 100/m, 10/s, 1000/h or 5/30s.',
  }),
  'key-expires': ({ text }: { text: string }) => ({
    what: `${quoted(text)} is no time to come.`,
    next: 'Write --expires 90d, 12h, 2w, or a day: 2027-01-01.',
  }),
  'key-options': ({ action, options }: { action: string; options: readonly string[] }) => ({
    what: `${options.join(', ')} ${options.length > 1 ? 'are' : 'is'} not for mcp-pipe key ${action}.`,
    next: 'What a key allows is said when it is added; to change it, revoke it and add it anew.',
  }),
  'key-stdin': () => ({
    what: 'mcp-pipe key hash reads a key from its standard input, and none came.',
    next: 'For instance: openssl rand -hex 32 | tee /dev/stderr | mcp-pipe key hash',
  }),
  'key-characters': () => ({
    what: 'The key has characters that not every client can send, or is longer than a line.',
    next: 'Take letters, digits and signs of an English keyboard, without spaces: openssl rand -hex 32',
  }),
  'key-file': (trouble: KeyFileTrouble) => ({
    what: keyFileTrouble(trouble),
    next: keyFileRemedy(trouble),
  }),
  'key-file-write': ({ file, code }: { file: string; code: string }) => ({
    what: `The keys cannot be written to ${file} (${code}): nothing is changed.`,
    next: 'See that this user may write there, or name another file with --key-file or "keyFile" of "gateway".',
  }),
};
