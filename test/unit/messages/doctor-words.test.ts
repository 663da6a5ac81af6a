import { describe, expect, test } from 'vitest';
import { type DoctorId, type DoctorParams, wordDoctor } from '../../../src/messages/doctor-words.js';
import { doctor as en } from '../../../src/messages/en/doctor.js';
import { doctor as vi } from '../../../src/messages/vi/doctor.js';
import type { Diagnosis } from '../../../src/protocol/diagnosis.js';
import { englishIn } from '../../helpers/english.js';

const tools = { count: 411, bytes: 412 };
const diagnosis: Diagnosis = {
  ...{ cause: 'refused', action: { kind: 'retry' }, code: undefined, reason: 'ECONNREFUSED' },
  ...{ siblings: 0, openForMs: undefined, initialize: 'not-asked' },
};
const finding = {
  ...{ severity: 'error', code: 'CONFIG_TYPE', file: 'FILE', path: 'PATH', line: 411 },
  ...{ id: 'variable-unclosed', params: {} },
} as const;

/** Parameters for each id; several where branches say different things. */
const SAMPLES: { [Id in DoctorId]: readonly DoctorParams<Id>[] } = {
  finding: [],
  'config-ok': [{ servers: 411, links: 412, file: 'FILE' }],
  machine: [
    { version: 'VERSION', node: 'NODE', platform: 'PLATFORM', inContainer: true },
    { version: 'VERSION', node: 'NODE', platform: 'PLATFORM', inContainer: false },
  ],
  running: [{ pid: 411, forMs: 412 }],
  'not-running': [{}],
  'daemon-silent': [{ what: 'WHAT' }],
  'tls-unchecked': [{}],
  'ca-unreadable': [{ file: 'FILE', error: 'ERROR' }],
  'no-network': [{ hosts: 411 }],
  reached: [
    { dnsMs: 411, addresses: 412, tcpMs: 411, tlsMs: 411, httpMs: 411, status: 412, proxy: undefined },
    {
      dnsMs: undefined,
      addresses: 0,
      tcpMs: 411,
      tlsMs: undefined,
      httpMs: undefined,
      status: undefined,
      proxy: 'PROXY',
    },
  ],
  unreachable: (['dns', 'proxy', 'tcp', 'tls', 'http', 'websocket'] as const).flatMap((step) => [
    { step, isLocal: true, inContainer: true, diagnosis },
    { step, isLocal: false, inContainer: true, diagnosis },
    { step, isLocal: false, inContainer: false, diagnosis },
  ]),
  'no-answer': [{ step: 'tcp', afterMs: 411 }],
  'speaks-tls': [{ scheme: 'SCHEME' }],
  'speaks-plain': [{}],
  'sent-elsewhere': [
    { status: 411, to: 'HOST' },
    { status: 411, to: '' },
  ],
  'web-page': [{}],
  'proxy-used': [{ proxy: 'PROXY', variable: 'VARIABLE' }],
  'certificate-ok': [{ days: 411, issuer: 'ISSUER' }],
  'certificate-ends': [{ days: 411, issuer: '' }],
  'certificate-refused': (
    [
      'expired',
      'not-yet-valid',
      'self-signed',
      'unknown-authority',
      'incomplete-chain',
      'other-host',
      'other',
    ] as const
  ).map((fault) => ({ fault, reason: 'REASON', subject: 'SUBJECT' })),
  'clock-ok': [{ skewMs: 411_000 }],
  'clock-off': [{ skewMs: 411_000 }, { skewMs: -411_000 }],
  'clock-unknown': [{}],
  dialled: [{ ms: 411, askedMs: 412 }],
  'dialled-quiet': [{ ms: 411, watchedMs: 412 }],
  'dial-failed': [{ diagnosis }],
  'dial-late': [{}],
  'dial-unreached': [{}],
  'dial-in-use': [
    { pid: 411, link: 'LINK' },
    { pid: 411, link: 'LINK', machine: 'MACHINE' },
  ],
  'dial-no-lease': [
    { why: 'store-down', store: 'STORE', reason: 'REASON' },
    { why: 'store-empty', store: 'STORE', until: 411 },
  ],
  'redis-answers': [{ ms: 411, version: 'VERSION' }, { ms: 411 }],
  'redis-failed': [{ reason: 'REASON' }],
  'redis-login': [{ reason: 'REASON' }],
  'redis-replica': [{}],
  'redis-old': [{ version: 'VERSION' }],
  'redis-evicts': [{ policy: 'POLICY' }],
  'redis-unkept': [{ ttlMs: 411 }],
  'redis-full': [{ now: 411, most: 412 }],
  'dial-account': [{ account: 'ACCOUNT' }],
  'dial-no-files': [{ message: 'MESSAGE' }],
  'link-works': [{ forMs: 411 }],
  'link-quiet': [{ forMs: 411 }],
  'link-waits': [{ why: 'WHY' }],
  'link-starting': [{ state: 'STATE' }],
  'link-down': [{ why: 'WHY', host: 'HOST' }],
  'registry-ok': [{ registry: 'REGISTRY', ms: 411 }],
  'registry-not-needed': [{ registry: 'REGISTRY' }, { registry: 'REGISTRY', status: 411 }],
  'registry-login': [{ registry: 'REGISTRY', status: 411 }],
  'registry-error': [{ registry: 'REGISTRY', status: 411 }],
  'package-missing': [{ registry: 'REGISTRY', pkg: 'PACKAGE' }],
  'registry-unreachable': [{ registry: 'REGISTRY', diagnosis }],
  'server-ok': [{ ms: 411, tools }],
  'server-runs': [
    { ms: 411, tools },
    { ms: undefined, tools },
  ],
  'server-starting': [{ state: 'STATE' }],
  'server-not-tried': [{}],
  'server-at-rest': [{ why: undefined }],
  'server-slow': [
    { ms: 411, limitMs: 412, name: 'NAME', canLock: true },
    { ms: 411, limitMs: 412, name: 'NAME', canLock: false },
  ],
  'server-late': [
    { waitedMs: 411, tail: 'TAIL' },
    { waitedMs: 411, tail: '' },
  ],
  'gateway-server-failed': [{ name: 'NAME', state: 'down' }],
  'server-failed': [
    { name: 'NAME', what: 'WHAT', next: undefined },
    { name: 'NAME', what: 'WHAT', next: 'NEXT' },
  ],
  'server-silent': [{ name: 'NAME', what: 'WHAT' }],
  'server-no-tools': [{}],
  'tools-faulty': [{ count: 411, names: 'NAMES' }],
  'tools-ok': [tools],
  'tools-many': [tools],
  'tools-over-budget': [
    { ...tools, budget: 'maxTools', bound: 411 },
    { ...tools, budget: 'maxToolListBytes', bound: 411 },
  ],
  'owner-none': [{}],
  'owner-self': [{ connections: 411 }],
  'owner-other': [{ token: 'TOKEN', pid: 411, link: 'LINK', since: 0 }],
  'owner-contested': [{}],
  'box-none': [{}],
  'box-connection': [{ at: 0, file: 'FILE', diagnosis }],
  'box-end': ['connection-ended', 'server-ended', 'exception', 'WHY'].map((why) => ({
    at: 0,
    file: 'FILE',
    why,
  })),
  'probe-broke': [{ message: 'MESSAGE' }],
};

