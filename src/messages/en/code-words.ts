import type { CodeWords } from '../code-names.js';
import { logEvents } from './event-words.js';
import { keyCodes } from './key-codes.js';
import { sessionCodes } from './no-session.js';
import { oauthCodes } from './oauth-codes.js';
import { uiCodes } from './ui-codes.js';

export const codeWords: CodeWords = {
  errorCodes: {
    CONFIG_INVALID: {
      means: 'The configuration cannot be used. Each error and warning in it has a code of its own.',
      next: 'Correct what the lines below it name; mcp-pipe check looks again without starting anything.',
    },
    USAGE: {
      means: 'The command line cannot be used as it is written.',
      next: 'Do what the second line says. --help behind any command shows what is possible.',
    },
    LAUNCH_FAILED: {
      means: 'The process of a server could not be started.',
      next: 'Correct "command", "args" or "cwd" of the server as the message says, and try it: mcp-pipe tools SERVER.',
    },
    SERVER_FAILED: {
      means: 'A server that was started for one command ended, or refused to be initialised.',
      next: 'See what it wrote before it ended: the last lines of its stderr are shown. Run its command alone in a terminal.',
    },
    SERVER_ERROR: {
      means: 'The server answered a request with an error.',
      next: 'The text is its own: correct the arguments, or ask its author.',
    },
    SERVER_TIMEOUT: {
      means: 'The server did not answer a command in time.',
      next: 'Give it more time with --timeout-ms, or see in its log what it does.',
    },
    REMOTE_FAILED: {
      means: 'A remote server could not be reached, or its answer is none of MCP.',
      next: 'Check its address, its headers and the network. The causes of a server that is down below say more.',
    },
    LOGIN_FAILED: {
      means: 'A login to a remote server, or the renewal of one, did not work.',
      next: 'Do what the error says; as a rule: mcp-pipe login NAME.',
    },
    DIAL_FAILED: {
      means: 'The endpoint could not be reached, or refused the WebSocket.',
      next: 'Check address and network. The causes of closed connections below say what each answer means.',
    },
    LISTEN_FAILED: {
      means:
        'The embedded endpoint, the gateway, the status page or the metrics cannot listen at their address.',
      next: 'Choose another port (--port; for the page and metrics --ui PORT, --metrics PORT), or end the program that has it.',
    },
    TLS_FILES: {
      means:
        'The certificate of the gateway or its key cannot be used. At start nothing is opened; later, those before are still used.',
      next: 'Write both as PEM, readable for the user of mcp-pipe, and belonging together; they are read again by themselves.',
    },
    ANSWER_TIMEOUT: {
      means: 'A caller of the endpoint got no answer in time.',
      next: 'Call again; if it happens often, see what the server does: mcp-pipe health.',
    },
    CALLER_CLOSED: {
      means: 'The connection of a caller to the endpoint ended before the answer.',
      next: 'Connect again, then call again.',
    },
    TOKEN_IN_USE: {
      means: 'mcp-pipe probe does not measure a token that a running mcp-pipe uses.',
      next: 'Stop that mcp-pipe first, or measure another token.',
    },
    CONTROL_TAKEN: {
      means: 'Another mcp-pipe of the same configuration runs on this machine.',
      next: 'Stop one of the two; two copies take the connection from each other.',
    },
    CONTROL_UNAVAILABLE: {
      means:
        'The control socket cannot be made. Links and servers run; commands such as health do not reach them.',
      next: 'Name another place with --control or MCP_PIPE_CONTROL, as the message says.',
    },
    DAEMON_NOT_RUNNING: {
      means: 'No mcp-pipe of this configuration runs.',
      next: 'Start it: mcp-pipe start -d. If it runs with another configuration, name it: -c FILE.',
    },
    DAEMON_SILENT: {
      means: 'mcp-pipe runs, but has not answered in time.',
      next: 'Try again in a few seconds; if it stays like this, stop it and start it again.',
    },
    DAEMON_GONE: {
      means: 'mcp-pipe ended before it answered.',
      next: 'See its log for why, and start it again.',
    },
    DAEMON_REFUSES: {
      means: 'mcp-pipe has answered that it cannot do this.',
      next: 'Follow its text; mcp-pipe status shows how it is.',
    },
    STARTED_ALREADY: {
      means: 'One mcp-pipe already runs with this configuration, so no second one was started.',
      next: 'Take over a changed configuration with mcp-pipe reload; to start anew, --take-over.',
    },
    TAKE_OVER_TOO_OLD: {
      means: 'The running mcp-pipe is of a version that cannot hand over to another one.',
      next: 'Once more as before: mcp-pipe stop, then start the new one.',
    },
    TAKE_OVER_REFUSED: {
      means:
        'The running mcp-pipe does not hand over: another one is taking over, it stops, it has other links, or it is the main process of a container.',
      next: 'Do what the second line says. The running one goes on as before.',
    },
    TAKE_OVER_FAILED: {
      means:
        'A takeover was given up, because the new mcp-pipe could not connect what the running one had connected, or the running one did not answer.',
      next: 'The running one has everything again. See the lines before it for why a server or link did not work.',
    },
    SERVICE_MANAGER_ABSENT: {
      means:
        'The system’s service manager does not run here, for instance in a container. Nothing was written.',
      next: 'In a container, let Docker start it again: docker compose up -d. mcp-pipe service print shows the file of the service.',
    },
    SERVICE_FILE_FOREIGN: {
      means: 'The file of the service exists, and mcp-pipe did not make it.',
      next: 'Take another name with --name, or replace it with --force.',
    },
    SERVICE_NAME_TAKEN: {
      means: 'A service of that name runs another configuration.',
      next: 'Take another name with --name, or replace it with --force.',
    },
    SERVICE_INSTALLED_ALREADY: {
      means:
        'Another service has the same configuration; two would take the connections of the token from each other.',
      next: 'Remove the other one first: mcp-pipe service uninstall.',
    },
    SERVICE_COPY_RUNS: {
      means: 'mcp-pipe runs with this configuration already, outside of the service.',
      next: 'Stop it, then install again.',
    },
    SERVICE_TOKEN_TAKEN: {
      means: 'Another mcp-pipe holds all connections that the token allows.',
      next: 'mcp-pipe leases shows which. Stop it, then install again.',
    },
    SERVICE_VARIABLES: {
      means: 'The configuration works with the variables of the shell only, which a service does not have.',
      next: 'Write the missing variables into .env, then install again.',
    },
    SERVICE_DENIED: {
      means: 'The file of the service cannot be written or removed.',
      next: 'For a service of the machine, put sudo before the command.',
    },
    SERVICE_COMMAND_FAILED: {
      means: 'A command of the service manager failed.',
      next: 'mcp-pipe service status shows how the service is; mcp-pipe service uninstall removes it.',
    },
    SERVICE_SILENT: {
      means: 'The service was started, but mcp-pipe does not answer.',
      next: 'Read the end of its log, correct what it says, then install again.',
    },
    UPDATE_NOT_FOUND: {
      means: 'The npm registry has no mcp-pipe.',
      next: 'npm config get registry shows which registry npm uses; in a clone, update with git pull && npm ci.',
    },
    UPDATE_UNKNOWN: {
      means: 'The npm registry could not be asked for the newest version.',
      next: 'npm ping shows whether npm reaches the registry.',
    },
    ...keyCodes,
    ...sessionCodes,
    ...uiCodes,
    ...oauthCodes,
    LOG_FILE_FAILED: {
      means:
        'The log file cannot be written: a full disk, a folder without rights or gone. Servers and links go on; lines are missing in the file.',
      next: 'Make room, or name another file with --log-file. mcp-pipe logs has the latest lines.',
    },
    AUDIT_FAILED: {
      means:
        'The audit log cannot be written: a full disk, a folder without rights, or a file that is a link or of another user. Calls go on; lines that are lost are counted.',
      next: 'Make room, or name another file under "audit". The next line that can be written says how many were lost.',
    },
    AUDIT_LOST: {
      means: 'Lines of the audit log came faster than they could be written; so many were lost.',
      next: 'Put the file on a faster disk, or make "size" of "audit" larger.',
    },
    REDIS_DOWN: {
      means:
        'The Redis that machines share does not answer, or refuses what it is asked. Open connections stay until their leases end; none is made.',
      next: 'Look whether it runs and can be reached from here, and whether the password is right: mcp-pipe doctor tries all of it.',
    },
    OTLP_UNDELIVERED: {
      means:
        'The traces of --otlp could not be sent to the collector. Servers and links go on; these traces are lost. It is said once, until some could be sent.',
      next: 'Check that the collector runs and takes OTLP over HTTP (port 4318, not 4317), and OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS.',
    },
    OTLP_SETTING: {
      means:
        'A variable of OpenTelemetry (OTEL_…) has a value that it does not take; the usual value is used.',
      next: 'Correct the variable that the line names, and start again.',
    },
    OBSERVER_FAILED: {
      means: 'A part that only watches (the log, the live lines) has failed. Servers and links go on.',
      next: 'Report it together with the line.',
    },
    TOOLS_UNKEPT: {
      means: 'What is known of the tools of a server cannot be read from, or kept in, the state folder.',
      next: 'Free the file that the line names, and its folder; until then a change of tools is noticed within a run only.',
    },
    RATES_ALONE: {
      means:
        'The Redis that machines share does not answer in time. Meanwhile each machine counts rates alone, and has its own approved tools; calls wait for nothing.',
      next: 'Look at Redis and the way to it; mcp-pipe tries again each second, and says when it is back.',
    },
    LEASES_UNAVAILABLE: {
      means: 'The lock files cannot be used, by which several mcp-pipe share a token.',
      next: 'Make the folder writable that the message names. Until then, start only one mcp-pipe for each token.',
    },
    RUNNING_ALREADY: {
      means: 'Another mcp-pipe on this machine has the connections of these links.',
      next: 'Nothing, if it is meant: this one waits. Otherwise stop the other; its process id is in the line.',
    },
    CONFIG_REFUSED: {
      means: 'A changed configuration cannot be used. What ran before runs on.',
      next: 'Correct what the findings name, then mcp-pipe reload.',
    },
    UNEXPECTED: {
      means: 'Something failed that was not foreseen.',
      next: 'Report it with what --debug prints.',
    },
    BLACK_BOX_UNWRITABLE: {
      means: 'The black box cannot be written into the state folder. Servers and links go on.',
      next: 'Make the folder writable that the message names, or name another one with MCP_PIPE_STATE.',
    },
    SENTRY_UNDELIVERED: {
      means:
        'Reports to Sentry do not arrive: it cannot be reached, or asks for a pause. Servers and links go on; the latest 50 reports are kept. It is said once until they arrive again.',
      next: 'Check whether this machine reaches the host that the line names; behind a proxy, set HTTPS_PROXY.',
    },
    SENTRY_REJECTED: {
      means: 'Sentry does not accept the DSN, or a report, which is dropped.',
      next: 'Copy the DSN once more from the settings of the project, then mcp-pipe reload.',
    },
    SENTRY_DELIVERED: {
      means: 'Reports to Sentry arrive again.',
      next: 'Nothing to do.',
    },
    ALERT_UNDELIVERED: {
      means:
        'An alert could not be delivered to its channel, in spite of several tries. Servers and links go on.',
      next: 'Check address, token and chat of the channel in "alerts", and whether this machine reaches it.',
    },
    ALERT_REJECTED: {
      means: 'A channel does not accept an alert, which is dropped.',
      next: 'Do what the line says, then mcp-pipe alerts test.',
    },
    ALERT_DELIVERED: {
      means: 'Alerts arrive again at a channel that did not take any.',
      next: 'Nothing.',
    },
  },
  logEvents,
  exitCodes: {
    ok: 'Everything went well.',
    runtime: 'Something failed while mcp-pipe ran, or what was asked is not so; the message says what.',
    usage: 'The command line or the configuration cannot be used.',
    notRunning: 'A command for a running mcp-pipe found none: start it with mcp-pipe.',
    notInstalled: 'A service is not installed (service status).',
    newer: 'There is a newer version (update).',
    found: 'A package that must not be used as it is was found (audit --packages).',
    interrupted: 'Ctrl-C.',
  },
  page: {
    title: 'Messages and codes',
    about:
      'Every error, warning and event of mcp-pipe, by its code, with what it means and what to do. Search this page for the word in square brackets, or for `code`, `cause`, `why` or `event` of a line of the JSON log. Texts may get better from version to version; codes stay. Where a text names NAME, /FILE or 411, the real one has your names and numbers.',
    generated: 'Generated by `npm run schema`; a test compares it with the program.',
    what: 'Means',
    next: 'To do',
    messages: 'Says, for instance',
    level: 'level',
    example: 'For instance',
    findings: 'Errors and warnings in the configuration',
    findingsAbout:
      'They begin with the file, the line and the key, and say what was expected, what is there, and what to do.',
    errors: 'Other errors',
    errorsAbout:
      'A command that fails prints what happened with its code, then what to do. In the JSON log, `code` has the code.',
    wrongUsage:
      'Unknown options, wrong values and missing arguments are answered with `error: ...` and the help that shows what is possible.',
    system: 'Errors of the operating system',
    systemAbout: 'A file, folder or address that the system refuses is reported with its own word.',
    causes: 'Why a connection ended, or could not be made',
    causesAbout:
      'The word in square brackets behind `down`; `cause` in the JSON log and in `mcp-pipe health --json`. [troubleshooting.md](troubleshooting.md) has more on the frequent ones.',
    serverCauses: 'Why a server is down',
    serverCausesAbout: '`why` of the event `server-down` in the JSON log.',
    doctor: 'What the doctor finds',
    doctorAbout:
      'The word in square brackets of `mcp-pipe doctor`, where it is neither a code nor a cause from above.',
    alerts: 'Alerts',
    alertsAbout:
      'What is sent to Telegram, Slack, Discord or a webhook; `kind` of a webhook. With the diagnosis below it.',
    hints: 'What the last lines of a server say',
    hintsAbout: 'When a server ends, mcp-pipe reads what it wrote to stderr, and adds one of these.',
    rpc: 'Errors that callers get',
    rpcAbout:
      'Codes of JSON-RPC errors. Those from -31001 on are of mcp-pipe itself, and are the same over every kind of link; [limits.md](limits.md) says at which bound which one comes.',
    events: 'Events of the log',
    eventsAbout: '`event` of each line of the JSON log, with its level.',
    exits: 'Exit codes',
    exitsAbout: '`--help` of a command says what they mean for it.',
  },
};
