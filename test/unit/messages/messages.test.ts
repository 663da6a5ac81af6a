import { describe, expect, test } from 'vitest';
import { FINDING_CODES, type FindingId } from '../../../src/messages/codes.js';
import { formatHeadline, LANGS, type Lang, messagesFor, wordFinding } from '../../../src/messages/index.js';
import type { Shape } from '../../../src/messages/parts.js';
import { formatEvent } from '../../../src/messages/status-words.js';
import { liveLines } from '../../../src/observe/live-lines.js';
import { Snapshot } from '../../../src/observe/snapshot.js';
import { englishIn } from '../../helpers/english.js';
import { commandTexts } from './command-texts.js';
import { ERROR_SAMPLES } from './error-samples.js';
import { everyEvent } from './events.js';
import { FINDING_SAMPLES } from './finding-samples.js';

/** Parameters of messages other than findings: each message takes what it needs. */
const SAMPLES = [
  {
    ...{ program: 'PROGRAM', from: { name: 'NAME', url: 'https://URL' }, python: true },
    ...{ name: 'NAME', file: '/FILE', top: 'TOP', wanted: 'WANTED', errors: 411, warnings: 412 },
    ...{ close: '(4004)', siblings: 411, least: 411, most: 412, pending: 411, attempt: 411, ms: 4_000 },
    ...{ openForMs: 5_000, endpoint: 'wss://ENDPOINT/', exitCode: 411, signal: undefined, error: undefined },
    ...{ livedMs: 5_000, crashed: true, failures: 411, lines: 'LINES', problem: 'PROBLEM', waitedMs: 5_000 },
    ...{ timeoutMs: 6_000, code: 411, message: 'MESSAGE', again: true, tookMs: 5_000, pid: 412, total: 411 },
    ...{ why: 'passthrough', client: 'CLIENT', afterMs: 5_000, protocolVersion: 'VERSION', bytes: 411 },
    ...{ maxBytes: 412, queue: 'QUEUE', bound: 411, silentMs: 5_000, usualMs: 4_000, abandoned: 411 },
    ...{
      kind: 'invalid-message',
      link: 'LINK',
      dropped: 411,
      excerpt: 'EXCERPT',
      expected: 'EXPECTED',
      got: 'GOT',
    },
    ...{ proxy: 'PROXY', hosts: ['HOST'], variable: 'VARIABLE', links: ['LINK'], path: '/PATH' },
    ...{ next: 'NEXT', others: ['ONE', 'TWO'], count: 411, all: 412, run: 'RUN', check: 'CHECK' },
    ...{
      pauseMs: 61_000,
      pingMs: 31_000,
      unanswered: 411,
      running: 411,
      inFlight: 411,
      answered: 411,
      failed: 411,
    },
    ...{ idleMs: 5_000, method: 'METHOD', by: 'BY', budget: 'maxTools', tools: 411, into: 'INTO' },
    ...{ largest: [{ name: 'NAME', bytes: 411 }], capabilities: ['ONE', 'TWO'], servers: ['ONE', 'TWO'] },
    ...{ mode: 'MODE', connections: 411, reads: [], token: 'TOKEN' },
    ...{ of: 'token', label: 'LABEL', slots: 411, isOwn: false, times: 411, withinMs: 5_000 },
    ...{ nextDialMs: 6_000, holder: undefined, atOnce: 411, priority: 411, account: 'ACCOUNT' },
    ...{ number: 411, max: 412, watchMs: 5_000, what: 'WHAT', cause: 'CAUSE', limit: 411, how: 'replaced' },
    ...{
      argument: 'ARGUMENT',
      host: 'HOST',
      address: 'https://address/ADDRESS',
      reason: 'REASON',
      status: 411,
      detail: 'DETAIL',
    },
    ...{
      retryAfterMs: 5_000,
      isDeaf: true,
      fingerprint: 'FINGERPRINT',
      at: 'CLOCK',
      whose: 'WHOSE',
      word: 'WORD',
      text: 'TEXT',
    },
  },
  {
    ...{ program: 'PROGRAM', from: undefined, python: false, name: undefined, file: '/F', top: 'TOP' },
    ...{ wanted: undefined, errors: 1, warnings: 0, close: '(no code)', siblings: 1, least: 1, most: 2 },
    ...{ pending: 0, attempt: 1, ms: 0, openForMs: undefined, endpoint: undefined, exitCode: undefined },
    ...{ signal: 'SIGNAL', error: 'ERROR', livedMs: 1, crashed: false, failures: 1, lines: 'L' },
    ...{ problem: undefined, waitedMs: 1, timeoutMs: 1, code: undefined, message: undefined, again: false },
    ...{ tookMs: 1, pid: undefined, total: 1, why: 'handshake-differs', client: undefined, afterMs: 1 },
    ...{ protocolVersion: 'V', bytes: 1, maxBytes: 1, queue: 'Q', bound: 1, silentMs: 1, usualMs: 1 },
    ...{ abandoned: 0, kind: 'other', link: 'L', dropped: 1, excerpt: 'E', expected: 'E' },
    ...{ proxy: 'PROXY', hosts: ['HOST'], variable: 'VARIABLE', links: ['LINK'], path: '/PATH' },
    ...{ got: 'G', next: 'N', others: ['ONE'], count: 1, all: 1, run: 'R', check: 'C' },
    ...{ pauseMs: 1, pingMs: 1, unanswered: 1, running: 1, inFlight: 1, answered: 1, failed: 0 },
    ...{ idleMs: 1, method: 'M', by: 'B', budget: 'maxToolListBytes', tools: 1, into: 'I' },
    ...{ largest: [], capabilities: ['C'], servers: ['S'] },
    ...{ mode: 'M', connections: 1, reads: ['R'], token: undefined },
    ...{ of: 'account', label: 'L', slots: 2, isOwn: true, times: 3, withinMs: 1, nextDialMs: 1 },
    ...{ holder: { pid: 412, link: 'HOLDER', since: 1 }, atOnce: 0, priority: 1, account: 'A' },
    ...{
      number: 1,
      max: 1,
      watchMs: 1,
      what: 'W',
      cause: 'C',
      wasOpen: true,
      limit: 1,
      how: 'refused',
      isDeaf: false,
    },
    ...{
      argument: 'A',
      host: 'H',
      address: 'https://a/mcp',
      reason: '',
      status: 1,
      detail: undefined,
      retryAfterMs: 1,
    },
    ...{ fingerprint: 'F', at: 'A', whose: 'W', word: 'W', text: 'T' },
  },
];

