// Sentry's user feedback, as its documents set it up: its core at page load, the modal when it is opened. Its fields are a
// name, an address and a message: there are no others to be had.
import { init } from '@sentry/browser';
import { buildFeedbackIntegration } from '@sentry/feedback';

// A file of its own, as Sentry's servers have it: a bundler would leave it in the core.
const MODAL = new URL('./sentry-form.js', import.meta.url);

const feedback = buildFeedbackIntegration({
  lazyLoadIntegration: async (name) => (await import(MODAL))[name],
})({ autoInject: false, enableScreenshot: false, colorScheme: 'light' });

init({ dsn: `${location.protocol}//public@${location.host}/1`, integrations: [feedback] });
feedback.attachTo(document.getElementById('report'));
