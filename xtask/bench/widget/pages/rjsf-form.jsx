// A JSON schema, drawn by react-jsonschema-form.
import Form from '@rjsf/core';
import validator from '@rjsf/validator-ajv8';
import { createRoot } from 'react-dom/client';
import { FIELDS } from './fields.js';
import { dialog } from './dialog.js';

const property = ({ label: title, kind, most, options, first }) => ({
  title,
  type: 'string',
  ...(options && { enum: options }),
  ...(first && { default: first }),
  ...(most && { maxLength: most }),
  ...(kind === 'amount' && { pattern: '^\\d{1,15}([.,]\\d\\d)?$' }),
  ...(kind === 'date' && { format: 'date' }),
});
const properties = (fields) => Object.fromEntries(fields.map((field) => [field.name, property(field)]));
const of = (type) => ({ properties: { todoType: { enum: [type] }, ...properties(FIELDS.filter(({ only }) => only === type)) } });

const schema = {
  type: 'object',
  required: FIELDS.filter(({ needed }) => needed).map(({ name }) => name),
  properties: properties(FIELDS.filter(({ only }) => !only)),
  dependencies: { todoType: { oneOf: [of('Incident'), of('Task')] } },
};
const WIDGETS = { choice: 'radio', text: 'textarea', date: 'date' };
const uiSchema = {
  ...Object.fromEntries(FIELDS.map(({ name, kind }) => [name, { 'ui:widget': WIDGETS[kind] ?? 'text', 'ui:options': { inline: true } }])),
  'ui:order': FIELDS.map(({ name }) => name).filter((name) => !FIELDS.find((field) => field.name === name).only).toSpliced(3, 0, '*'),
};

let root;

export const open = dialog(
  (place) =>
    new Promise((drawn) => {
      root?.unmount();
      root = createRoot(place);
      root.render(<Form schema={schema} uiSchema={uiSchema} validator={validator} ref={() => drawn()} />);
    }),
);
