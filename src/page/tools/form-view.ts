/** The form of a tool. What is typed stays in the elements and in `values`; drawing again does not touch it. */
import { E, type Kid, type View } from '../dom.js';
import { redraw } from '../state.js';
import { w } from '../words.js';
import { errorText, exact, quoted, valuesText } from './error-text.js';
import { longText } from './long-text.js';
import type {
  ChoiceField,
  Field,
  GroupField,
  JsonField,
  ListField,
  NumberField,
  TextField,
} from './schema-fields.js';
import type { FieldError } from './schema-form.js';

/** One form as it stands. */
export interface Form {
  /** Another one is another form: its elements are made anew, with what stands in `values` then. */
  edition: number;
  /** Undefined: JSON only. */
  fields: readonly Field[] | undefined;
  values: Map<string, string | boolean>;
  errors: ReadonlyMap<string, FieldError>;
  /** The arguments as JSON, while they are shown so. */
  json: string | undefined;
  jsonError: FieldError | undefined;
  /** Why it stays JSON. */
  note: string | undefined;
}

/** Lines of a schema that is shown beside a field for JSON. */
const LONGEST_SCHEMA = 4000;
const JSON_ROWS = 6;

export function formFields(form: Form): Kid {
  if (form.json !== undefined) return jsonBox(form);
  const { fields = [] } = form;
  if (fields.length === 0) return E('p', { class: 'muted' }, w.tools.noArguments);
  return E(
    'div',
    { class: 'fields', key: `fields ${form.edition}` },
    fields.map((field) => fieldView(field, form)),
  );
}

/** The id of the element in which a field stands. */
export function elementId(id: string): string {
  return `f-${id}`;
}

function jsonBox(form: Form): View {
  const error = form.jsonError === undefined ? form.note : errorText(form.jsonError);
  return E(
    'div',
    { class: 'field', key: `json ${form.edition}` },
    E('label', { for: 'f-json' }, w.tools.json),
    E('textarea', {
      class: 'input mono',
      id: 'f-json',
      rows: JSON_ROWS,
      spellcheck: 'false',
      value: form.json,
      'aria-describedby': 'f-json-e',
      'aria-invalid': form.jsonError === undefined ? undefined : 'true',
      oninput: (event: Event) => {
        form.json = (event.currentTarget as HTMLTextAreaElement).value;
        if (form.jsonError === undefined && form.note === undefined) return;
        form.jsonError = undefined;
        form.note = undefined;
        redraw();
      },
    }),
    E('span', { class: 'error', id: 'f-json-e' }, error),
  );
}

function fieldView(field: Field, form: Form): View {
  switch (field.kind) {
    case 'group':
      return groupView(field, form);
    case 'boolean':
      return booleanView(field, form);
    case 'choice':
      return labelled(field, form, choiceInput(field, form), { width: 'half' });
    case 'number':
      return labelled(field, form, numberInput(field, form), { width: 'half', range: rangeOf(field) });
    case 'text':
      return labelled(field, form, textInput(field, form), { hints: textHints(field) });
    case 'list':
      return labelled(field, form, lines(field, form), { hints: listHints(field) });
    case 'json':
      return labelled(field, form, lines(field, form), { after: schemaOf(field) });
  }
}

function groupView(field: GroupField, form: Form): View {
  return E(
    'fieldset',
    { key: field.id },
    E('legend', {}, field.name, field.isRequired && E('span', { class: 'note' }, w.tools.required)),
    field.description !== undefined && longText(field.description, 'hint'),
    E(
      'div',
      { class: 'fields' },
      field.fields.map((one) => fieldView(one, form)),
    ),
  );
}

function booleanView(field: Field, form: Form): View {
  const id = elementId(field.id);
  return E(
    'div',
    { class: 'field half', key: field.id },
    E(
      'label',
      { class: 'check' },
      E('input', {
        type: 'checkbox',
        id,
        checked: form.values.get(field.id) === true,
        'aria-describedby': `${id}-h`,
        onchange: (event: Event) => set(form, field, (event.currentTarget as HTMLInputElement).checked),
      }),
      field.name,
    ),
    hint(field, []),
  );
}

/** A field with its name above, and hints and what is wrong with it below. */
function labelled(
  field: Field,
  form: Form,
  input: View,
  {
    width = '',
    range,
    hints = [],
    after,
  }: { width?: string; range?: string | undefined; hints?: string[]; after?: Kid },
): View {
  const id = elementId(field.id);
  const error = form.errors.get(field.id);
  const notes = [field.isRequired && w.tools.required, range].filter((note) => typeof note === 'string');
  return E(
    'div',
    { class: `field ${width}`, key: field.id },
    E('label', { for: id }, field.name, notes.length > 0 && E('span', { class: 'note' }, notes.join(' · '))),
    input,
    hint(field, hints),
    E('span', { class: 'error', id: `${id}-e` }, error !== undefined && errorText(error)),
    after,
  );
}

