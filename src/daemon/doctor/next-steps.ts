import type { DoctorId } from '../../messages/doctor-words.js';
import type { Item } from './item.js';

/** One thing to do, and the lines that it helps. */
export interface Step {
  /** The line whose advice it is. */
  item: Item;
  /** What all its lines are about, in their order; without empty ones. */
  about: string[];
}

/**
 * What to do first: a cause before its consequences. An error to a configuration stops everything; without a network nothing
 * else can be judged; a wrong clock makes certificates invalid; a second owner makes dials fail.
 */
const ORDER: readonly DoctorId[] = [
  ...([
    'finding',
    'no-network',
    'clock-off',
    'tls-unchecked',
    'ca-unreadable',
    'speaks-tls',
    'speaks-plain',
  ] as const),
  ...([
    'unreachable',
    'sent-elsewhere',
    'web-page',
    'no-answer',
    'certificate-refused',
    'owner-contested',
    'owner-other',
  ] as const),
  ...(['dial-failed', 'link-down', 'dial-no-files', 'package-missing', 'registry-unreachable'] as const),
  ...([
    'registry-login',
    'registry-error',
    'server-failed',
    'gateway-server-failed',
    'server-late',
    'server-silent',
    'daemon-silent',
  ] as const),
  ...([
    'server-no-tools',
    'tools-many',
    'tools-over-budget',
    'server-slow',
    'link-waits',
    'box-connection',
    'box-end',
  ] as const),
  ...(['certificate-ends', 'tools-faulty', 'probe-broke'] as const),
];

/** What cannot be judged without a network: its advice would lead elsewhere. */
const NEEDS_NETWORK: ReadonlySet<DoctorId> = new Set(['unreachable', 'no-answer', 'registry-unreachable']);

/** The most useful steps, best first, at most `most`. Lines with the same advice are one step. Pure. */
export function nextSteps(
  items: readonly Item[],
  adviceOf: (item: Item) => string | undefined,
  most = 3,
): Step[] {
  const broken = new Set(
    items.flatMap(({ severity, section, about }) =>
      section === 'network' && severity === 'error' ? [about] : [],
    ),
  );
  const isCutOff = items.some(({ id }) => id === 'no-network');
  const wrong = items.filter(
    ({ severity, id, params }) =>
      (severity === 'error' || severity === 'warning') &&
      !(isCutOff && NEEDS_NETWORK.has(id)) &&
      // What is wrong with the host says more.
      !(id === 'link-down' && broken.has((params as { host: string }).host)),
  );
  const steps = new Map<string, Step>();
  for (const item of wrong.sort(byUse)) {
    const advice = adviceOf(item);
    if (advice === undefined) continue;
    const step = steps.get(advice) ?? { item, about: [] };
    if (item.about !== '' && !step.about.includes(item.about)) step.about.push(item.about);
    steps.set(advice, step);
  }
  return [...steps.values()].slice(0, most);
}

function byUse(a: Item, b: Item): number {
  return rankOf(a) - rankOf(b);
}

/** Errors before warnings; but a warning that explains errors of the network goes with them. */
function rankOf({ id, severity }: Item): number {
  const explains = id === 'clock-off' || id === 'sent-elsewhere' || id === 'web-page' || id === 'owner-other';
  const place = ORDER.indexOf(id);
  return (severity === 'error' || explains ? 0 : ORDER.length) + (place < 0 ? ORDER.length - 1 : place);
}
