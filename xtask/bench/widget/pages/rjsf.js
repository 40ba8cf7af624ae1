import { offer } from './offer.js';

offer(() => import('./rjsf-form.jsx'));
