import type { AskedAddress } from '../config/ui-plan.js';
import type { ControlChoice } from '../daemon/control-place.js';
import type { LogOptions } from './log-options.js';
import type { ModeOptions } from './mode-options.js';
import type { RemoteOptions } from './remote-options.js';
import type { OtlpOption } from './tracing.js';

/** Options of a run: of `mcp-pipe`, `mcp-pipe start` and, in part, `mcp-pipe serve`. */
export interface RunOptions extends LogOptions, ModeOptions, RemoteOptions {
  config?: string;
  envFile?: string;
  control?: string;
  endpoint?: string;
  agent?: string;
  local?: boolean;
  port?: number;
  exitWhenAllFailed?: boolean;
  watch?: boolean;
  ui?: AskedAddress;
  metrics?: AskedAddress;
  audit?: boolean;
  insecureNoAuth?: boolean;
  otlp?: OtlpOption;
  /** The mcp-pipe that runs with this configuration hands over to this one. */
  takeOver?: boolean;
  /** False with `--no-proxy`. */
  proxy?: boolean;
}

/** Which control socket the run has. */
export function choiceOf({
  config,
  control,
}: Record<'config' | 'control', string | undefined>): ControlChoice {
  return { ...(config === undefined ? {} : { config }), ...(control === undefined ? {} : { control }) };
}
