import type { Logger } from 'pino';
import { isSecretName, isSecretValue } from '../../config/secret-shape.js';
import { type Lang, messagesFor } from '../../messages/index.js';
import { AuditLog } from '../../observe/audit/audit-log.js';
import { redactArguments } from '../../observe/audit/redact-arguments.js';
import type { ObservedPlan, Observer } from '../../observe/observer.js';
import { Redactor } from '../../observe/redact.js';
import type { AuditEntry, AuditPlan } from '../../protocol/audit.js';
import type { FinishedCall } from '../../protocol/finished-call.js';
import { auditFile, endsTorn, makeAuditFolder } from './audit-place.js';
import { REFUSALS } from './refusals.js';

/** Options of the audit log of a run. */
export interface RunAuditOptions {
  /** The state folder of this configuration. */
  folder: string;
  logger: Pick<Logger, 'info' | 'warn'>;
  lang: Lang;
}

/** The audit log of a run, as its plan has it: an observer of the app, which gets every finished call. */
// D261
export class RunAudit implements Observer {
  readonly name = 'audit';
  readonly returnsCalls = true;
  readonly #options: RunAuditOptions;
  readonly #redactor: Redactor;
  readonly #secrets;
  #plan: AuditPlan | undefined;
  #log: AuditLog | undefined;
  /** Of logs that were closed, and lines that came while there was none. */
  #lostBefore = 0;
  #closing: Promise<void> = Promise.resolve();

  constructor(plan: Pick<ObservedPlan, 'audit' | 'secrets'>, options: RunAuditOptions) {
    this.#options = options;
    this.#redactor = new Redactor(plan.secrets);
    const redact = (text: string) => this.#redactor.redact(text);
    this.#secrets = { redact, isSecretName, isSecretValue };
    this.#use(plan.audit);
    process.once('exit', this.#onExit);
  }

  /** Lines of this run that could not be written. */
  get lost(): number {
    return this.#lostBefore + (this.#log?.lost ?? 0);
  }

  /** Writes one line. Never throws, and keeps no caller waiting. */
  readonly write = (entry: AuditEntry): void => {
    if (this.#log) this.#log.write(entry);
    // Its folder could not be made.
    else if (this.#plan) this.#lostBefore += 1;
  };

  readonly onAudit = this.write;
  readonly onCall = (call: FinishedCall): void => this.#called(call);
  readonly onClientCall = (call: FinishedCall): void => this.#called(call);
  readonly takesArguments = (): boolean => this.#plan?.arguments === true;

  readonly onPlan = ({ audit, secrets }: ObservedPlan): void => {
    this.onSecrets(secrets);
    if (JSON.stringify(audit) !== JSON.stringify(this.#plan)) this.#use(audit);
  };

  readonly onSecrets = (secrets: readonly string[]): void => {
    this.#redactor.add(secrets);
    this.#log?.forget();
  };

  /** A person has asked for something, on the page or by a command. `name`: of a server, link, agent or tool; empty: all. */
  acted(
    { at, action, name, key }: { at: number; action: string; name: string; key?: string | undefined },
    from: 'page' | 'socket',
  ): void {
    const link = name === '' ? undefined : name;
    this.write({ at, kind: 'act', link, method: action, key, outcome: from });
  }

  /** Call it when the run is over. Resolves when everything is written or lost, after a few seconds at most. */
  async close(): Promise<void> {
    process.off('exit', this.#onExit);
    this.#use(undefined);
    await this.#closing;
  }

  #called(call: FinishedCall): void {
    if (!this.#plan) return;
    const { link, server, method, tool, outcome, code, ms, requestBytes, replyBytes, caller, origin } = call;
    const refusal = code === undefined ? undefined : REFUSALS.get(code);
    this.write({
      at: Date.now(),
      kind: refusal === undefined ? 'call' : 'refused',
      requestId: origin?.requestId,
      key: caller?.key,
      agent: caller?.agent,
      link,
      address: origin?.address,
      ...{ server, method, tool, ms },
      outcome: refusal ?? outcome,
      ...{ code, requestBytes, replyBytes, fromCache: call.fromCache },
      arguments:
        call.arguments && this.#plan.arguments ? redactArguments(call.arguments, this.#secrets) : undefined,
    });
  }

  #use(plan: AuditPlan | undefined): void {
    const old = this.#log;
    this.#plan = plan;
    this.#log = plan && this.#open(plan);
    if (!old) return;
    const before = this.#closing;
    this.#closing = before
      .then(() => old.close())
      .then(() => {
        this.#lostBefore += old.lost;
      });
  }

  #open(plan: AuditPlan): AuditLog | undefined {
    const { folder, logger, lang } = this.#options;
    const words = messagesFor(lang).failures.audit;
    const file = auditFile(plan, folder);
    const onTrouble = ({ code = 'UNKNOWN', message }: NodeJS.ErrnoException) =>
      logger.warn({ code: 'AUDIT_FAILED', file, error: code }, words.failed({ file, message }));
    try {
      makeAuditFolder(plan, folder);
    } catch (error) {
      onTrouble(error as NodeJS.ErrnoException);
      return undefined;
    }
    return new AuditLog({
      ...{ file, maxBytes: plan.sizeBytes, maxOld: plan.keep, isTorn: endsTorn(file) },
      redact: this.#secrets.redact,
      onTrouble,
      onRecovered: (lost) =>
        logger.info({ event: 'audit-recovered', file, lost }, words.recovered({ file, count: lost })),
      onLost: (lost) => logger.warn({ code: 'AUDIT_LOST', file, lost }, words.lost({ file, count: lost })),
    });
  }

  readonly #onExit = (): void => this.#log?.flushSync();
}
