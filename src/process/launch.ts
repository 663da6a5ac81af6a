/** What to run. The environment is complete: nothing is inherited behind the caller's back. */
export interface ServerCommand {
  command: string;
  args: readonly string[];
  /** Working directory; absolute. */
  cwd: string;
  env: Readonly<Record<string, string>>;
}
