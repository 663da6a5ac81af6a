import { markOf, type Service } from './service.js';
import { xmlText } from './xml.js';

/** The most starts after failures, and the shortest time between two, that the Task Scheduler takes. */
const RESTARTS = 999;
const RESTART_EVERY = 'PT1M';

/**
 * A task of the Windows Task Scheduler, which starts when the user logs on or, as a system service, when the machine starts
 * (Task Scheduler Schema 1.2). The file is to be UTF-16.
 */
export function scheduledTask(service: Service): string {
  const { account, command, folder, made, scope } = service;
  const [program, ...args] = command;
  const isSystem = scope === 'system';
  const user = `<UserId>${xmlText(account.name)}</UserId>`;
  return `<?xml version="1.0" encoding="UTF-16"?>
<!-- ${markOf(made)} -->
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>mcp-pipe (${xmlText(made.config)})</Description>
  </RegistrationInfo>
  <Triggers>
    ${isSystem ? '<BootTrigger><Enabled>true</Enabled></BootTrigger>' : `<LogonTrigger><Enabled>true</Enabled>${user}</LogonTrigger>`}
  </Triggers>
  <Principals>
    <Principal id="Author">
      ${user}
      <LogonType>${isSystem ? 'S4U' : 'InteractiveToken'}</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure>
      <Interval>${RESTART_EVERY}</Interval>
      <Count>${RESTARTS}</Count>
    </RestartOnFailure>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>${xmlText(program)}</Command>
      <Arguments>${xmlText(args.map(windowsWord).join(' '))}</Arguments>
      <WorkingDirectory>${xmlText(folder)}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
`;
}

/** Quotes a word as CommandLineToArgvW reads it: backslashes are doubled before a quotation mark only. */
export function windowsWord(word: string): string {
  if (/^[^\s"]+$/.test(word)) return word;
  return `"${word.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`;
}