const WAITING = {
  id: 'ID',
  tool: 'TOOL',
  server: 'SERVER',
  caller: 'CALLER',
  seconds: 411,
  until: 'UNTIL',
  name: 'NAME',
};
const CHANGES = {
  ...{ added: ['ADDED'], removed: ['REMOVED'], restarted: ['RESTARTED'], updated: ['UPDATED'], kept: 2 },
};

const LOCKED = { server: 'SERVER', package: 'PACKAGE', version: '41.1', before: '41.0', file: 'FILE' };

/** Where the samples do not fit. */
const INSTEAD: Readonly<Record<string, object>> = {
  'demo.chaos.begins': { seconds: 411, seed: 412, address: 'ADDRESS', links: 'LINKS' },
  'demo.chaos.fault': { kind: 'kill', at: 'AT', pid: 411, lastsMs: 0, wasDone: false },
  'demo.chaos.instead': { expected: 'EXPECTED', got: 'GOT' },
  'demo.chaos.bad': { lost: 411, wrong: 412, never: 411 },
  'demo.chaos.report': { seed: 411, seconds: 412 },
  'lock.done.locked': LOCKED,
  'lock.done.kept': LOCKED,
  'lock.done.installed': LOCKED,
  'lock.done.repaired': LOCKED,
  'lock.done.newer': LOCKED,
  'lock.step': { server: 'SERVER', package: 'PACKAGE', does: 'install', number: 411, of: 412 },
  'lock.removed': { number: 411 },
  'lock.dataLeft': { folder: '/FOLDER' },
  'lock.asWritten': { server: 'SERVER', why: 'WHY' },
  'lock.failed': { server: 'SERVER', why: 'WHY' },
  'lock.notReady': { server: 'SERVER', why: 'WHY' },
  'lock.latest': LOCKED,
  'lock.unknown': { ...LOCKED, why: 'WHY' },
  'packages.why': { why: 'unreachable', word: 'WORD' },
  'packages.started': { isDirect: false, package: 'PACKAGE', why: 'unreachable', word: 'WORD' },
  'packages.note': { isDirect: false, package: 'PACKAGE', why: 'unreachable', word: 'WORD' },
  'packages.next': { now: { package: 'PACKAGE', version: '41.2' } },
  'packages.locked': { package: 'PACKAGE', version: '41.1', before: '41.0' },
  'packages.data': { files: 2, left: 'data.db', from: '/OLD', to: '/NEW' },
  'calls.line': {
    method: 'METHOD',
    tool: 'TOOL',
    id: 411,
    outcome: 'ok',
    code: 412,
    ms: 5_000,
    requestBytes: 98,
    replyBytes: 60,
  },
  'explain.written': { at: 'AT', mcpPipe: 'VERSION', pid: 411 },
  'explain.exception': { name: 'NAME' },
  'explain.error': { code: 411 },
  'explain.unanswered': { calls: ['ONE', 'TWO'], more: 411 },
  'explain.waited': { call: 'CALL', id: 411, ms: 5_000 },
  'explain.errors': { answers: 411, errors: ['ONE', 'TWO'] },
  'explain.slowest': { call: 'CALL', ms: 5_000 },
  ...ERROR_SAMPLES,
  'events.toolLeftOut': { tool: 'TOOL', why: 'wrong-type' },
  'events.toolsChanged': { changed: ['TOOL'], added: ['ADDED'], isHeld: true },
  'notices.raised.waits-for-person': { names: 'NAMES', count: 411 },
  'memory.need': {
    ...{ totalBytes: 411 * 1024 * 1024, ownBytes: 75 * 1024 * 1024, machineBytes: 900 * 1024 * 1024 },
    ...{ isConstrained: false, measured: 412, estimated: 413, unknown: ['ONE', 'TWO'] },
  },
  'memory.saved': {
    servers: ['ONE', 'TWO'],
    ...{
      memory: { before: 411 * 1024 * 1024, after: 75 * 1024 * 1024 },
      start: { before: 900_000, after: 600_000 },
    },
  },
  'status.redisAsked': { url: 'URL' },
  'status.redisUp': { url: 'URL', machine: 'MACHINE' },
  'status.redisDown': { url: 'URL', reason: 'REASON', forMs: 411_000 },
  'status.ratesAlone': { url: 'URL', reason: 'REASON' },
  'status.waits': { calls: 411, changes: 412 },
  'redis.alone': { url: 'URL', reason: 'REASON' },
  'redis.shared': { url: 'URL' },
  'held.unkept': { file: '/FILE', message: 'MESSAGE' },
  'held.unreadable': { file: '/FILE', message: 'MESSAGE' },
  'held.toolHeld': { tool: 'TOOL', server: 'SERVER' },
  'held.callWaits': { tool: 'TOOL', server: 'SERVER', id: 'ID', seconds: 411 },
  ...Object.fromEntries(
    ['approve.call', 'approve.callNext', 'approve.changed', 'approve.added', 'approve.callNext'].map(
      (name) => [name, WAITING],
    ),
  ),
  ...Object.fromEntries(
    ['approve.ahead', 'approve.approvedCall', 'approve.approvedChange', 'approve.gone'].map((name) => [
      name,
      WAITING,
    ]),
  ),
  ...Object.fromEntries(['decline.call', 'decline.ahead'].map((name) => [name, WAITING])),
  'events.straysEnded': { processes: [{ pid: 412, name: 'NAME' }] },
  'reload.began': { why: 'file-changed' },
  'reload.changed': { servers: CHANGES, links: CHANGES },
  'reload.behind': { servers: ['SERVER'], variables: ['VARIABLE'] },
  'reload.paused': { name: 'NAME' },
  'reload.resumed': { name: 'NAME' },
  'reload.unknownName': { name: 'NAME', names: ['NAMES'] },
  'blackBox.unwritable': { folder: '/FOLDER', message: 'MESSAGE' },
  'copies.unavailable': { message: 'MESSAGE' },
  'events.dialing': { endpoint: 'wss://ENDPOINT/' },
  'events.oversize': { from: 'server' },
  'events.staleReply': { why: 'given-up' },
  'events.full': { queue: 'messages for the server' },
  'events.invalidMessage': { from: 'server' },
  'bounds.limits': { memory: 411_000_000, cpu: 411, pids: 412, copies: 413, takenBytes: 412_000_000 },
  'check.held': { sandbox: 'landlock', isOffline: true, user: 'USER', nice: 11 },
  'bounds.holding': { sandbox: 'landlock', isOffline: true, user: 'USER', nice: 11 },
  'bounds.heldBy': { held: ['memory'], watched: ['cpu'] },
  'bounds.notWatched': { why: 'no-ps' },
  'bounds.unwatched': { why: 'no-ps' },
  'events.memoryShort': { of: 'servers', bytes: 411_000_000, boundBytes: 300_000_000 },
  'events.listTooLong': { pages: 411 },
  'events.unreadable': { why: 'encoding', name: 'NAME' },
  'events.nameHidden': { name: 'NAME', kind: 'tool' },
  'exchange.listFailed': { of: 'OF', why: 'error', code: 411, message: 'MESSAGE' },
  'exchange.listFaults': { kind: 'tool', faults: [{ name: 'NAME', at: ['PLACE'], isLeftOut: true }] },
  'exchange.argumentsUnchecked': { tool: 'TOOL', why: 'too-slow' },
  'exchange.namesUnfit': { is: 'unknown', names: ['ONE', 'TWO'] },
  'exchange.renamed': { kind: 'tool', names: [{ from: 'FROM', to: 'INTO' }] },
  'exchange.unmatched': { why: 'duplicate', id: '411', asked: '412', isCarried: true },
  'connected.pipe': { servers: ['ONE', 'TWO'] },
  'connected.rotate': { servers: ['ONE', 'TWO'], dwellMs: [5_000, 8_000] },
  'linkEvents.rotating': {
    ...{ from: 'FROM', to: 'TO', why: 'dwell', busyForMs: 7_000, pendingFailed: 413 },
    ...{ keepsRunning: false, dwellMs: 8_000 },
  },
  'gateway.further': { urls: ['http://ONE/', 'http://TWO/'] },
  'gateway.elsewhere': { urls: ['http://ONE/', 'http://TWO/'] },
  'gateway.at': { of: 'OF', url: 'http://URL/' },
  'status.page': { url: 'http://URL/', key: 'made' },
  'ui.open': { link: 'http://LINK/' },
  'sentry.reporting': { environment: 'ENVIRONMENT' },
  'check.redis': { url: 'URL', ttlMs: 411_000 },
  'check.sentry': { environment: 'ENVIRONMENT' },
  'oauthLog.registered': { client: 'CLIENT', hosts: 'HOSTS', address: 'ADDRESS' },
  'oauthLog.letIn': { client: 'CLIENT', key: 'KEY', host: 'HOST', address: 'ADDRESS' },
  'oauthLog.wrongKey': { client: 'CLIENT', host: 'HOST', address: 'ADDRESS' },
  'oauthLog.unkept': { file: 'FILE', message: 'MESSAGE' },
  'oauthLog.fault': { message: 'MESSAGE' },
  'oauth.key': { key: 'KEY' },
  'oauth.ended': { client: 'CLIENT', key: 'KEY' },
  'oauth.unknown': { id: 'ID' },
  'consentPage.title': { client: 'CLIENT' },
  'consentPage.wants': { client: 'CLIENT' },
  'consentPage.keyIs': { key: 'KEY' },
  'consentPage.rate': { calls: 411, seconds: 60 },
  'consentPage.says': { error: 'ERROR', description: 'DESCRIPTION' },
  'ui.elsewhere': { links: ['http://ONE/', 'http://TWO/'] },
  'ui.tunnel': { port: 7420 },
  'ui.keyKept': { file: '/FILE' },
  'ui.keyUnkept': { file: '/FILE', message: 'MESSAGE' },
  'ui.at': { url: 'http://URL/' },
  'ui.metricsAt': { url: 'http://URL/' },
  'ui.acted': { action: 'restart', name: 'NAME', key: '58c74e01' },
  'gateway.title': { keys: ['ONE', 'TWO'] },
  'gateway.ofAgent': { agent: 'AGENT' },
  'events.draining': { why: 'removed' },
  'check.why': { kind: 'mux' },
  'check.disabledAgents': { agents: ['ONE', 'TWO'] },
  ...Object.fromEntries(
    ['notConcerned', 'refused', 'tooOld', 'waiting', 'stillWaiting'].map((id) => [
      `told.${id}`,
      { pid: 412 },
    ]),
  ),
  'told.takenOver': { pid: 412, changes: 'CHANGES' },
  'told.otherFile': { pid: 412, file: '/FILE' },
  'told.cannot': { pid: 412, message: 'MESSAGE' },
  ...Object.fromEntries(
    Object.keys(messagesFor('en').told.changes).map((change) => [
      `told.changes.${change}`,
      { names: ['ONE', 'TWO'] },
    ]),
  ),
  'enable.switched': { names: ['ONE', 'TWO'], isOn: false },
  'enable.already': { names: ['ONE', 'TWO'], isOn: true },
  'probe.found': { token: 'TOKEN' },
  'probe.notReached': { token: 'TOKEN' },
  'probe.notFound': { token: 'TOKEN' },
  'probe.question': { endpoint: 'wss://ENDPOINT/' },
  'probe.noFiles': { message: 'MESSAGE' },
  'familiar.said': { word: 'WORD', text: 'TEXT' },
  'causes.initialize-refused.what': { error: 'SAID' },
  'causes.initialize-refused: by us.what': { error: 'SAID' },
  'causes.endpoint-error: after an error.what': { error: 'SAID' },
  'status.logins.ending': { name: 'NAME', leftMs: 600_000 },
  'status.logins.needed': { name: 'NAME', forMs: 600_000 },
  'status.logins.rights': { name: 'NAME', forMs: 600_000, names: ['ONE', 'TWO'] },
  'login.open': { issuer: 'https://HOST' },
  'login.opened': { issuer: 'https://HOST' },
  'login.noQr': { columns: 411 },
  'login.code': { code: 'CODE', page: 'https://HOST' },
  'login.waiting': { forMs: 600_000 },
  'login.unneeded': { name: 'NAME' },
  'login.done': { name: 'NAME', issuer: 'https://HOST' },
  'login.scopes': { names: ['ONE', 'TWO'] },
  'login.notRenewed': { leftMs: 600_000 },
  'login.tried': { name: 'NAME' },
  'login.used': { name: 'NAME' },
  'logout.ended.none': { name: 'NAME' },
  'logout.ended.revoked': { name: 'NAME' },
  'logout.ended.deleted': { name: 'NAME' },
  'health.failed': { state: 'STATE' },
  'health.turnOf': { server: 'SERVER' },
  'health.serversReady': { ready: 411, of: 412 },
  'health.lasting': { forMs: 5_000 },
  'health.calls': { agoMs: 5_000 },
  'health.running': { call: 'CALL', forMs: 5_000 },
  'health.neverAsked': { forMs: 5_000 },
  'health.usedByAll': { users: 'USERS' },
  'health.usedByAllBut': { users: 'USERS', names: 'NAMES' },
  'health.usedBy': { users: 'USERS', names: 'NAMES' },
  'health.groups.working': { users: 'USERS' },
  'health.groups.withoutServer': { users: 'USERS' },
  'health.lastExit': { agoMs: 5_000, text: 'TEXT' },
  'status.running': { pid: 412, forMs: 5_000 },
  'clients.left': { forMs: 5_000, reason: 'REASON' },
  'status.gateway': { origin: 'http://ORIGIN', clients: 3 },
  'status.configuration': { file: '/FILE', at: 'CLOCK' },
  'status.withoutFile': { at: 'CLOCK' },
  'status.ignoresLists': { names: 'NAMES' },
  'status.clients': { names: ['NAMES'] },
  'status.unusedInstances': { names: ['NAMES'] },
  'status.refused': { at: 'CLOCK' },
  'status.changed': { files: ['/FILE', '/ENV'] },
  'status.toResume': { name: 'NAME' },
  'status.ofServers': { state: 'STATE', ready: 411, of: 412 },
  'status.ago': { agoMs: 5_000, text: 'TEXT' },
  'status.nextTry': { next: 'NEXT' },
  'status.lastEnd': { last: 'LAST' },
  'failures.audit.failed': { file: '/FILE', message: 'MESSAGE' },
  'failures.logFile.failed': { file: '/FILE', message: 'MESSAGE' },
  'failures.logFile.recovered': { file: '/FILE' },
  'logs.fromFile': { file: '/FILE' },
  'start.started': { pid: 412, file: '/FILE' },
  'start.silent': { pid: 412, file: '/FILE', afterMs: 5_000 },
  'restart.waiting': { name: 'NAME' },
  'restart.nothing': { name: 'NAME' },
  'restart.asleep': { names: 'NAMES' },
  'restart.done': { names: 'NAMES' },
  'pause.waiting': { name: 'NAME' },
  'pause.nothing': { name: 'NAME' },
  'pause.done': { names: 'NAMES', name: 'NAME' },
  'resume.waiting': { name: 'NAME' },
  'resume.nothing': { name: 'NAME' },
  'resume.done': { names: 'NAMES' },
  'reconnect.waiting': { name: 'NAME' },
  'reconnect.ofLink': { name: 'NAME', text: 'TEXT' },
  'reconnect.nothing': { name: 'NAME' },
  'stop.waiting': { pid: 412 },
  'stop.done': { pid: 412, afterMs: 5_000 },
  'logs.gone': { seconds: 411 },
  'logs.none': { name: 'NAME' },
  'production.score': { met: 411, of: 412 },
  'production.total': { met: 411, of: 412, missing: 413, unseen: 414 },
  'production.looked': { config: '/FILE', compose: '/COMPOSE' },
  'doctor.waitsFor': { names: 'NAMES', more: 411 },
  'doctor.late': { seconds: 411 },
  'doctor.written': { file: '/FILE', files: 411, size: '412 B' },
  'leases.unavailable': { folder: '/FOLDER', message: 'MESSAGE' },
  'leases.process': { pid: 412 },
  'leases.redis': { url: 'URL', processes: 411 },
  'leases.noRedis': { url: 'URL', reason: 'REASON' },
  'leases.age': { ms: 411_000 },
  'leases.fence': { fence: 411 },
  'leases.left': { ms: 411_000 },
  'leases.free': { count: 411 },
  'audit-packages.of': { servers: ['ONE', 'TWO'], age: 411_000 },
  'audit-packages.concerns.vulnerable': {
    vulnerabilities: [{ id: 'GHSA', in: 'PACKAGE', title: 'TITLE', fixedIn: 'VERSION' }],
  },
  'audit-packages.concerns.deprecated': { reason: 'REASON' },
  'audit-packages.concerns.yanked': { reason: 'REASON' },
  'audit-packages.concerns.owners-changed': { added: ['ADDED'], removed: ['REMOVED'] },
  'audit-packages.concerns.other-publisher': { publisher: 'ANN', before: 'BEN', version: 'VERSION' },
  'audit-packages.concerns.provenance-lost': { version: 'VERSION' },
  'audit-packages.concerns.install-scripts': { packages: ['ONE', 'TWO'] },
  'audit-packages.concerns.from-source': { packages: ['ONE', 'TWO'] },
  'audit-packages.concerns.young-version': { days: 411 },
  'audit-packages.concerns.young-package': { days: 411 },
  'audit-packages.concerns.one-owner': { owner: 'ANN' },
  'audit-packages.concerns.newer': { version: 'VERSION' },
  'audit-packages.concerns.untold': { what: ['owners', 'provenance'] },
  'audit-packages.failed': { why: 'WHY', age: 411_000 },
  'audit-packages.notLocked': { servers: ['ONE', 'TWO'] },
  'audit-packages.asWritten': { servers: ['ONE', 'TWO'] },
  'audit-packages.worst': {
    name: 'NAME',
    version: 'VERSION',
    servers: ['ONE'],
    weight: 'WEIGHT',
    what: 'WHAT',
  },
  'audit-packages.broken': { file: '/FILE', why: 'WHY' },
  'audit-packages.summary': { bad: 411, doubtful: 412, unknown: 411, all: 412 },
  'update.newer': { newest: '0.412.0', current: '0.411.0' },
  'update.isNewest': { newest: '0.412.0', current: '0.411.0' },
  'update.notice': { newest: '0.412.0', current: '0.411.0' },
  'update.missing': { said: 'SAID' },
  'update.failed': { said: 'SAID' },
  'update.toUpdate': { command: 'COMMAND', folder: '/FOLDER', onHost: false },
  'service.badName': { name: 'NAME' },
  'service.noUser': { user: 'USER' },
  'service.absent': { manager: 'systemd', said: 'SAID' },
  'service.foreign': { file: '/FILE' },
  'service.foreignStays': { file: '/FILE' },
  'service.nameTaken': { name: 'NAME', config: '/CONFIG' },
  'service.sameElsewhere': { name: 'NAME', scope: 'user' },
  'service.variables': { envFile: '/FILE' },
  'service.denied': { file: '/FILE', code: 'EACCES' },
  'service.commandFailed': { command: 'COMMAND', said: 'SAID' },
  'service.notAnswering': { log: 'LOG' },
  'service.warnings.versionManager': { node: '/NODE', manager: 'MANAGER' },
  'service.warnings.proxy': { names: 'HTTPS_PROXY' },
  'service.installed': { name: 'NAME', scope: 'user', user: 'USER', pid: 412 },
  'service.noLinger': { user: 'USER' },
  'service.removed': { name: 'NAME', file: '/FILE' },
  'service.nothing': { name: 'NAME' },
  'service.notInstalled': { name: 'NAME' },
  'service.ended': { code: 411, agoMs: 5_000 },
  'events.tokenPeace': { openForMs: 5_000 },
  'importComments.knownAs': { program: 'PROGRAM', id: 'ID' },
  'importNotes.may-want-login': { names: ['ONE', 'TWO'] },
  'importNotes.bridge-left-out': { names: ['ONE', 'TWO'], bridge: 'BRIDGE' },
  'importNotes.no-url': { name: 'NAME' },
  'importNotes.in-no-agent': { names: ['ONE', 'TWO'] },
  'importNotes.left-out': { names: ['ONE'], keys: ['KEY', 'OTHER'], reason: 'unknown' },
  'importNotes.other-settings': { program: 'PROGRAM', keys: ['KEY'] },
  'importNotes.no-command': { name: 'NAME' },
  'importNotes.not-a-process': { name: 'NAME', type: 'TYPE' },
  'importNotes.not-a-server': { name: 'NAME' },
  'importNotes.fill-in': { name: 'NAME', variable: 'VARIABLE' },
  'importNotes.secret-arguments': { names: ['ONE'] },
  'importNotes.secret-kept': { name: 'NAME', variable: 'VARIABLE' },
  'importNotes.twice': { keys: ['KEY', 'OTHER'] },
  'importNotes.endpoint': { key: 'KEY' },
  'importNotes.endpoints': { key: 'KEY', count: 411 },
  'importNotes.endpoint-unusable': { key: 'KEY' },
  'importNotes.endpoint-elsewhere': { key: 'KEY' },
  'importNotes.endpoint-off': { key: 'KEY' },
  'hints.missing-python-module': { name: 'NAME' },
  'hints.python-package-old': { name: 'NAME' },
  'hints.missing-node-module': { name: 'NAME' },
  'hints.pypi-unknown': { name: 'NAME' },
  'processes.ready': { copy: 411, of: 412, tookMs: 5_000 },
  'processes.down': { copy: 411, of: 412, up: 2, what: 'WHAT.' },
  'processes.different': { copy: 411, of: 412, keys: ['KEYS'] },
  'processes.ended': { copy: 411, of: 412, why: 'asked' },
  'processes.several': { all: 412, busy: 411, up: 412 },
  'processes.sentence': { all: 412, busy: 411, up: 412 },
  'processes.each': { copy: 411, state: 'ready', pid: 412, running: 0, calls: 0 },
  'demand.keptUntil': { until: 1_800_000_000_000, now: 1_799_990_000_000 },
  'demand.keptFrom': { from: 1_800_000_000_000, now: 1_799_990_000_000 },
};

