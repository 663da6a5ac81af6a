import type { PackageEvent } from '../protocol/package-start.js';
import { excerpt } from './human.js';
import { type Lang, messagesFor } from './index.js';

/** An event about the package of a server, as one line. */
export function formatPackage(event: PackageEvent, lang: Lang): string {
  const { packages } = messagesFor(lang);
  if (event.type === 'package-locked') return packages.locked(event);
  return packages.started(event.isDirect ? event : { ...event, word: event.word && excerpt(event.word) });
}
