/** Where a value stands: a finding names this place. */
export interface Place {
  /** Absolute; empty when the value comes from the command line or the environment. */
  file: string;
  /** For instance `mcpServers.calc.args[0]`, `--endpoint` or the name of a variable. */
  path: string;
  /** 1-based. */
  line: number | undefined;
}
