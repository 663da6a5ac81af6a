import { lang, w } from '../words.js';
import type { Schema } from './schema-fields.js';
import { type FieldError, limitsOf } from './schema-form.js';

/** A text of a person, or of a schema, within a sentence. */
const LONGEST_QUOTE = 60;
/** More values of a schema are not listed in a sentence. */
const MOST_VALUES = 20;

/** What is wrong with a field, in the words of the page. */
export function errorText(error: FieldError): string {
  const words = w.tools.errors;
  switch (error.code) {
    case 'number':
    case 'whole':
    case 'twice':
      return words[error.code]({ given: quoted(error.given) });
    case 'limit':
      return words.limit({ what: w.tools.limits[error.of]({ n: exact(error.limit) }), is: exact(error.is) });
    case 'line':
      return words.line({ line: exact(error.line), error: errorText(error.error) });
    case 'noneOf':
      return words.noneOf({ given: quoted(error.given), values: valuesText(error.values) });
    case 'json': {
      // Browsers say it in English; the place is what helps.
      const [, line, column] = /line (\d+) column (\d+)/.exec(error.message) ?? [];
      return line === undefined || column === undefined ? words.json : words.jsonAt({ line, column });
    }
    default:
      return words[error.code];
  }
}

/** The limits of a schema, to be read beside a field: `1 to 20`. */
export function limitTexts(schema: Schema): string[] {
  const { minimum, maximum } = schema;
  const limits = limitsOf(schema);
  if (limits.length === 2 && typeof minimum === 'number' && typeof maximum === 'number') {
    return [w.tools.range({ min: exact(minimum), max: exact(maximum) })];
  }
  return limits.map(([of, limit]) => w.tools.limits[of]({ n: exact(limit) }));
}

/** With all its digits, and none parted: `1930` may be a year. */
function exact(value: number): string {
  return lang === 'vi' ? String(value).replace('.', ',') : String(value);
}

/** `a, b, c …` */
export function valuesText(values: readonly unknown[]): string {
  const shown = values.slice(0, MOST_VALUES).map(valueText).join(', ');
  return values.length > MOST_VALUES ? `${shown} …` : shown;
}

/** A value of a schema: a text as it is, else JSON. */
export function valueText(value: unknown): string {
  return quoted(typeof value === 'string' && value !== '' ? value : JSON.stringify(value));
}

/** Cut where it is too long for a sentence; a pair of halves is not parted. */
export function quoted(text: string): string {
  const signs = [...text.slice(0, 2 * LONGEST_QUOTE + 2)];
  return signs.length > LONGEST_QUOTE ? `${signs.slice(0, LONGEST_QUOTE - 1).join('')}…` : text;
}
