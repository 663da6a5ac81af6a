type Env = Readonly<Record<string, string | undefined>>;

/** Whether to write colours: FORCE_COLOR as in Node, then https://no-color.org, then whether it is a terminal. */
export function wantsColour(env: Env, isTerminal: boolean): boolean {
  const { FORCE_COLOR, NO_COLOR, TERM } = env;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return isTerminal && !NO_COLOR && TERM !== 'dumb';
}

export interface LiveOptions {
  isTerminal: boolean;
  format: 'pretty' | 'json';
  level: string;
  /** False with `--no-live`; undefined for a command that has no links to show. */
  live: boolean | undefined;
}

/** Whether to show lines that change in place. Not in a log that is kept, such as that of a CI. */
export function wantsLive(env: Env, { isTerminal, format, level, live }: LiveOptions): boolean {
  const isCi = env.CI !== undefined && env.CI !== '' && env.CI !== '0' && env.CI !== 'false';
  const canDraw = isTerminal && env.TERM !== 'dumb' && !isCi;
  return live === true && canDraw && format === 'pretty' && level !== 'silent';
}
