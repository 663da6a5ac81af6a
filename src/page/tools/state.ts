/** The tools of the server that is looked at, the form of the chosen one, and what came of calling it. */
import type { FeedServer } from '../../protocol/feed.js';
import { type Answer, ask } from '../ask.js';
import { duration } from '../format.js';
import { say } from '../say.js';
import { type ActionError, now, redraw } from '../state.js';
import { w } from '../words.js';
import { elementId, type Form, JSON_ID } from './form-view.js';
import { type Result, resultOf } from './result-parts.js';
import { fieldsOf } from './schema-fields.js';
import { argumentsOf, initialValues, jsonArguments, valuesOf } from './schema-form.js';
import { type Tool, toolsIn } from './tool.js';

/** The answer of a call, or why there is none. */
export interface Outcome {
  tool: string;
  ms: number;
  /** Of the answer as JSON. */
  bytes: number;
  result?: Result;
  error?: ActionError;
  /** Letters of its text that are shown. */
  shown: number;
}

export interface Tools {
  server: string;
  /** The server's state when it was asked: another one may have other tools. */
  askedAt: number | undefined;
  isAsking: boolean;
  list: readonly Tool[] | undefined;
  error: ActionError | undefined;
  query: string;
  chosen: string | undefined;
  forms: Map<string, Form>;
  running: { tool: string; since: number; stop: AbortController } | undefined;
  outcome: Outcome | undefined;
}

/** A text is cut here, and shown on when a person wants more. */
export const CUT_AT = 64 * 1024;

let tools: Tools = nothing('');
let editions = 0;

function nothing(server: string): Tools {
  return {
    ...{ server, askedAt: undefined, isAsking: false, list: undefined, error: undefined, query: '' },
    ...{ chosen: undefined, forms: new Map(), running: undefined, outcome: undefined },
  };
}

/** What is known of a server's tools. A server that runs is asked; one that sleeps only when a person wants it, for that starts it. */
export function toolsOf(server: FeedServer): Tools {
  if (tools.server !== server.name) {
    tools.running?.stop.abort();
    tools = nothing(server.name);
  }
  const isOther = tools.askedAt === undefined || tools.askedAt !== server.since;
  if (server.state === 'ready' && isOther && !tools.isAsking) askForTools(server);
  return tools;
}

/** How many tools it has, once they were listed. */
export function countTools(server: string): number | undefined {
  return tools.server === server ? tools.list?.length : undefined;
}

export function askForTools({ name, since }: FeedServer): void {
  const mine = tools;
  mine.isAsking = true;
  mine.askedAt = since;
  ask('tools/list', { server: name }).then((answer) => {
    mine.isAsking = false;
    mine.error = 'error' in answer ? answer.error : undefined;
    if ('result' in answer) {
      mine.list = toolsIn(answer.result);
      // A form belongs to the schema for which it was made.
      mine.forms.clear();
    }
    redraw();
  });
  // Not in the middle of a drawing.
  redraw();
}

export function chosenTool({ list = [], chosen }: Tools): Tool | undefined {
  return list.find(({ name }) => name === chosen) ?? list[0];
}

export function choose(state: Tools, name: string): void {
  state.chosen = name;
  state.outcome = undefined;
  redraw();
}

export function formOf({ forms }: Tools, tool: Tool): Form {
  const known = forms.get(tool.name);
  if (known !== undefined) return known;
  const fields = fieldsOf(tool.inputSchema);
  const form: Form = {
    ...{ edition: editions++, fields, values: initialValues(fields ?? []), errors: new Map() },
    ...{ json: fields === undefined ? '{}' : undefined, note: undefined },
  };
  forms.set(tool.name, form);
  return form;
}

/** From fields to JSON and back, with what stands there. */
export function swapForm(form: Form): void {
  form.errors = new Map();
  form.note = undefined;
  if (form.json === undefined) {
    form.json = JSON.stringify(argumentsOf(form.fields ?? [], form.values).arguments, null, 2);
    form.edition = editions++;
    return redraw();
  }
  const read = jsonArguments(form.json);
  const values = 'error' in read ? undefined : valuesOf(form.fields ?? [], read.value);
  if ('error' in read) form.errors = new Map([[JSON_ID, read.error]]);
  else if (values === undefined) form.note = w.tools.notAForm;
  else {
    form.values = values;
    form.json = undefined;
    form.edition = editions++;
  }
  redraw();
}

/** The arguments of a call; undefined when something is wrong: that is shown then, and the first such field has the focus. */
export function checkedArguments(form: Form): Record<string, unknown> | undefined {
  const { json, fields = [], values } = form;
  const read = json === undefined ? undefined : jsonArguments(json);
  if (read !== undefined && 'value' in read) return read.value;
  const { arguments: args, errors } = argumentsOf(fields, values);
  form.errors = read === undefined ? errors : new Map([[JSON_ID, read.error]]);
  const [first] = form.errors.keys();
  if (first === undefined) return args;
  redraw();
  // After it is drawn, so that a screen reader reads what is wrong with it.
  setTimeout(() => document.getElementById(elementId(first))?.focus(), 0);
  return undefined;
}

export function callTool(state: Tools, tool: Tool, args: Record<string, unknown>): void {
  const started = performance.now();
  const stop = new AbortController();
  state.outcome = undefined;
  state.running = { tool: tool.name, since: now(), stop };
  redraw();
  ask('tools/call', { server: state.server, name: tool.name, arguments: args }, stop.signal).then(
    (answer) => {
      state.running = undefined;
      const ms = performance.now() - started;
      state.outcome = outcomeOf(tool.name, answer, ms, stop.signal.aborted);
      say(outcomeText(state.outcome));
      redraw();
    },
  );
}

function outcomeOf(tool: string, answer: Answer, ms: number, isStopped: boolean): Outcome {
  const about = { tool, ms, bytes: 0, shown: CUT_AT };
  if (isStopped) return { ...about, error: { message: w.tools.gaveUp } };
  if ('error' in answer) return { ...about, error: answer.error };
  const { result } = answer;
  return { ...about, bytes: new Blob([JSON.stringify(result) ?? '']).size, result: resultOf(result) };
}

/** `Answered in 191 ms` */
export function outcomeText({ ms, result }: Outcome): string {
  const words = w.tools.result;
  const say = result ? (result.isError ? words.toolError : words.answered) : words.refused;
  return say({ span: duration(ms) });
}
