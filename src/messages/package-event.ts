import type { PackageEvent } from '../protocol/package-start.js';
import { excerpt } from './human.js';
import { type Lang, messagesFor } from './index.js';

/** Of the files that were not copied; all are in the folder that is named. */
const MOST_NAMED = 5;

/** An event about the package of a server, as one line. */
export function formatPackage(event: PackageEvent, lang: Lang): string {
  const { packages } = messagesFor(lang);
  if (event.type === 'package-locked') return packages.locked(event);
  if (event.type === 'package-data')
    return packages.data({
      ...event,
      left: event.left
        .slice(0, MOST_NAMED)
        .map((path) => excerpt(path))
        .join(', '),
    });
  return packages.started(event.isDirect ? event : { ...event, word: event.word && excerpt(event.word) });
}