/** The same in every language. */
const SHARED = [
  'came.null',
  'syntax.CloseBraceExpected.expected',
  'syntax.CloseBracketExpected.expected',
  'syntax.UnexpectedEndOfComment.expected',
  'numbers.units.ms',
  'check.columns.server',
  'check.columns.endpoint',
  'check.agentColumns.agent',
  'live.pid',
  'leases.token',
  'doctor.sections.redis',
  'demo.chaos.kinds.limit',
  'demo.chaos.columns.link',
  'status.columns.pid',
  'leases.process',
  'probe.token',
];

type Leaf = string | ((params: object) => unknown);

/** Every text and every message by its path, such as `hints.offline`. */
function leaves(table: object, path = ''): Map<string, Leaf> {
  const found = new Map<string, Leaf>();
  for (const [key, value] of Object.entries(table)) {
    const here = path === '' ? key : `${path}.${key}`;
    if (typeof value === 'object') for (const [inner, leaf] of leaves(value, here)) found.set(inner, leaf);
    else found.set(here, value as Leaf);
  }
  return found;
}

/** What a message says of each sample, and the parameters it looked at. */
function run(path: string, leaf: Leaf): { said: string[]; asked: Set<string> } {
  // Those take one value, not an object of them.
  if ((path.startsWith('live.') || path === 'status.in') && typeof leaf !== 'string') {
    const one = leaf as (value: unknown) => string;
    return { said: [one(2_000), one(4_000)], asked: new Set() };
  }
  if (typeof leaf === 'string') return { said: [leaf], asked: new Set() };
  const [, id] = /^findings\.(.+)$/.exec(path) ?? [];
  const own: readonly object[] =
    id === undefined
      ? SAMPLES.map((sample) => ({ ...sample, ...INSTEAD[path] }))
      : FINDING_SAMPLES[id as FindingId];
  const asked = new Set<string>();
  const said = (own.length === 0 ? [{}] : own).map((sample) => {
    const watched = new Proxy(sample, {
      get: (target, key) => {
        asked.add(String(key));
        return Reflect.get(target, key);
      },
    });
    const result = leaf(watched);
    return typeof result === 'string' ? result : JSON.stringify(result);
  });
  return { said, asked };
}

