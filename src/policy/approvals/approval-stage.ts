import type { Frame } from '../../protocol/frame.js';
import { ErrorCode, encodeNotification } from '../../protocol/jsonrpc.js';
import { Method, progressTokenAsked } from '../../protocol/mcp.js';
import type { Clock } from '../../time/clock.js';
import { APPROVALS } from '../approval-defaults.js';
import { showHidden } from '../drift/show-hidden.js';
import type { GuardedCall, GuardedClient, Stage, Verdict } from '../stage.js';
import type { Approvals, Waited } from './approvals.js';
import { shownArguments } from './shown-arguments.js';

export interface ApprovalStageOptions {
  approvals: Approvals;
  /** Whether calls of a tool, by the name that its server gives it, wait for a person. A promise: the server is asked first. */
  needsPerson: (tool: string, client: GuardedClient) => boolean | Promise<boolean>;
  /** How long, in milliseconds. */
  withinMs: number;
  clock: Pick<Clock, 'after'>;
}

/** Calls of some tools wait until a person has approved them: this one call, with the arguments that were shown. */
// D258
export function approvalStage({ approvals, needsPerson, withinMs, clock }: ApprovalStageOptions): Stage {
  return {
    request(call, frame) {
      const { method, tool, client } = call;
      if (method !== Method.callTool || tool === undefined) return undefined;
      if (approvals.isAhead(client, tool)) return undefined;
      const needed = needsPerson(tool, client);
      if (typeof needed === 'boolean') return needed ? wait(call, tool, frame) : undefined;
      return needed.then((isNeeded) => (isNeeded ? wait(call, tool, frame) : undefined));
    },
  };

  function wait(call: GuardedCall, tool: string, frame: Frame): Verdict | Promise<Verdict> {
    const { client, signal } = call;
    // What the server will get: stages before this one may have changed what the client has sent.
    const shown = shownArguments(frame);
    if (shown === 'ambiguous' || shown === 'too-long') return refused(call, shown);
    if (approvals.isFull(client)) return refused(call, 'full');
    const asked = approvals.ask({ client, tool, arguments: shown, withinMs, signal });
    const endProgress = tellProgress(call, withinMs, clock);
    return asked.then((how) => {
      endProgress();
      return typeof how === 'object' && how.isApproved ? undefined : refused(call, how);
    });
  }
}

/**
 * Tells a client that has asked for progress that its call waits, so that it does not give up. The numbers are seconds left, below
 * zero: whatever progress the server will tell is greater, as MCP "Progress" wants.
 */
function tellProgress(call: GuardedCall, withinMs: number, clock: Pick<Clock, 'after'>): () => void {
  const token = progressTokenAsked(call.frame, call.envelope);
  if (token === undefined) return () => {};
  const progressToken: unknown = JSON.parse(token);
  const message = 'waits for the approval of a person';
  let leftMs = withinMs;
  let cancel = () => {};
  const tell = () => {
    call.tell(encodeNotification(Method.progress, { progressToken, progress: -leftMs / 1_000, message }));
    leftMs -= APPROVALS.progressEveryMs;
    if (leftMs > 0) cancel = clock.after(APPROVALS.progressEveryMs, tell);
  };
  tell();
  return () => cancel();
}

type Why = Exclude<Waited, object> | 'declined' | 'ambiguous' | 'too-long' | 'full';

function refused({ client, tool = '' }: GuardedCall, how: Waited | Why): Verdict {
  const why = typeof how === 'string' ? how : 'declined';
  const reason = typeof how === 'string' ? undefined : how.reason;
  const its = `"${showHidden(tool).slice(0, 128)}" of the MCP server "${client.server}"`;
  const message = {
    declined: `A person has declined this call of ${its}${reason ? `: ${reason}` : ''}. It was not carried out.`,
    late: `No person has approved this call of ${its} in time. It was not carried out; call again when a person can look at it.`,
    stopped: `mcp-pipe stops, so nobody can approve this call of ${its}. It was not carried out; call again later.`,
    gone: `This call of ${its} was cancelled before a person approved it. It was not carried out.`,
    ambiguous: `This call of ${its} has a key twice, so what a person would approve is not clear. It was not carried out; send each key once.`,
    'too-long': `The arguments of this call of ${its} are longer than ${APPROVALS.mostArgumentBytes} bytes, more than a person can read and approve. It was not carried out; send less at a time.`,
    full: `Too many calls wait for the approval of a person already. This call of ${its} was not carried out; call again later.`,
  }[why];
  const data = { server: client.server, tool: tool.slice(0, 128), why, ...(reason ? { reason } : {}) };
  return { refuse: { code: ErrorCode.notApproved, message, data } };
}
