import { markOf, type Service } from './service.js';
import { xmlText } from './xml.js';

/** launchd waits that long between two starts, in seconds; its own least is 10. */
const THROTTLE_SECONDS = 10;

type Value = string | number | boolean | readonly string[] | { readonly [key: string]: Value };

/** A property list of launchd (launchd.plist(5)): an agent of the user, or a daemon of the machine. */
export function launchdPlist(service: Service): string {
  const { account, command, env, folder, logFile, made, name, scope, stopSeconds } = service;
  const job: Record<string, Value> = {
    Label: name,
    ProgramArguments: command,
    WorkingDirectory: folder,
    EnvironmentVariables: env,
    ...(scope === 'system' ? { UserName: account.name } : {}),
    RunAtLoad: true,
    // Not after `mcp-pipe stop`, which ends with 0.
    KeepAlive: { SuccessfulExit: false },
    ThrottleInterval: THROTTLE_SECONDS,
    ExitTimeOut: stopSeconds,
    ...(logFile === undefined ? {} : { StandardOutPath: logFile, StandardErrorPath: logFile }),
  };
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- ${markOf(made)} -->
<plist version="1.0">
${valueText(job, '')}
</plist>
`;
}

function valueText(value: Value, indent: string): string {
  const inner = `${indent}  `;
  if (typeof value === 'string') return `${indent}<string>${xmlText(value)}</string>`;
  if (typeof value === 'number') return `${indent}<integer>${value}</integer>`;
  if (typeof value === 'boolean') return `${indent}<${value}/>`;
  if (isList(value)) {
    return [`${indent}<array>`, ...value.map((one) => valueText(one, inner)), `${indent}</array>`].join('\n');
  }
  const entries = Object.entries(value).flatMap(([key, one]) => [
    `${inner}<key>${xmlText(key)}</key>`,
    valueText(one, inner),
  ]);
  return [`${indent}<dict>`, ...entries, `${indent}</dict>`].join('\n');
}

function isList(value: Value): value is readonly string[] {
  return Array.isArray(value);
}
