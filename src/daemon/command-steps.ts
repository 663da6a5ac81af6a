import type { ServerPlan } from '../config/plan.js';
import type { CommandStep } from '../process/command-step.js';

/** What is made of the command of a server before it is started, in this order: each step sees what the one before has made. */
export function commandSteps(_server: ServerPlan): readonly CommandStep[] {
  return [];
}
