/** Words of the settings, and of the form that asks for the key. */
export const settings = {
  about: 'Of this page on this device only.',
  key: 'Key',
  keyInUse: ({ fingerprint, canWrite }: { fingerprint: string; canWrite: boolean }) =>
    canWrite
      ? `Signed in with key ${fingerprint}; may restart and call.`
      : `Signed in with key ${fingerprint}; may read, not act.`,
  noKey: 'mcp-pipe asks for no key here, for the page is only reachable from this machine.',
  forget: 'Forget it on this device',
  language: 'Language',
  languages: { en: 'English', vi: 'Tiếng Việt' },
  languageAbout: 'The words of the page, and those that mcp-pipe tells it.',
  theme: 'Theme',
  themes: { system: 'As the system', light: 'Light', dark: 'Dark' },
  shortcuts: 'Keys of the keyboard',
  shortcutsAbout: 'Single keys, outside of fields.',
  keys: {
    find: 'find a server',
    next: 'next fault',
    all: 'all keys',
    close: 'close a dialog',
  },
  turnOn: 'Turn on',
  turnOff: 'Turn off',
  form: {
    head: 'This page needs its key',
    about: 'mcp-pipe printed a link with the key when it started.',
    where: 'The command mcp-pipe ui prints it again.',
    label: 'Key',
    open: 'Open',
    empty: 'Write the key first.',
    failed: 'mcp-pipe does not answer. Try again when it runs.',
  },
};
