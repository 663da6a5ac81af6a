import { feedWordsFor } from '../../messages/feed/index.js';
import { excerpt } from '../../messages/human.js';
import { type Lang, messagesFor } from '../../messages/index.js';
import { partsOfServerDown } from '../../messages/server-down-words.js';
import { formatEvent } from '../../messages/status-words.js';
import { partsOfDown } from '../../messages/words.js';
import type { FeedClass, FeedMove } from '../../protocol/feed.js';
import { faultOf } from '../../protocol/server-end.js';
import type { Status, StatusEvent } from '../../protocol/status.js';
import type { Move, PersonAct } from '../measures/measures.js';
import { withoutSecrets } from '../status-secrets.js';
import type { FeedSources } from './sources.js';

/** What an act leads to: the class before it says nothing of it. */
const CLASSES_OF_ACTS: Readonly<Record<PersonAct['action'], FeedClass | undefined>> = {
  pause: 'rest',
  resume: 'busy',
  restart: 'busy',
  reconnect: 'busy',
  wake: 'busy',
  sleep: 'rest',
  reload: undefined,
};

/** None of these is well, even where the next state is not known yet. */
const FAULTS: ReadonlySet<StatusEvent['type']> = new Set([
  'server-down',
  'server-refused',
  'server-slow',
  'server-silent',
  'server-breaker',
  'call-timeout',
  'down',
  'answers-lost',
  'token-contention',
]);

/** A history says what happened; what to do now, and the last lines of stderr, stand at the top of the page. */
const NO_ADVICE = () => false;
/** The name of a tool in a sentence, in characters. */
const NAME_LENGTH = 60;

/** A move in one short sentence, without secrets. */
export function wordMove(move: Move, { reasons }: Pick<FeedSources, 'reasons'>, lang: Lang): FeedMove {
  const { at, act } = move;
  if (act) {
    const { action, from, key } = act;
    const text = feedWordsFor(lang).did[action]({ from, key });
    return { at, class: CLASSES_OF_ACTS[action] ?? move.class ?? 'rest', text: reasons.clean(text) };
  }
  const event = withoutSecrets(move.status, (text) => reasons.clean(text));
  return { at, class: classAfter(move, event), text: reasons.clean(textOf(event, lang)) };
}

function classAfter({ class: is = 'ok' }: Move, { type }: Status): FeedClass {
  return is === 'ok' && FAULTS.has(type) ? 'busy' : is;
}

function textOf(event: Status, lang: Lang): string {
  const { moves } = feedWordsFor(lang);
  switch (event.type) {
    case 'server-ready':
      return moves.ready(event);
    case 'server-down':
      // How mcp-pipe ended it says nothing; the other causes have their own sentence.
      if (event.why === 'exited') return moves.exited({ ...faultOf(event.end), livedMs: event.livedMs });
      return partsOfServerDown(event, lang).what[0]!;
    case 'server-refused': {
      const message = event.message.trim() === '' ? undefined : excerpt(event.message);
      return messagesFor(lang).server.refused({ code: event.code, message });
    }
    case 'server-slow':
      return moves.slow(event);
    case 'server-silent':
      return moves.silent({ ...event, call: nameOf(event) });
    case 'server-idle-stopped':
      return event.why === undefined ? moves.idle(event) : messagesFor(lang).demand.parked(event);
    case 'strays-ended':
      return moves.strays({ processes: event.processes.length });
    case 'call-timeout':
      return moves.callTimeout({ ...event, call: nameOf(event) });
    case 'down':
      return partsOfDown(event.diagnosis, event, lang, ` [${event.diagnosis.cause}]`).what[0]!;
    case 'token-contention':
      return messagesFor(lang).events.tokenContention(event).what;
    default:
      return formatEvent(event, { lang, isDue: NO_ADVICE });
  }
}

function nameOf({ method, name }: { method: string; name: string | undefined }): string {
  return name === undefined ? excerpt(method, NAME_LENGTH) : `"${excerpt(name, NAME_LENGTH)}"`;
}
