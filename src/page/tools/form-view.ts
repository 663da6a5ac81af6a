/** The form of a tool. What is typed stays in the elements and in `values`; drawing again does not touch it. */
import { E, type Kid, type View } from '../dom.js';
import { redraw } from '../state.js';
import { w } from '../words.js';
import { errorText, limitTexts, quoted, valuesText, valueText } from './error-text.js';
import { longText } from './long-text.js';
import { type Field, itemsOf } from './schema-fields.js';
import type { FieldError, Values } from './schema-form.js';

/** One form as it stands. */
export interface Form {
  /** Another one is another form: its elements are made anew, with what stands in `values` then. */
  edition: number;
  /** Undefined: JSON only. */
  fields: readonly Field[] | undefined;
  values: Values;
  /** By field; that of the JSON by its element. */
  errors: ReadonlyMap<string, FieldError>;
  /** The arguments as JSON, while they are shown so. */
  json: string | undefined;
  /** Why it stays JSON. */
  note: string | undefined;
}

/** The part of `errors` for the JSON of all arguments. */
export const JSON_ID = 'json';
/** Letters of a schema that is shown beside a field for JSON. */
const LONGEST_SCHEMA = 4000;
/** A longer text is written in several lines. */
const LONG_TEXT = 200;

export function formFields(form: Form): Kid {
  const key = `edition ${form.edition}`;
  if (form.json !== undefined) {
    const change = (value: string) => {
      form.json = value;
      form.note = undefined;
    };
    const box = E('textarea.input.mono', {
      ...inputProps(JSON_ID, form, form.json, change),
      rows: 6,
    });
    return E(
      'div.field',
      { key },
      E('label', { for: elementId(JSON_ID) }, w.tools.json),
      box,
      wrong(JSON_ID, form, form.note),
    );
  }
  const { fields = [] } = form;
  if (fields.length === 0) return E('p.muted', {}, w.tools.noArguments);
  return E(
    'div.fields',
    { key },
    fields.map((field) => fieldView(field, form)),
  );
}

/** The id of the element in which a field stands. */
export function elementId(id: string): string {
  return `f-${id}`;
}

function fieldView(field: Field, form: Form): View {
  const { kind, id, name, isRequired } = field;
  if (kind === 'group') {
    const isSmall = field.fields.length < 3 && field.fields.every((one) => one.kind === 'number');
    return E(
      'fieldset',
      { key: id, class: isSmall ? 'half' : '' },
      E('legend', {}, name, isRequired && E('span.note', {}, w.tools.required)),
      hint(field, []),
      E(
        'div.fields',
        {},
        field.fields.map((one) => fieldView(one, form)),
      ),
    );
  }
  if (kind === 'boolean') {
    const { value, oninput: _, ...props } = inputProps(id, form, form.values.get(id) === true, () => {});
    const onchange = (event: Event) => set(form, id, (event.currentTarget as HTMLInputElement).checked);
    const box = E('input', { ...props, class: '', type: 'checkbox', checked: value, onchange });
    return E('div.field.half', { key: id }, E('label.check', {}, box, name), hint(field, []));
  }
  const limits = limitTexts(field.schema);
  const isShort = kind === 'number' || kind === 'choice';
  const notes = [isRequired && w.tools.required, kind === 'number' && limits.join(', ')].filter(Boolean);
  return E(
    'div',
    { class: `field ${isShort ? 'half' : ''}`, key: id },
    E('label', { for: elementId(id) }, name, notes.length > 0 && E('span.note', {}, notes.join(' · '))),
    inputOf(field, form),
    hint(field, isShort ? [] : hintsOf(field, limits)),
    wrong(id, form),
    kind === 'json' && schemaOf(field),
  );
}

function inputOf(field: Field, form: Form): View {
  const { kind, id, schema } = field;
  const props = {
    ...inputProps(id, form, form.values.get(id) ?? '', (value) => set(form, id, value)),
    'aria-required': field.isRequired ? 'true' : undefined,
  };
  if (kind === 'choice') {
    const isChosen = field.isRequired && form.values.get(id) !== '';
    return E(
      'select',
      props,
      !isChosen && E('option', { value: '', key: '' }, field.isRequired ? w.tools.choose : w.tools.any),
      field.values.map((value, i) => E('option', { value: String(i), key: String(i) }, valueText(value))),
    );
  }
  const { minimum, maxLength, default: given } = schema;
  if (kind === 'number') {
    // The keypads of phones have no minus.
    const isPositive = typeof minimum === 'number' && minimum >= 0;
    const inputmode = !isPositive ? 'text' : schema.type === 'integer' ? 'numeric' : 'decimal';
    return E('input', { ...props, type: 'text', inputmode });
  }
  const isLong = Number(maxLength) > LONG_TEXT || (typeof given === 'string' && given.includes('\n'));
  if (kind === 'text' && !isLong) return E('input', { ...props, type: 'text' });
  return E('textarea', { ...props, class: kind === 'json' ? 'input mono' : 'input', rows: 3 });
}

/** What all inputs have: what is wrong with them, and where it is said. */
function inputProps(
  id: string,
  form: Form,
  value: unknown,
  change: (value: string) => void,
): Record<string, unknown> {
  const element = elementId(id);
  return {
    ...{ id: element, class: 'input', autocomplete: 'off', spellcheck: 'false', value },
    'aria-describedby': `${element}-h ${element}-e`,
    'aria-invalid': form.errors.has(id) ? 'true' : undefined,
    oninput: (event: Event) => {
      change((event.currentTarget as HTMLInputElement).value);
      if (!form.errors.has(id)) return;
      form.errors = new Map([...form.errors].filter(([other]) => other !== id));
      redraw();
    },
  };
}

function set(form: Form, id: string, value: string | boolean): void {
  form.values.set(id, value);
}

function wrong(id: string, form: Form, note?: string): View {
  const error = form.errors.get(id);
  return E('span.error', { id: `${elementId(id)}-e` }, error ? errorText(error) : note);
}

function hint({ id, description }: Field, hints: readonly string[]): Kid {
  if (description === undefined && hints.length === 0) return null;
  return E(
    'div.hint',
    { id: `${elementId(id)}-h` },
    description && longText(description, ''),
    hints.length > 0 && E('p', {}, hints.join(' · ')),
  );
}

function hintsOf(field: Field, limits: readonly string[]): string[] {
  const { pattern, format } = field.schema;
  const { enum: values } = itemsOf(field);
  const hints = [
    field.kind === 'list' && w.tools.aLineEach,
    Array.isArray(values) && `${w.tools.oneOf}: ${valuesText(values)}`,
    // For people to read: a pattern of a stranger is not run.
    typeof pattern === 'string' && `${w.tools.pattern}: ${quoted(pattern)}`,
    typeof format === 'string' && `${w.tools.format}: ${quoted(format)}`,
  ];
  return [...hints.filter((text) => text !== false), ...limits];
}

function schemaOf({ schema }: Field): Kid {
  let text = '';
  try {
    text = JSON.stringify(schema, null, 2);
  } catch {
    // Nested deeper than the browser can write.
  }
  if (text.length < 3) return null;
  return E(
    'details',
    {},
    E('summary', {}, w.tools.schema),
    E(
      'pre',
      { tabindex: 0, role: 'group', 'aria-label': w.tools.schema },
      text.length > LONGEST_SCHEMA ? `${text.slice(0, LONGEST_SCHEMA)}…` : text,
    ),
  );
}
