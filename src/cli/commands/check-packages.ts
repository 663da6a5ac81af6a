import type { CheckResult } from '../../config/check/check.js';
import type { AuditedPackage } from '../../daemon/package-audit/audit-packages.js';
import { texts } from '../../messages/commands/audit-packages.js';
import { escapeControls } from '../../messages/human.js';
import type { Lang } from '../../messages/index.js';
import { concernText } from './concern-text.js';

/** The worst locked package, by what registries have said before; undefined: nothing bad or doubtful is known. */
export async function worstPackage(
  { servers }: Pick<CheckResult, 'servers'>,
  lockFiles: readonly string[],
  folder: string,
): Promise<AuditedPackage | undefined> {
  const { auditPackages } = await import('../../daemon/package-audit/audit-packages.js');
  const audited = servers.flatMap(withCommand);
  const { signal } = new AbortController();
  const { packages } = await auditPackages(audited, { lockFiles, folder, ask: 'kept', signal });
  // A package of which nothing is known stands before doubtful ones.
  return packages.find(({ worst }) => worst === 'bad' || worst === 'doubtful');
}

/** A checked server as those look at it that deal with locks; none for one that is no process. */
export function withCommand(server: CheckResult['servers'][number]) {
  if (server.kind !== 'stdio') return [];
  const { name, lock, confinement, command, args, cwd, env } = server;
  return [{ name, options: { lock }, confinement, launch: { command, args, cwd, env } }];
}

/** For people; empty when nothing is to be said. */
export function packageLines(worst: AuditedPackage | undefined, lang: Lang): string[] {
  const [concern] = worst?.concerns ?? [];
  if (!worst || !concern) return [];
  const words = texts[lang];
  const { name, version, servers } = worst;
  const what = concernText(concern, words);
  return [
    escapeControls(words.worst({ name, version, servers, weight: words.weights[concern.weight], what })),
  ];
}

/** The same for programs. */
export function packagesJson(worst: AuditedPackage | undefined): object | null {
  if (!worst) return null;
  const { askedAt, failed: _, ...rest } = worst;
  return { worst: { ...rest, askedAt: askedAt === undefined ? null : new Date(askedAt).toISOString() } };
}
