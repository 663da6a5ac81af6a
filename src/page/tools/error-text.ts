import { num } from '../format.js';
import { w } from '../words.js';
import type { FieldError } from './schema-form.js';

/** A text of a person, or of a schema, within a sentence. */
const LONGEST_QUOTE = 60;

/** What is wrong with a field, in the words of the page. */
export function errorText(error: FieldError): string {
  const words = w.tools.errors;
  switch (error.code) {
    case 'required':
      return words.required;
    case 'number':
    case 'whole':
      return words[error.code]({ given: quoted(error.given) });
    case 'least':
    case 'above':
    case 'most':
    case 'below':
    case 'multiple':
      return words[error.code]({ limit: exact(error.limit) });
    case 'shorter':
    case 'longer':
      return words[error.code]({ limit: num(error.limit), length: num(error.length) });
    case 'fewer':
    case 'more':
      return words[error.code]({ limit: num(error.limit), count: num(error.count) });
    case 'twice':
      return words.twice({ given: quoted(error.given) });
    case 'line':
      return words.line({ line: num(error.line), error: errorText(error.error) });
    case 'none-of':
      return words.noneOf({ given: quoted(error.given), values: valuesText(error.values) });
    case 'json': {
      // Browsers say it in English; the place is what helps.
      const place = /line (\d+) column (\d+)/.exec(error.message);
      return place === null ? words.json : words.jsonAt({ line: place[1]!, column: place[2]! });
    }
    case 'no-object':
      return words.noObject;
  }
}

/** A limit of a schema, with all its digits. */
export function exact(value: number): string {
  const most = 20;
  return Math.abs(value) < 1e15 ? num(value, most) : String(value);
}

/** `a, b, c …` */
export function valuesText(values: readonly string[]): string {
  const most = 20;
  return values.slice(0, most).map(quoted).join(', ') + (values.length > most ? ' …' : '');
}

/** Cut where it is too long for a sentence; a pair of halves is not parted. */
export function quoted(text: string): string {
  const signs = [...text.slice(0, 2 * LONGEST_QUOTE)];
  return signs.length > LONGEST_QUOTE ? `${signs.slice(0, LONGEST_QUOTE - 1).join('')}…` : text;
}
