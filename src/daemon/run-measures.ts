import type { Plan } from '../config/plan.js';
import type { Measures } from '../observe/measures/measures.js';
import type { App } from './app.js';

/**
 * Begins to measure for the page and the metrics: the result is an observer, which has to be there when the app is made. Whoever
 * asks for neither loads nothing of it.
 *
 * @param app What runs; it is made later.
 */
export async function openMeasures(plan: Plan, app: () => App | undefined): Promise<Measures> {
  const [{ Measures }, { classesOf }] = await Promise.all([
    import('../observe/measures/measures.js'),
    import('../observe/measures/classes.js'),
  ]);
  const measures = new Measures({ plan });
  measures.classes = classesOf({
    link: (name) => app()?.watch.snapshot.link(name),
    server: (name, at) => app()?.watch.apart.server(name, at),
  });
  return measures;
}
