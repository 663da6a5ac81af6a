import type { Words } from './words.js';

/** One query of a panel, in PromQL. `$instance`, `$link`, `$server` and `$__rate_interval` are filled in by Grafana. */
export interface Query {
  expr: string;
  /** Name of each series, with `{{label}}`. Default: all of its labels. */
  legend?: string | Words;
}

/**
 * `figure`: the newest value, large; `lines`: over time; `stacked`: lines on top of each other; `states`: a strip for each series, where 1 is
 * good and 0 is not.
 */
export type Kind = 'figure' | 'lines' | 'stacked' | 'states';

export interface Panel {
  kind: Kind;
  title: Words;
  /** What it means, and what to do; shown behind the (i) of the panel. */
  about: Words;
  /** A unit of Grafana: `s`, `bytes`, `percentunit`, `reqps`, `short`, ... */
  unit: string;
  queries: readonly Query[];
  /** Of 24. Default: 12, of figures 4. */
  width?: number;
  /** Default: 8, of figures 4. */
  height?: number;
  /** From this value on a figure is red. */
  redFrom?: number;
  /** Below this value a figure is red. */
  redBelow?: number;
  /** What 1 and 0 of `states` are called. */
  states?: readonly [good: Words, bad: Words];
}

export interface Section {
  title: Words;
  panels: readonly Panel[];
}

/** A variable that the person who looks chooses. */
export interface Variable {
  name: string;
  label: Words;
  /** `label_values(metric, label)`. */
  values: string;
  /** Several at once, or all. */
  isMany: boolean;
}

export interface Board {
  name: 'overview' | 'link' | 'server';
  title: Words;
  about: Words;
  variables: readonly Variable[];
  sections: readonly Section[];
}

const COLUMNS = 24;
/** In rows of Grafana, of 30 pixels and a gap each. */
const HEIGHTS: Record<Kind, number> = { figure: 4, lines: 8, stacked: 8, states: 8 };
const UP_AND_DOWN: NonNullable<Panel['states']> = [
  { en: 'up', vi: 'hoạt động' },
  { en: 'down', vi: 'ngừng' },
];

/** Any Prometheus that Grafana knows; the provisioned one is chosen at first. */
const DATASOURCE = { type: 'prometheus', uid: '$' + '{datasource}' };

// D274
/** The JSON that Grafana reads, in one language. */
export function boardJson(board: Board, language: keyof Words): object {
  const say = (words: Words) => words[language];
  return {
    uid: uidOf(board, language),
    title: say(board.title),
    description: say(board.about),
    tags: ['mcp-pipe', tagOf(language)],
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    timezone: 'browser',
    links: [
      {
        ...{ type: 'dashboards', title: 'mcp-pipe', tags: [tagOf(language)], icon: 'external link' },
        ...{ asDropdown: false, includeVars: true, keepTime: true, targetBlank: false },
      },
    ],
    annotations: { list: [] },
    templating: {
      list: [
        {
          ...{ name: 'datasource', type: 'datasource', query: 'prometheus', regex: '', refresh: 1, hide: 0 },
          ...{ label: 'Prometheus', includeAll: false, multi: false, options: [] },
          current: { selected: true, text: 'Prometheus', value: 'prometheus' },
        },
        ...board.variables.map(({ name, label, values, isMany }) => ({
          ...{ name, label: say(label), type: 'query', datasource: DATASOURCE, definition: values },
          ...{ query: { qryType: 5, query: values, refId: name }, refresh: 2, sort: 1, hide: 0, regex: '' },
          ...{ multi: isMany, includeAll: isMany, options: [] },
          ...(isMany ? { allValue: '.*', current: { selected: true, text: 'All', value: '$__all' } } : {}),
        })),
      ],
    },
    panels: placed(board.sections, say),
  };
}

export function uidOf({ name }: Board, language: keyof Words): string {
  return `mcp-pipe-${name}${language === 'en' ? '' : `-${language}`}`;
}

