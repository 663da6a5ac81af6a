/** The tools of a server: list, form of the chosen one, result. */
import type { FeedServer } from '../../protocol/feed.js';
import { confirmLoss } from '../dialog.js';
import { E, type Kid, type View } from '../dom.js';
import { num, span } from '../format.js';
import { FIND_FROM } from '../numbers.js';
import { isFound } from '../order.js';
import { press } from '../pieces.js';
import { isBlind, now, page, redraw } from '../state.js';
import { w } from '../words.js';
import { quoted } from './error-text.js';
import { formFields } from './form-view.js';
import { longText } from './long-text.js';
import { resultView } from './result-view.js';
import {
  askForTools,
  callTool,
  checkedArguments,
  choose,
  chosenTool,
  formOf,
  swapForm,
  type Tools,
  toolsOf,
} from './state.js';
import type { Tool } from './tool.js';

export function toolsCard(server: FeedServer, today: Readonly<Record<string, number>> = {}): View {
  const tools = toolsOf(server);
  const { list } = tools;
  return E(
    'section.card',
    { 'aria-labelledby': 'h-tools', key: 'tools' },
    E(
      'div.head',
      {},
      E('h2', { id: 'h-tools' }, w.tools.title, list && E('span.count', {}, ` ${num(list.length)}`)),
      list && list.length >= FIND_FROM && find(tools),
    ),
    body(server, tools, today),
  );
}

function body(server: FeedServer, tools: Tools, today: Readonly<Record<string, number>>): Kid {
  const { list, error } = tools;
  const failed = error && [
    E('p.refused', {}, `${w.tools.failed} ${error.message}`, error.code && ` [${error.code}]`),
    askButton(w.tools.again, server),
  ];
  if (list === undefined) {
    if (failed) return failed;
    if (tools.isAsking || server.state === 'ready') return E('p.empty', {}, w.tools.loading);
    const isKnown = server.actions.includes('wake');
    return [E('p.muted', {}, isKnown ? w.tools.known : w.tools.asleep), askButton(w.tools.wake, server)];
  }
  const tool = chosenTool(tools);
  if (tool === undefined) return E('p.empty', {}, w.tools.none);
  return [
    failed,
    E(
      'div.tools',
      {},
      toolList(tools, tool, today),
      toolForm(tools, tool),
      E('div.answer', { key: 'answer' }, resultView(tools.outcome)),
    ),
  ];
}

function askButton(label: string, server: FeedServer): View {
  return press(label, () => askForTools(server), '', { disabled: isBlind() });
}

function find(tools: Tools): View {
  return E('input.input.find', {
    type: 'search',
    id: 'find',
    'aria-label': w.tools.find,
    placeholder: w.tools.find,
    oninput: (event: Event) => {
      tools.query = (event.currentTarget as HTMLInputElement).value;
      redraw();
    },
  });
}

/** One stop of the Tab key; arrows go from tool to tool. */
function toolList(tools: Tools, chosen: Tool, today: Readonly<Record<string, number>>): View {
  const found = (tools.list ?? []).filter(({ name }) => isFound(name, tools.query));
  if (found.length === 0) return E('p.muted', { key: 'none' }, w.tools.nothingFound({ query: tools.query }));
  // One of them can be reached by Tab, also when the chosen one is not found.
  const reached = found.includes(chosen) ? chosen : found[0];
  return E(
    'div.list',
    {
      role: 'tablist',
      'aria-orientation': 'vertical',
      'aria-label': w.tools.title,
      key: 'list',
      onkeydown: move,
    },
    found.map((tool) => {
      const calls = Object.hasOwn(today, tool.name) ? today[tool.name]! : 0;
      return E(
        'button',
        {
          ...{ role: 'tab', key: tool.name, id: tool === chosen ? 'tool' : undefined },
          ...{ 'aria-selected': String(tool === chosen), 'aria-controls': 'tool-form' },
          ...{ tabindex: tool === reached ? 0 : -1, title: tool.name.length > 24 ? tool.name : undefined },
          onclick: () => choose(tools, tool.name),
        },
        E('span.mono', {}, tool.name),
        E(
          'small',
          {},
          w.tools.today({ n: calls, text: num(calls) }),
          tool.isDestructive && [' · ', E('b.word.bad', {}, w.tools.deletes)],
        ),
      );
    }),
  );
}

function move(event: Event & { currentTarget: Element }): void {
  const { key } = event as unknown as KeyboardEvent;
  const tabs = [...event.currentTarget.querySelectorAll<HTMLElement>('[role=tab]')];
  const at = tabs.indexOf(document.activeElement as HTMLElement);
  const to = {
    ArrowDown: at + 1,
    ArrowRight: at + 1,
    ArrowUp: at - 1,
    ArrowLeft: at - 1,
    Home: 0,
    End: tabs.length - 1,
  }[key];
  if (to === undefined) return;
  event.preventDefault();
  tabs[Math.min(tabs.length - 1, Math.max(0, to))]?.focus();
}

function toolForm(tools: Tools, tool: Tool): View {
  const form = formOf(tools, tool);
  const { running } = tools;
  const canWrite = page.feed.snapshot?.canWrite === true;
  const short = quoted(tool.name);
  const submit = (event: Event) => {
    event.preventDefault();
    if (running !== undefined || isBlind() || !canWrite) return;
    const args = checkedArguments(form);
    if (args === undefined) return;
    const go = () => callTool(tools, tool, args);
    if (!tool.isDestructive) return go();
    confirmLoss({
      head: w.tools.confirm({ tool: short }),
      lost: [w.tools.confirmLoss],
      confirm: w.tools.call({ tool: short }),
      go,
    });
  };
  const view = E(
    'form.form',
    { novalidate: true, onsubmit: submit },
    E('div', {}, E('h3.mono', {}, tool.name), tool.description && longText(tool.description, 'muted small')),
    form.fields === undefined && E('p.muted.small', {}, w.tools.onlyJson),
    formFields(form),
    E(
      'div.actions',
      {},
      canWrite &&
        E(
          'button',
          {
            class: `button ${tool.isDestructive ? 'danger' : 'main'}`,
            key: 'call',
            type: 'submit',
            disabled: isBlind() || running !== undefined,
            title: isBlind() ? w.noConnection : undefined,
          },
          w.tools.call({ tool: short }),
        ),
      form.fields &&
        press(form.json === undefined ? w.tools.asJson : w.tools.asForm, () => swapForm(form), 'quiet'),
      E(
        'span.muted.small',
        {},
        canWrite ? (tool.isReadOnly ? w.tools.onlyReads : w.tools.realCall) : w.readOnly,
      ),
    ),
    running &&
      E(
        'div.actions',
        {},
        E('span.muted.small', { tick: () => w.tools.calling({ span: span(now() - running.since) }) }),
        press(w.tools.giveUp, () => running.stop.abort()),
      ),
  );
  return E(
    'div',
    { role: 'tabpanel', id: 'tool-form', 'aria-labelledby': 'tool', key: `form ${tool.name}` },
    view,
  );
}
