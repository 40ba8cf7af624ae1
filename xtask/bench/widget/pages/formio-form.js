// A form's definition, drawn by form.io.
import { Formio } from '@formio/js';
import '@formio/js/dist/formio.form.min.css';
import { FIELDS } from './fields.js';
import { dialog, style } from './dialog.js';

const KINDS = {
  choice: ({ options, first }) => ({ type: 'radio', inline: true, values: options.map((value) => ({ label: value, value })), defaultValue: first }),
  text: ({ most }) => ({ type: 'textarea', rows: 3, validate: { maxLength: most } }),
  line: ({ most }) => ({ type: 'textfield', validate: { maxLength: most } }),
  amount: () => ({ type: 'textfield', validate: { pattern: '^\\d{1,15}([.,]\\d\\d)?$' } }),
  // Its own control for dates fetches a calendar from another server; the browser's has no such need.
  date: () => ({ type: 'textfield', inputType: 'date' }),
};
const components = FIELDS.map((field) => {
  const { validate, ...kind } = KINDS[field.kind](field);
  return {
    key: field.name,
    label: field.label,
    input: true,
    validate: { required: !!field.needed, ...validate },
    ...(field.only && { conditional: { show: true, when: 'todoType', eq: field.only } }),
    ...kind,
  };
});

const styled = style(new URL('./formio.css', import.meta.url));

export const open = dialog(async (place) => {
  await styled;
  await Formio.createForm(place, { components: [...components, { type: 'button', key: 'submit', label: 'Submit', action: 'submit', input: true }] });
});
