import type { App } from '../daemon/app.js';
import { SentryObserver, type SentryObserverOptions } from '../daemon/sentry/sentry-observer.js';
import type { ObservedPlan } from '../observe/observer.js';
import { beforeCrash } from './before-crash.js';
import { version } from './version.js';

/** Reports to Sentry what goes wrong in a run, as far as its plan says so. Close it when links have stopped. */
export function addSentry(
  app: Pick<App, 'observers'>,
  plan: Pick<ObservedPlan, 'sentry' | 'secrets'>,
  options: Omit<SentryObserverOptions, 'version'>,
): Pick<SentryObserver, 'alerted' | 'close'> {
  const observer = new SentryObserver(plan, { ...options, version: version() });
  app.observers.push(observer);
  beforeCrash.add(observer.crashed);
  return {
    alerted: observer.alerted,
    close: async () => {
      await observer.close();
      beforeCrash.delete(observer.crashed);
    },
  };
}
