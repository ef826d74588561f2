import { Duration } from 'luxon';
import { parseTyped } from '../time/format';

/** A parameter of a verb, read from the JSON schema of its capability. */
export interface ParameterField {
  readonly name: string;
  readonly title: string;
  readonly description?: string;
  readonly required: boolean;
  readonly kind:
    'choice' | 'boolean' | 'number' | 'duration' | 'moment' | 'text';
  readonly choices: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly initial: ParameterValue;
}

export type ParameterValue = string | boolean;

/** What stands in the form: text as typed, until it is read. */
export type ParameterDraft = Readonly<Record<string, ParameterValue>>;

type JsonMap = Readonly<Record<string, unknown>>;

function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function kindOf(schema: JsonMap): ParameterField['kind'] {
  if (Array.isArray(schema.enum)) return 'choice';
  if (schema.type === 'boolean') return 'boolean';
  if (schema.type === 'number' || schema.type === 'integer') return 'number';
  if (schema.format === 'duration') return 'duration';
  if (schema.format === 'date-time') return 'moment';
  return 'text';
}

function initialOf(
  kind: ParameterField['kind'],
  given: unknown,
): ParameterValue {
  if (kind === 'boolean') {
    return given === true;
  }
  return given === undefined || given === null ? '' : String(given);
}

/** The fields of a capability's JSON schema, in its order. */
export function fieldsOf(
  schema: JsonMap | undefined,
  leaveOut: readonly string[] = [],
): ParameterField[] {
  if (!schema || !isMap(schema.properties)) {
    return [];
  }
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(schema.properties).flatMap(([name, property]) => {
    if (!isMap(property) || leaveOut.includes(name)) {
      return [];
    }
    const kind = kindOf(property);
    return {
      name,
      title: text(property.title) ?? name,
      description: text(property.description),
      required: required.includes(name),
      kind,
      choices: Array.isArray(property.enum) ? property.enum.map(String) : [],
      minimum:
        typeof property.minimum === 'number' ? property.minimum : undefined,
      maximum:
        typeof property.maximum === 'number' ? property.maximum : undefined,
      initial: initialOf(kind, property.default),
    };
  });
}

/** The form's first content: given values before the schema's defaults. */
export function draftOf(
  fields: readonly ParameterField[],
  given: JsonMap = {},
): ParameterDraft {
  return Object.fromEntries(
    fields.map(field => {
      const value = given[field.name];
      if (value === undefined || value === null) {
        return [field.name, field.initial];
      }
      return [field.name, typeof value === 'boolean' ? value : String(value)];
    }),
  );
}

/** What is wrong with a field's content, in words; undefined when nothing. */
export function problemOf(
  field: ParameterField,
  value: ParameterValue | undefined,
): string | undefined {
  if (field.kind === 'boolean') {
    return undefined;
  }
  if (value === undefined || value === '') {
    return field.required ? `${field.title} is needed.` : undefined;
  }
  if (field.kind === 'number') {
    const number = Number(value);
    if (!Number.isFinite(number)) {
      return `${field.title} has to be a number.`;
    }
    if (field.minimum !== undefined && number < field.minimum) {
      return `${field.title} has to be at least ${field.minimum}.`;
    }
    if (field.maximum !== undefined && number > field.maximum) {
      return `${field.title} has to be at most ${field.maximum}.`;
    }
  }
  if (field.kind === 'duration' && !Duration.fromISO(String(value)).isValid) {
    return `${field.title} has to be an ISO 8601 duration, for example PT4H for four hours.`;
  }
  if (field.kind === 'moment' && parseTyped(String(value)) === undefined) {
    return `${field.title} has to be a moment, for example 2026-11-16 14:05:00 (UTC).`;
  }
  return undefined;
}

/** The parameters as the API takes them; empty optional ones are left out. */
export function parametersOf(
  fields: readonly ParameterField[],
  draft: ParameterDraft,
): Record<string, string | number | boolean> {
  const result: Record<string, string | number | boolean> = {};
  for (const field of fields) {
    const value = draft[field.name];
    if (value === undefined || value === '') {
      continue;
    }
    result[field.name] = sent(field, value);
  }
  return result;
}

function sent(
  field: ParameterField,
  value: ParameterValue,
): string | number | boolean {
  if (field.kind === 'number') {
    return Number(value);
  }
  const ms = field.kind === 'moment' ? parseTyped(String(value)) : undefined;
  return ms === undefined ? value : new Date(ms).toISOString();
}
