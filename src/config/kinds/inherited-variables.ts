import type { Inherited } from './kind.js';

type Variables = Readonly<Record<string, string>>;

/** The environment `next` with the inherited variables of `running` where only these came or went, and their names. */
export function keptVariables(
  next: Variables,
  running: Variables,
  { before, after }: Inherited,
): { env: Record<string, string>; variables: string[] } {
  const isInherited = (name: string, value: string | undefined, from: Variables) =>
    Object.hasOwn(from, name) && from[name] === value;
  const came = Object.keys(next).filter(
    (name) => !Object.hasOwn(running, name) && isInherited(name, next[name], after),
  );
  const went = Object.keys(running).filter(
    (name) => !Object.hasOwn(next, name) && isInherited(name, running[name], before),
  );
  const env = { ...next };
  for (const name of came) delete env[name];
  for (const name of went) env[name] = running[name]!;
  return { env, variables: [...came, ...went] };
}