const tagOf = (language: keyof Words) => `mcp-pipe-${language}`;

/** Panels from left to right, and a line for each section. */
function placed(sections: readonly Section[], say: (words: Words) => string): object[] {
  const panels: object[] = [];
  let y = 0;
  for (const { title, panels: inside } of sections) {
    panels.push({
      ...{ id: panels.length + 1, type: 'row', title: say(title), collapsed: false, panels: [] },
      gridPos: { x: 0, y, w: COLUMNS, h: 1 },
    });
    y += 1;
    let x = 0;
    let h = 0;
    for (const panel of inside) {
      const w = panel.width ?? (panel.kind === 'figure' ? 4 : 12);
      if (x + w > COLUMNS) {
        x = 0;
        y += h;
        h = 0;
      }
      const height = panel.height ?? HEIGHTS[panel.kind];
      h = Math.max(h, height);
      const gridPos = { x, y, w, h: height };
      panels.push({ id: panels.length + 1, gridPos, ...panelJson(panel, say) });
      x += w;
    }
    y += h;
  }
  return panels;
}

function panelJson(panel: Panel, say: (words: Words) => string): object {
  const { kind, title, about, queries } = panel;
  const isNow = kind === 'figure';
  return {
    ...{ title: say(title), description: say(about), datasource: DATASOURCE },
    ...shapeOf(panel, say),
    targets: queries.map(({ expr, legend }, i) => ({
      ...{ refId: String.fromCharCode(65 + i), datasource: DATASOURCE, expr, editorMode: 'code' },
      ...(isNow ? { instant: true, range: false } : { instant: false, range: true }),
      legendFormat: legend === undefined ? '__auto' : typeof legend === 'string' ? legend : say(legend),
    })),
  };
}

function shapeOf(panel: Panel, say: (words: Words) => string): object {
  const { kind, unit, redFrom, redBelow, states = UP_AND_DOWN } = panel;
  const steps = [
    { color: redBelow === undefined ? 'green' : 'red', value: null },
    ...(redBelow === undefined ? [] : [{ color: 'green', value: redBelow }]),
    ...(redFrom === undefined ? [] : [{ color: 'red', value: redFrom }]),
  ];
  const thresholds = { mode: 'absolute', steps };
  if (kind === 'figure')
    return {
      type: 'stat',
      fieldConfig: { defaults: { unit, thresholds, noValue: '–' }, overrides: [] },
      options: {
        reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
        ...{ colorMode: 'value', graphMode: 'none', justifyMode: 'auto', orientation: 'auto' },
        ...{ textMode: 'value', wideLayout: true },
      },
    };
  const legend = { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] };
  const tooltip = { mode: 'multi', sort: 'desc' };
  if (kind === 'states') {
    const [good, bad] = states;
    const options = {
      0: { text: say(bad), color: 'red', index: 1 },
      1: { text: say(good), color: 'green', index: 0 },
    };
    return {
      type: 'state-timeline',
      fieldConfig: {
        defaults: { unit, mappings: [{ type: 'value', options }], custom: { fillOpacity: 70, lineWidth: 0 } },
        overrides: [],
      },
      options: { mergeValues: true, showValue: 'never', rowHeight: 0.8, alignValue: 'left', legend, tooltip },
    };
  }
  return {
    type: 'timeseries',
    fieldConfig: {
      defaults: {
        ...{ unit, min: 0 },
        custom: {
          ...{ drawStyle: 'line', lineInterpolation: 'linear', lineWidth: 1, showPoints: 'auto' },
          ...{ fillOpacity: kind === 'stacked' ? 40 : 5, spanNulls: false, pointSize: 3 },
          stacking: { mode: kind === 'stacked' ? 'normal' : 'none', group: 'A' },
        },
      },
      overrides: [],
    },
    options: { legend, tooltip },
  };
}
