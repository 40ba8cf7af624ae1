import { offer } from './offer.js';

offer(() => import('./surveyjs-form.js'));
