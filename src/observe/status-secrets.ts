import type { Status } from '../protocol/status.js';

/**
 * Cleans texts of servers and endpoints with `clean`, which removes secrets, before they are cut: the redactor cannot find half
 * a secret. The whole text is redacted once more when it is written.
 */
export function withoutSecrets(status: Status, clean: (text: string) => string): Status {
  switch (status.type) {
    case 'server-stderr':
      return { ...status, line: clean(status.line) };
    case 'invalid-message':
    case 'oversize-message':
      return { ...status, excerpt: clean(status.excerpt) };
    case 'answer-unreadable':
      return { ...status, excerpt: clean(status.excerpt), name: status.name && clean(status.name) };
    case 'server-refused':
      return { ...status, message: clean(status.message) };
    case 'list-failed':
      return { ...status, message: status.message && clean(status.message) };
    case 'list-faults':
      return {
        ...status,
        faults: status.faults.map((fault) => ({
          ...fault,
          name: clean(fault.name),
          at: fault.at.map(clean),
        })),
      };
    case 'renamed':
      return {
        ...status,
        names: status.names.map(({ from, to }) => ({ from: clean(from), to })),
      };
    case 'reply-unmatched':
      return { ...status, id: clean(status.id) };
    case 'call-timeout':
    case 'call-unanswered':
    case 'call-answered':
    case 'server-silent':
    case 'result-cut':
      return { ...status, name: status.name && clean(status.name) };
    case 'arguments-unchecked':
      return { ...status, tool: clean(status.tool) };
    case 'names-unfit':
      return { ...status, names: status.names.map(clean) };
    case 'tools-changed':
      return { ...status, changed: status.changed.map(clean), added: status.added.map(clean) };
    case 'name-hidden':
      return { ...status, name: clean(status.name) };
    case 'tools-over-budget':
      return {
        ...status,
        largest: status.largest.map(({ name, bytes }) => ({ name: clean(name), bytes })),
      };
    case 'server-copy':
      return status.to === 'down' ? { ...status, stderrTail: status.stderrTail.map(clean) } : status;
    case 'server-slow':
    case 'server-down':
      return { ...status, stderrTail: status.stderrTail.map(clean) };
    case 'down': {
      const { diagnosis, stderrTail } = status;
      return {
        ...status,
        stderrTail: stderrTail.map(clean),
        diagnosis: {
          ...diagnosis,
          reason: clean(diagnosis.reason),
          ...(diagnosis.refusal
            ? { refusal: { ...diagnosis.refusal, message: clean(diagnosis.refusal.message) } }
            : {}),
        },
      };
    }
    default:
      return status;
  }
}
