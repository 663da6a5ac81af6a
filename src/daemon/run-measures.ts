import type { Plan } from '../config/plan.js';
import type { Measures } from '../observe/measures/measures.js';
import { type Clock, idleClock } from '../time/clock.js';
import type { App } from './app.js';

/**
 * Begins to measure for the page and the metrics: the result is an observer, which has to be there when the app is made. Whoever
 * asks for neither loads nothing of it.
 *
 * @param app What runs; it is made later.
 * @param clock That of the daemon, with timers that do not keep the process running.
 */
export async function openMeasures(
  plan: Plan,
  app: () => App | undefined,
  clock: Pick<Clock, 'now' | 'after'> = idleClock,
): Promise<Measures> {
  const [{ Measures }, { classesOf }] = await Promise.all([
    import('../observe/measures/measures.js'),
    import('../observe/measures/classes.js'),
  ]);
  const measures = new Measures({ plan, clock });
  measures.classes = classesOf({
    link: (name) => app()?.watch.snapshot.link(name),
    server: (name, at) => app()?.watch.apart.server(name, at),
  });
  return measures;
}