function hint(field: Field, hints: readonly string[]): Kid {
  if (field.description === undefined && hints.length === 0) return null;
  return E(
    'div',
    { class: 'hint', id: `${elementId(field.id)}-h` },
    field.description !== undefined && longText(field.description, 'hint'),
    hints.map((text) => E('p', {}, text)),
  );
}

/** What all inputs have: they say that they are required, what is wrong, and where it is said. */
function base(field: Field, form: Form): Record<string, unknown> {
  const id = elementId(field.id);
  return {
    id,
    class: 'input',
    autocomplete: 'off',
    'aria-describedby': `${id}-h ${id}-e`,
    'aria-required': field.isRequired ? 'true' : undefined,
    'aria-invalid': form.errors.has(field.id) ? 'true' : undefined,
    value: String(form.values.get(field.id) ?? ''),
    oninput: (event: Event) => set(form, field, (event.currentTarget as HTMLInputElement).value),
  };
}

function set(form: Form, field: Field, value: string | boolean): void {
  form.values.set(field.id, value);
  if (!form.errors.has(field.id)) return;
  form.errors = new Map([...form.errors].filter(([id]) => id !== field.id));
  redraw();
}

function textInput(field: TextField, form: Form): View {
  if (field.isLong) return lines(field, form);
  return E('input', { ...base(field, form), type: 'text' });
}

function numberInput(field: NumberField, form: Form): View {
  // The keypads of phones have no minus.
  const isPositive = field.minimum !== undefined && field.minimum >= 0;
  const inputmode = !isPositive ? 'text' : field.isInteger ? 'numeric' : 'decimal';
  return E('input', { ...base(field, form), type: 'text', inputmode });
}

function choiceInput(field: ChoiceField, form: Form): View {
  const isChosen = field.isRequired && field.initial !== undefined;
  return E(
    'select',
    base(field, form),
    !isChosen && E('option', { value: '', key: 'none' }, field.isRequired ? w.tools.choose : w.tools.any),
    field.values.map((value, i) =>
      E(
        'option',
        { value: String(i), key: String(i) },
        typeof value === 'string' && value !== '' ? quoted(value) : JSON.stringify(value),
      ),
    ),
  );
}

/** A field of several lines. */
function lines(field: TextField | ListField | JsonField, form: Form): View {
  const { class: look, ...rest } = base(field, form);
  return E('textarea', {
    ...rest,
    class: field.kind === 'json' ? `${look} mono` : look,
    rows: 3,
    placeholder: field.kind === 'json' ? w.tools.json : undefined,
    spellcheck: field.kind === 'json' ? 'false' : undefined,
  });
}

function rangeOf({ minimum, maximum, isAbove, isBelow }: NumberField): string | undefined {
  if (minimum !== undefined && maximum !== undefined && !isAbove && !isBelow) {
    return w.tools.range({ min: exact(minimum), max: exact(maximum) });
  }
  const least = minimum !== undefined && (isAbove ? w.tools.above : w.tools.least)({ min: exact(minimum) });
  const most = maximum !== undefined && (isBelow ? w.tools.below : w.tools.most)({ max: exact(maximum) });
  return [least, most].filter((part) => part !== false).join(', ') || undefined;
}

function textHints({
  minLength,
  maxLength,
  pattern,
  format,
}: Omit<TextField, keyof GroupField> & Partial<TextField>): string[] {
  const least = minLength !== undefined && minLength > 1 ? { min: exact(minLength) } : {};
  const most = maxLength === undefined ? {} : { max: exact(maxLength) };
  const limits = { ...least, ...most };
  return [
    ...('min' in limits || 'max' in limits ? [w.tools.length(limits)] : []),
    ...(pattern === undefined ? [] : [w.tools.pattern({ pattern: quoted(pattern) })]),
    ...(format === undefined ? [] : [w.tools.format({ format: quoted(format) })]),
  ];
}

function listHints({ items }: ListField): string[] {
  return [
    w.tools.aLineEach,
    ...(items.values === undefined ? [] : [w.tools.oneOf({ values: valuesText(items.values) })]),
  ];
}

function schemaOf({ schema }: JsonField): Kid {
  let text: string;
  try {
    text = JSON.stringify(schema, null, 2);
  } catch {
    // Nested deeper than the browser can write.
    return null;
  }
  if (text === '{}' || text === 'true' || text === undefined) return null;
  return E(
    'details',
    {},
    E('summary', {}, w.tools.schema),
    E(
      'pre',
      { tabindex: 0, role: 'group', 'aria-label': w.tools.schema },
      text.slice(0, LONGEST_SCHEMA) + (text.length > LONGEST_SCHEMA ? '…' : ''),
    ),
  );
}
