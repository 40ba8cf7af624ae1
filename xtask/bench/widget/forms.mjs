// Where each form's parts are, once it is drawn: what stands at the end of the host's `body`, whether it draws into a
// shadow root, and how its title, its description and its buttons are found there.

const AMONG = { title: '[name=title]', description: '[name=description]', submit: 'button[type=submit]', cancel: '.cancel' };

// The widget takes no press in its first second, so that none lands on what has just come up: there the host closes it.
export const FORMS = {
  bzctrl: { ...AMONG, host: 'bzctrl-dialog', cancel: null, late: /later|token/ },
  react: { ...AMONG, host: 'div' },
  preact: { ...AMONG, host: 'div' },
  rjsf: { ...AMONG, host: 'dialog', title: '#root_title', description: '#root_description' },
  surveyjs: { ...AMONG, host: 'dialog', title: 'input[type=text]', description: 'textarea', submit: '.sd-navigation__complete-btn' },
  formio: { ...AMONG, host: 'dialog', title: '[name="data[title]"]', description: '[name="data[description]"]' },
  sentry: { ...AMONG, host: '#sentry-feedback', title: '[name=name]', description: '[name=message]', cancel: 'button[type=button]' },
};
