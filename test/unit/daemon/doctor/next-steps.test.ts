import { describe, expect, test } from 'vitest';
import { type Item, item } from '../../../../src/daemon/doctor/item.js';
import { nextSteps } from '../../../../src/daemon/doctor/next-steps.js';

/** The advice of a line is its id, unless a text is given. */
const line = (severity: Item['severity'], id: string, about = '', advice = id): Item =>
  ({ severity, section: 'network', about, id, params: { advice } }) as unknown as Item;
const adviceOf = ({ params }: Item) => (params as { advice?: string }).advice;
const steps = (...items: Item[]) =>
  nextSteps(items, adviceOf).map(({ item: { id }, about }) => [id, ...about].join(' '));

describe('the next steps', () => {
  test.each<[string, Item[], string[]]>([
    ['are none when all is well', [line('ok', 'reached'), line('skipped', 'dial-unreached')], []],
    [
      'begin with errors of the configuration',
      [line('error', 'server-failed', 'a'), line('error', 'unreachable', 'host'), line('error', 'finding')],
      ['finding', 'unreachable host', 'server-failed a'],
    ],
    [
      'name the network before what needs it',
      [line('error', 'dial-failed', 'calc'), line('error', 'unreachable', 'h'), line('error', 'no-network')],
      ['no-network', 'dial-failed calc'],
    ],
    [
      'name a wrong clock before the certificates that it makes invalid',
      [line('error', 'certificate-refused', 'h'), line('warning', 'clock-off')],
      ['clock-off', 'certificate-refused h'],
    ],
    [
      'name a second owner before the dial that it made fail',
      [line('error', 'dial-failed', 'calc'), line('warning', 'owner-other', '#1a2b3c4d')],
      ['owner-other #1a2b3c4d', 'dial-failed calc'],
    ],
    [
      'name a registry before the server that is downloaded from it',
      [line('error', 'server-late', 'mem'), line('error', 'package-missing', 'mem')],
      ['package-missing mem', 'server-late mem'],
    ],
    [
      'name errors before warnings',
      [line('warning', 'finding'), line('warning', 'tools-many', 'mux'), line('error', 'server-late', 'a')],
      ['server-late a', 'finding', 'tools-many mux'],
    ],
    [
      'leave out a link whose host is wrong',
      [
        line('error', 'unreachable', 'h'),
        { ...line('error', 'link-down', 'a'), params: { advice: 'x', host: 'h' } },
        { ...line('error', 'link-down', 'b'), params: { advice: 'y', host: 'other' } },
      ],
      ['unreachable h', 'link-down b'],
    ],
    [
      'are three',
      ['a', 'b', 'c', 'd'].map((name) => line('error', 'server-failed', name, name)),
      ['server-failed a', 'server-failed b', 'server-failed c'],
    ],
    [
      'say the same thing once, and what it is about',
      [
        line('error', 'unreachable', 'h1', 'x'),
        line('error', 'unreachable', 'h2', 'x'),
        line('error', 'unreachable', 'h2', 'x'),
      ],
      ['unreachable h1 h2'],
    ],
  ])('%s', (_, items, expected) => {
    expect(steps(...items)).toEqual(expected);
  });

  test('leave out lines without advice', () => {
    const dial = item('error', 'endpoint', 'a', 'dial-unreached', {});
    expect(nextSteps([dial], () => undefined)).toEqual([]);
  });
});