/** Everything that is said in a language but for the help, which has no parameters, and words that are not translated. */
function saidIn(lang: Lang): Map<string, Leaf> {
  const all = leaves({ ...messagesFor(lang), ...commandTexts(lang) });
  return new Map([...all].filter(([path]) => !path.includes('.help.')));
}

const en = saidIn('en');
const vi = saidIn('vi');
/** What came from the samples, and names that every language writes alike. */
const MARKS = /\b[A-Z]{3,}\b|\b41[12]\b|\(4004\)/g;
const marks = (text: string) => [...new Set(text.match(MARKS))].sort();

describe('the table of messages', () => {
  test('has the same messages in every language, and a code for each finding', () => {
    expect([...vi.keys()].sort()).toEqual([...en.keys()].sort());
    expect(en.size).toBeGreaterThan(150);
    expect(Object.keys(FINDING_CODES).sort()).toEqual(Object.keys(messagesFor('en').findings).sort());
  });

  test.each([...en.keys()])('says %s in both languages, differently, of the same things', (path) => {
    const english = run(path, en.get(path)!);
    const vietnamese = run(path, vi.get(path)!);
    expect([...vietnamese.asked].sort()).toEqual([...english.asked].sort());
    for (const [i, text] of english.said.entries()) {
      const translated = vietnamese.said[i]!;
      expect(text).not.toMatch(/undefined|NaN|\[object/);
      expect(translated).not.toMatch(/undefined|NaN|\[object/);
      expect(marks(translated)).toEqual(marks(text));
      if (SHARED.includes(path)) expect(translated).toBe(text);
      else expect(translated).not.toBe(text);
    }
  });

  test('has no English sentence in Vietnamese', () => {
    const english = [...vi]
      .filter(([path]) => !SHARED.includes(path))
      .flatMap(([path, leaf]) =>
        run(path, leaf).said.flatMap((text) => englishIn(text).map((word) => `${path}: ${word}: ${text}`)),
      );
    expect(english).toEqual([]);
  });

  test('writes Vietnamese with its letters', () => {
    const without = [...vi]
      .filter(([path]) => !SHARED.includes(path) && !path.startsWith('numbers'))
      .filter(([path, leaf]) => !run(path, leaf).said.some((text) => /[à-ỹđ]/i.test(text)))
      .map(([path]) => path);
    // The words that Vietnamese uses as well.
    expect(without).toEqual([
      ...['live.links', 'live.agents', 'live.servers', 'check.links', 'check.endpoints'],
      'status.ofServers',
    ]);
  });
});

describe('a finding', () => {
  const finding = {
    severity: 'error',
    ...{ code: 'CONFIG_FOLDER_NOT_FOUND', file: '/c.json', path: 'mcpServers.a.cwd', line: 3 },
    ...{ id: 'no-folder', params: { folder: '/nowhere' } },
  } as const;

  test('is worded part by part, in either language', () => {
    expect(wordFinding(finding, 'en')).toEqual({
      where: '/c.json:3: mcpServers.a.cwd',
      expected: 'a folder',
      got: '/nowhere',
      next: 'Create it or correct the path; it is relative to the folder of the configuration.',
    });
    expect(wordFinding(finding, 'vi')).toMatchObject({ expected: 'một thư mục', got: '/nowhere' });
  });

  test('stands below a headline that counts', () => {
    const findings = [finding, finding, { ...finding, severity: 'warning' as const }];
    expect(formatHeadline({ headline: 'unusable', findings }, 'en')).toBe(
      'The configuration cannot be used: 2 errors and one warning',
    );
    expect(formatHeadline({ headline: 'unusable', findings }, 'vi')).toBe(
      'Không dùng được cấu hình này: 2 lỗi và 1 cảnh báo',
    );
  });
});

describe('shapes', () => {
  test.each(Object.keys(messagesFor('en').shapes) as Shape['id'][])('name %s in both languages', (id) => {
    for (const lang of LANGS) {
      const text = messagesFor(lang).shapes[id]({ id, least: 1, most: 2 });
      expect(text).not.toMatch(/undefined/);
      expect(text.length).toBeGreaterThan(5);
    }
  });
});

describe('in Vietnamese', () => {
  test('the live block says how each link does', () => {
    const link = {
      ...new Snapshot(['calc']).link('calc')!,
      state: 'waiting' as const,
      server: 'ready' as const,
      nextDialAt: 4_000,
    };
    const view = { links: [link], now: 0, columns: 80, rows: 24, colour: false };
    expect(liveLines({ ...view, lang: 'vi' }).lines).toEqual(['✗ calc  đang chờ: thử lại sau 4 giây']);
  });

  test.each(Object.values(everyEvent).map((event) => [event.type, event] as const))(
    '%s is one line',
    (_type, event) => {
      const text = formatEvent(event, { lang: 'vi', endpoint: 'wss://example.org/mcp/' });
      expect(text).not.toMatch(/undefined|NaN|\[object|\n|\s{2}/);
      expect(text.length).toBeGreaterThan(10);
    },
  );

  test('a connection that is down is told with times and counts as Vietnamese writes them', () => {
    const text = formatEvent({ ...everyEvent.down, pending: 2, nextDialMs: 4_500 }, { lang: 'vi' });
    expect(text).toBe(
      'Mất kết nối sau 3 giây: kết nối bị đứt đột ngột (1006): do mạng, router hoặc proxy ngắt, hoặc endpoint gặp sự cố [connection-lost]. 2 lời gọi còn đang chạy; endpoint không nhận được kết quả nữa. Không cần làm gì: mcp-pipe sẽ tự kết nối lại. Nếu hay xảy ra, hãy kiểm tra mạng. Thử lại sau 4,5 giây.',
    );
  });
});