/** What came from the samples. */
const marks = (text: string) => [...new Set(text.match(/\b[A-Z]{3,}\b|\b41[12]\b/g))].sort();

describe('what the doctor says', () => {
  test('exists in both languages', () => {
    expect(Object.keys(vi).sort()).toEqual(Object.keys(en).sort());
  });

  test.each(Object.keys(SAMPLES) as DoctorId[])('of %s is the same in both, and in words of each', (id) => {
    for (const params of SAMPLES[id]) {
      const [english, vietnamese] = [wordDoctor({ id, params }, 'en'), wordDoctor({ id, params }, 'vi')];
      const [one, other] = [JSON.stringify(english), JSON.stringify(vietnamese)];
      expect(one).not.toMatch(/undefined|NaN|\[object/);
      expect(other).not.toMatch(/undefined|NaN|\[object/);
      expect(marks(other)).toEqual(marks(one));
      expect(vietnamese.next === undefined).toBe(english.next === undefined);
      expect(englishIn(`${vietnamese.found}\n${vietnamese.next ?? ''}`)).toEqual([]);
      // What is made of samples alone, or of names, is alike.
      if (/[a-z]{4} [a-z]{3}/.test(english.found)) expect(vietnamese.found).not.toBe(english.found);
    }
  });

  test('of a finding is what check says', () => {
    const said = wordDoctor({ id: 'finding', params: { finding } }, 'en');
    expect(said.found).toMatch(/^FILE:411: PATH: expected .*, got /);
  });
});
