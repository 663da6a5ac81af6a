import type { ProbeResult, ProbeStep } from '../../daemon/probe.js';
import { texts } from '../../messages/commands/probe.js';
import type { Lang } from '../../messages/index.js';
import { formatCause, formatClose } from '../../messages/words.js';
import type { ChosenToken } from '../token-choice.js';

/** One line for people. */
export function formatStep(step: ProbeStep, lang: Lang): string {
  const words = texts[lang];
  const { type, number } = step;
  switch (type) {
    case 'watching':
    case 'settling':
      return words[type]({ number, ms: step.forMs });
    case 'ended': {
      const { cause, openForMs } = step.diagnosis;
      const close = formatClose(step.diagnosis, lang);
      return words.ended({ number, wasOpen: openForMs !== undefined, close, cause });
    }
    default:
      return words[type]({ number });
  }
}

/** The result as lines for people. */
export function formatProbe(
  { endpoint, key }: ChosenToken,
  result: Exclude<ProbeResult, { how: 'interrupted' }>,
  { watchMs, lang }: { watchMs: number; lang: Lang },
): string[] {
  const words = texts[lang];
  const token = endpoint.token === '' ? String(endpoint) : words.token(endpoint);
  const { limit, how } = result;
  if (how === 'failed') {
    const { diagnosis, number } = result;
    const said = formatCause(diagnosis, lang);
    const isTakenOver = diagnosis.cause === 'replaced';
    const what = isTakenOver ? words.takenOver({ close: formatClose(diagnosis, lang) }) : said.what;
    return [words.notFound({ token, number, what }), said.next];
  }
  const isDeaf = how === 'replaced' && result.isDeaf;
  return [
    how === 'not-reached'
      ? words.notReached({ token, limit, watchMs })
      : words.found({ token, limit, how, isDeaf }),
    words.write,
    `  "tokens": ${JSON.stringify(entry(key, limit))}`,
  ];
}

/** The result for programs. */
export function probeJson({ endpoint, key }: ChosenToken, result: ProbeResult): string {
  const { limit, how } = result;
  const diagnosis = 'diagnosis' in result ? result.diagnosis : undefined;
  const report = {
    fingerprint: endpoint.fingerprint,
    limit: limit ?? null,
    how,
    isExact: limit !== undefined && how !== 'not-reached',
    cause: diagnosis?.cause ?? null,
    code: diagnosis?.code ?? null,
    ...(limit === undefined ? {} : { tokens: entry(key, limit) }),
  };
  return JSON.stringify(report, null, 2);
}

function entry(key: string, connectionsPerToken: number): object {
  return { [key]: { connectionsPerToken } };
}
