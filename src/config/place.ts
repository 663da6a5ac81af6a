/** Where a value stands: what a finding needs to name its place. */
export interface Place {
  /** Absolute; empty when the value comes from the command line or the environment. */
  file: string;
  /** For instance `mcpServers.calc.args[0]`, `--endpoint` or a variable's name. */
  path: string;
  /** 1-based. */
  line: number | undefined;
}
