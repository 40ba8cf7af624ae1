// A survey's model, drawn by SurveyJS for pages without a framework.
import { Model } from 'survey-core';
import { renderSurvey } from 'survey-js-ui';
// Without the fonts, which come from another server.
import 'survey-core/survey-core.fontless.css';
import { FIELDS } from './fields.js';
import { dialog, style } from './dialog.js';

const KINDS = {
  choice: ({ options, first }) => ({ type: 'radiogroup', choices: options, colCount: 0, defaultValue: first }),
  text: ({ most }) => ({ type: 'comment', rows: 3, maxLength: most }),
  line: ({ most }) => ({ type: 'text', maxLength: most }),
  amount: () => ({ type: 'text', validators: [{ type: 'regex', regex: '^\\d{1,15}([.,]\\d\\d)?$' }] }),
  date: () => ({ type: 'text', inputType: 'date' }),
};
const elements = FIELDS.map((field) => ({
  name: field.name,
  title: field.label,
  isRequired: !!field.needed,
  ...(field.only && { visibleIf: `{todoType} = '${field.only}'` }),
  ...KINDS[field.kind](field),
}));

const styled = style(new URL('./surveyjs.css', import.meta.url));

export const open = dialog(async (place) => {
  await styled;
  const model = new Model({ elements, completeText: 'Submit', showQuestionNumbers: 'off' });
  const drawn = new Promise((resolve) => model.onAfterRenderSurvey.add(resolve));
  renderSurvey(model, place);
  await drawn;
});
