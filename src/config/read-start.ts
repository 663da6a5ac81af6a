import type { Finding } from '../protocol/errors.js';
import { readTimes, type WeeklyTimes } from '../time/schedule.js';
import { errorAt, warningAt } from './finding.js';
import type { JsonPath } from './json-source.js';
import { durationMs, type Start } from './mode.js';
import type { Place } from './place.js';
import type { RawServer } from './schema.js';
import type { ServerOptions } from './server-options.js';

/** The default of all servers, and where an entry's parts stand. */
interface Around {
  /** `settings.start`. */
  all: Start;
  placeOf: (...inside: JsonPath) => Place;
}

/** Reads when a server is started and kept running. What cannot be followed is left out and reported. */
export function readStart(
  { start: written, idlePark, keep, handshake }: RawServer,
  { all, placeOf }: Around,
): { start: Pick<ServerOptions, 'start' | 'idlePark' | 'keep'>; findings: Finding[] } {
  const findings: Finding[] = [];
  let start = written ?? all;
  if (start === 'demand' && handshake === 'passthrough') {
    const place = placeOf(written === undefined ? 'handshake' : 'start');
    // Only the endpoint's own initialize may reach the server: there is nothing to answer it from.
    findings.push(
      written === undefined
        ? warningAt(place, 'demand-passthrough', { isOfAll: true })
        : errorAt(place, 'demand-passthrough', { isOfAll: false }),
    );
    start = 'run';
  } else if (keep !== undefined && start === 'run') {
    findings.push(warningAt(placeOf('keep'), 'keep-without-demand'));
  }
  const texts = typeof keep === 'string' ? [keep] : (keep ?? []);
  const times = texts.flatMap((text, i): WeeklyTimes[] => {
    const read = readTimes(text);
    if (typeof read === 'object') return [read];
    const place = typeof keep === 'string' ? placeOf('keep') : placeOf('keep', i);
    findings.push(errorAt(place, 'keep-form', { wrong: read, written: text.slice(0, 60) }));
    return [];
  });
  return {
    start: {
      start,
      ...(idlePark === undefined
        ? {}
        : { idlePark: typeof idlePark === 'string' ? durationMs(idlePark)! : idlePark }),
      keep: times,
    },
    findings,
  };
}
