import { existsSync } from 'node:fs';
import type { texts } from '../../messages/commands/service.js';
import type { Machine } from './machine.js';
import { type Manager, type ManagerKind, managerKind, managerOf } from './manager.js';
import type { Scope } from './service.js';
import { ServiceError } from './service-error.js';

export interface ServiceChoice {
  name: string;
  user?: boolean;
  system?: boolean;
  as?: ManagerKind;
}

/** A name that every service manager, file system and shell takes as it is. */
const NAME = /^[A-Za-z0-9][\w.-]{0,59}$/;

/** The manager of the service that the options mean, where it is to be installed. @throws ServiceError for wrong options */
export function chosenManager(choice: ServiceChoice, machine: Machine, words: typeof texts.en): Manager {
  const { name, user, system, as } = choice;
  if (user && system) throw new ServiceError('USAGE', words.bothScopes());
  if (!NAME.test(name)) throw new ServiceError('USAGE', words.badName({ name }));
  const scope = system ? 'system' : user ? 'user' : machine.uid === 0 ? 'system' : 'user';
  return managerOf(as ?? managerKind(machine.platform), name, scope, machine);
}

/** As `chosenManager`; without --user and --system, the scope in which the service is installed. */
export function installedManager(choice: ServiceChoice, machine: Machine, words: typeof texts.en): Manager {
  const chosen = chosenManager(choice, machine, words);
  if (choice.user || choice.system || existsSync(chosen.file)) return chosen;
  const other: Scope = chosen.scope === 'user' ? 'system' : 'user';
  const there = managerOf(chosen.kind, choice.name, other, machine);
  return existsSync(there.file) ? there : chosen;
}
