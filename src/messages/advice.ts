/** What to do, where a command does it: log and status page say the same, and the page shows the command apart. */
export interface Advice {
  /** As the log says it, with the command. */
  text: string;
  /** Without the command, one or two whole sentences. */
  do: string;
  /** The command, to be copied. */
  command: string;
}

/** What to do in words; with the command apart, where there is one. */
export type Advised = string | Advice;

/** `Install the missing package: \`npm install ws\`.` `what` has no full stop; `more` is a sentence. */
export function withCommand(what: string, command: string, more?: string): Advice {
  const after = more === undefined ? '' : ` ${more}`;
  return { text: `${what}: \`${command}\`.${after}`, do: `${what}.${after}`, command };
}

/** The whole, as the log says it. */
export function textOf(advised: Advised): string {
  return typeof advised === 'string' ? advised : advised.text;
}
