import { offer } from './offer.js';

offer(() => import('./preact-form.jsx'));
